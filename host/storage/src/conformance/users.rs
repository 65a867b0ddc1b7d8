//! Users are found by any spelling of their name and by their id, listed in their order, and go with all that they had.

use uuid::Uuid;
use wardgate_domain::token::{Family, Holder};
use wardgate_domain::user::{Role, User};
use wardgate_domain::{FamilyId, Timestamp, UserId, UserName};

use super::Bench;
use super::samples::{at, client, event, family, user};
use crate::{StorageError, Visibility};

promises!(
    a_user_is_found_by_any_spelling_and_by_his_id,
    a_user_keeps_his_name_and_id,
    users_are_listed_in_parts_oldest_first,
    another_admin_is_enabled_and_of_the_same_tenant,
    a_user_s_families_end_together_and_nobody_else_s,
    a_user_who_went_is_nobody,
);

fn name(text: &str) -> UserName {
    UserName::parse(text).expect("a legal user name")
}

/// The `number`th user of a tenant.
fn numbered(tenant: &str, number: u128, made: Timestamp) -> User {
    User { id: UserId(Uuid::from_u128(number)), created: made, ..user(tenant, &format!("user{number}")) }
}

async fn a_user_is_found_by_any_spelling_and_by_his_id(bench: Bench) {
    let alice = user("a", "Alice Smith");
    bench.change("a", async |change| change.put_user(&alice).await.unwrap()).await;
    let a = bench.tenant("a");
    for spelling in ["Alice Smith", "alicesmith", "ALICE SMITH", "ａｌｉｃｅ smith"] {
        assert_eq!(a.user(&name(spelling)).await.unwrap().as_ref(), Some(&alice), "{spelling}");
    }
    assert_eq!(a.user(&name("alice")).await.unwrap(), None);
    assert_eq!(a.user_by_id(alice.id).await.unwrap(), Some(alice));
    assert_eq!(a.user_by_id(UserId(Uuid::from_u128(1))).await.unwrap(), None);
}

async fn a_user_keeps_his_name_and_id(bench: Bench) {
    let alice = user("a", "alice");
    let changed = User { role: Role::Admin, password_set: at(9), email: None, ..alice.clone() };
    let spelt = User { name: name("ALICE"), id: UserId(Uuid::from_u128(5)), created: at(8), ..changed.clone() };
    bench
        .change("a", async |change| {
            change.put_user(&alice).await.unwrap();
            change.put_user(&spelt).await.unwrap();
            assert_eq!(change.count_users().await.unwrap(), 1);
            assert_eq!(change.user_by_id(alice.id).await.unwrap(), Some(changed.clone()));
        })
        .await;
    let mut change = bench.tenant("a").change().await.unwrap();
    let error = change.put_user(&User { name: name("bob"), ..alice }).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict(_)), "two users with one id: {error}");
}

async fn users_are_listed_in_parts_oldest_first(bench: Bench) {
    let made = [(3, at(1)), (1, at(2)), (2, at(2)), (4, at(3))].map(|(number, made)| numbered("a", number, made));
    bench
        .change("a", async |change| {
            for user in made.iter().rev() {
                change.put_user(user).await.unwrap();
            }
        })
        .await;
    bench.change("b", async |change| change.put_user(&numbered("b", 7, at(2))).await.unwrap()).await;
    let a = bench.tenant("a");
    assert_eq!(a.users(None, 10).await.unwrap(), made);
    assert_eq!(a.users(None, 2).await.unwrap(), made[..2]);
    assert_eq!(a.users(Some((made[1].created, made[1].id)), 2).await.unwrap(), made[2..]);
    assert_eq!(a.users(Some((at(9), made[0].id)), 2).await.unwrap(), []);
}

async fn another_admin_is_enabled_and_of_the_same_tenant(bench: Bench) {
    let admin = |tenant, number| User { role: Role::Admin, enabled: true, ..numbered(tenant, number, at(1)) };
    let first = admin("a", 1);
    bench.change("b", async |change| change.put_user(&admin("b", 2)).await.unwrap()).await;
    bench
        .change("a", async |change| {
            change.put_user(&first).await.unwrap();
            change.put_user(&User { enabled: false, ..admin("a", 2) }).await.unwrap();
            change.put_user(&User { role: Role::KeyManager, ..admin("a", 3) }).await.unwrap();
            assert!(!change.has_other_admin(first.id).await.unwrap());
            change.put_user(&admin("a", 4)).await.unwrap();
            assert!(change.has_other_admin(first.id).await.unwrap());
        })
        .await;
}

async fn a_user_s_families_end_together_and_nobody_else_s(bench: Bench) {
    let of = |number: u128, holder: Holder| Family { id: FamilyId(Uuid::from_u128(number)), holder, ..family("a", 1) };
    let [alice, bob] = ["alice", "bob"].map(name);
    let client = client("web").id;
    bench
        .change("a", async |change| {
            change.insert_family(&of(1, Holder::User(alice.clone(), client.clone()))).await.unwrap();
            change.insert_family(&of(2, Holder::Browser(alice.clone()))).await.unwrap();
            change.insert_family(&of(3, Holder::User(bob.clone(), client.clone()))).await.unwrap();
            change.insert_family(&of(4, Holder::Client(client))).await.unwrap();
        })
        .await;
    let mut stranger = bench.tenant("b").change().await.unwrap();
    assert_eq!(stranger.revoke_families_of_user(&alice, at(5)).await.unwrap(), 0);
    drop(stranger);
    let mut change = bench.tenant("a").change().await.unwrap();
    assert_eq!(change.revoke_families_of_user(&alice, at(5)).await.unwrap(), 2);
    assert_eq!(change.revoke_families_of_user(&alice, at(6)).await.unwrap(), 0, "they have ended");
    assert!(change.revoke_family(FamilyId(Uuid::from_u128(3)), at(6)).await.unwrap(), "another user's lives");
    assert!(change.revoke_family(FamilyId(Uuid::from_u128(4)), at(6)).await.unwrap(), "a client's own lives");
    change.commit(event("thing.changed"), Visibility::Quiet).await.unwrap();
}

async fn a_user_who_went_is_nobody(bench: Bench) {
    let alice = user("a", "alice");
    bench.change("a", async |change| change.put_user(&alice).await.unwrap()).await;
    let mut stranger = bench.tenant("b").change().await.unwrap();
    assert!(!stranger.delete_user(alice.id).await.unwrap());
    assert_eq!(stranger.user_by_id(alice.id).await.unwrap(), None);
    assert_eq!(stranger.count_users().await.unwrap(), 0);
    drop(stranger);
    bench
        .change("a", async |change| {
            assert!(change.delete_user(alice.id).await.unwrap());
            assert!(!change.delete_user(alice.id).await.unwrap());
        })
        .await;
    assert_eq!(bench.tenant("a").user(&alice.name).await.unwrap(), None);
}
