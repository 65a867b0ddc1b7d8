//! A bound user is one for each name that the services of his App Space give him.

use uuid::Uuid;
use wardgate_domain::AppUserId;
use wardgate_domain::app_user::AppUser;

use super::Bench;
use super::samples::{app_space, app_user, at};

promises!(bound_users_are_there_after_a_restart_page_by_page, a_bound_user_keeps_his_id_and_goes_with_his_app_space);

async fn put(bench: &Bench, tenant: &str) {
    bench
        .change(tenant, async |change| {
            for space in [1, 2] {
                change.put_app_space(&app_space(tenant, space)).await.unwrap();
                for user in [1, 2, 3] {
                    change.put_app_user(&app_user(space, user)).await.unwrap();
                }
            }
        })
        .await;
}

async fn bound_users_are_there_after_a_restart_page_by_page(mut bench: Bench) {
    put(&bench, "a").await;
    bench.reopen().await;
    let (a, space) = (bench.tenant("a"), app_space("a", 1).id);
    assert_eq!(a.app_user(space, "user 2").await.unwrap(), Some(app_user(1, 2)));
    assert_eq!(a.app_user(space, "USER 2").await.unwrap(), None);
    assert_eq!(a.app_users(space, None, 2).await.unwrap(), [app_user(1, 1), app_user(1, 2)]);
    let after = Some((app_user(1, 2).created, app_user(1, 2).id));
    assert_eq!(a.app_users(space, after, 2).await.unwrap(), [app_user(1, 3)]);
    let b = bench.tenant("b");
    assert_eq!(b.app_user(space, "user 2").await.unwrap(), None);
    assert_eq!(b.app_users(space, None, 9).await.unwrap(), []);
    bench.change("b", async |change| assert!(!change.delete_app_user(space, app_user(1, 1).id).await.unwrap())).await;
}

async fn a_bound_user_keeps_his_id_and_goes_with_his_app_space(bench: Bench) {
    put(&bench, "a").await;
    let (first, second) = (app_space("a", 1).id, app_space("a", 2).id);
    let again =
        AppUser { id: AppUserId(Uuid::from_u128(99)), info: None, created: at(99), bound: at(99), ..app_user(1, 1) };
    bench
        .change("a", async |change| {
            change.put_app_user(&again).await.unwrap();
            let kept = AppUser { info: None, bound: at(99), ..app_user(1, 1) };
            assert_eq!(change.app_user(first, "user 1").await.unwrap(), Some(kept));
            assert!(!change.delete_app_user(second, app_user(1, 1).id).await.unwrap(), "of another App Space");
            assert!(change.delete_app_user(first, app_user(1, 1).id).await.unwrap());
            assert_eq!(change.count_app_users(first).await.unwrap(), 2);
            assert!(change.delete_app_space(first).await.unwrap());
            assert_eq!(change.count_app_users(first).await.unwrap(), 0);
            assert_eq!(change.count_app_users(second).await.unwrap(), 3);
        })
        .await;
}
