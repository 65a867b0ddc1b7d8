//! What was put in comes out the same, also after a restart.

use wardgate_domain::Permission;
use wardgate_domain::address::AddressRanges;
use wardgate_domain::key::{Key, KeyFormat};
use wardgate_domain::origin::Origins;
use wardgate_domain::rate::Rate;
use wardgate_domain::route::Route;
use wardgate_domain::token::TokenKind;

use super::Bench;
use super::samples::{at, binding, client, family, hash, key, key_id, put_in_force, tenant, token, user};
use crate::{Change, StorageError};

promises!(
    everything_kept_is_there_after_a_restart,
    a_put_replaces_what_was_there,
    keys_come_oldest_first_and_no_more_than_asked_for,
    a_key_update_leaves_its_origin_and_its_last_use,
    the_keys_of_a_line_have_one_rate,
    last_uses_never_go_backwards,
    routes_keep_their_order_and_are_replaced_whole,
    a_damaged_row_is_called_corrupt_by_its_name,
);

async fn everything_kept_is_there_after_a_restart(mut bench: Bench) {
    assert!(bench.store.is_empty().await.unwrap());
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.put_tenant(&tenant("a")).await.unwrap();
            change.insert_key(&key("a", 1, 1)).await.unwrap();
            change.put_user(&user("a", "alice")).await.unwrap();
            change.put_client(&client("web")).await.unwrap();
            put_in_force(change, &binding("a", "hours")).await;
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Access, 2)).await.unwrap();
        })
        .await;
    bench.reopen().await;
    bench.store.ping().await.unwrap();
    assert!(!bench.store.is_empty().await.unwrap());
    let a = bench.tenant("a");
    assert_eq!(a.tenant().await.unwrap(), Some(tenant("a")));
    assert_eq!(a.key(&key_id(1)).await.unwrap(), Some(key("a", 1, 1)));
    assert_eq!(a.key_by_hash(&hash(1)).await.unwrap(), Some(key("a", 1, 1)));
    assert_eq!(a.user(&user("a", "alice").name).await.unwrap(), Some(user("a", "alice")));
    assert_eq!(a.client(&client("web").id).await.unwrap(), Some(client("web")));
    assert_eq!(a.bindings().await.unwrap(), [binding("a", "hours")]);
    assert_eq!(a.token(&hash(2)).await.unwrap(), Some((token(&family, TokenKind::Access, 2), family)));
}

async fn a_put_replaces_what_was_there(bench: Bench) {
    let mut changed = tenant("a");
    changed.limits.calls = None;
    let mut disabled = user("a", "alice");
    disabled.password.0 = "$argon2id$new".to_owned();
    let mut policy = binding("a", "hours");
    policy.settings = "{}".to_owned();
    policy.version = 2;
    let mut web = client("web");
    web.secret = Some(hash(100));
    bench
        .change("a", async |change| {
            change.put_tenant(&tenant("a")).await.unwrap();
            change.put_tenant(&changed).await.unwrap();
            change.put_user(&user("a", "alice")).await.unwrap();
            change.put_user(&disabled).await.unwrap();
            assert_eq!(change.user(&disabled.name).await.unwrap(), Some(disabled.clone()));
            put_in_force(change, &binding("a", "hours")).await;
            put_in_force(change, &policy).await;
            change.put_client(&client("web")).await.unwrap();
            change.put_client(&web).await.unwrap();
        })
        .await;
    let a = bench.tenant("a");
    assert_eq!(a.tenant().await.unwrap(), Some(changed));
    assert_eq!(a.user(&disabled.name).await.unwrap(), Some(disabled));
    assert_eq!(a.bindings().await.unwrap(), std::slice::from_ref(&policy));
    assert_eq!(a.client(&web.id).await.unwrap().as_ref(), Some(&web));
    assert_eq!(a.clients().await.unwrap(), std::slice::from_ref(&web));
    bench
        .change("a", async |change| {
            assert_eq!(
                (change.client(&web.id).await.unwrap().as_ref(), change.count_clients().await.unwrap()),
                (Some(&web), 1)
            );
            assert!(change.delete_client(&web.id).await.unwrap() && !change.delete_client(&web.id).await.unwrap());
        })
        .await;
    assert_eq!(a.client(&web.id).await.unwrap(), None);
    bench.change("a", async |change| assert!(change.delete_policy(&policy.name).await.unwrap())).await;
    assert_eq!(a.bindings().await.unwrap(), []);
}

async fn keys_come_oldest_first_and_no_more_than_asked_for(bench: Bench) {
    bench
        .change("a", async |change| {
            for id in [3, 1, 2] {
                change.insert_key(&key("a", id, id)).await.unwrap();
            }
            assert_eq!(change.count_keys().await.unwrap(), 3);
        })
        .await;
    let a = bench.tenant("a");
    assert_eq!(a.keys(None, 2).await.unwrap(), [key("a", 1, 1), key("a", 2, 2)]);
    assert_eq!(a.keys(Some(&(at(2), key_id(2))), 2).await.unwrap(), [key("a", 3, 3)]);
    assert_eq!(a.keys(Some(&(at(2), key_id(1))), 1).await.unwrap(), [key("a", 2, 2)], "handles decide within a moment");
    assert_eq!(a.keys(Some(&(at(3), key_id(3))), 2).await.unwrap(), []);
    assert_eq!(a.count_keys().await.unwrap(), 3);
}

async fn a_key_update_leaves_its_origin_and_its_last_use(bench: Bench) {
    bench.change("a", async |change| change.insert_key(&key("a", 1, 1)).await.unwrap()).await;
    let mut update = key("a", 1, 2);
    update.name = "new".to_owned();
    update.enabled = true;
    update.expires = None;
    update.origins = Origins::default();
    update.addresses = AddressRanges::default();
    update.replaced_by = None;
    update.line = key_id(9);
    update.format = KeyFormat::Uuid;
    update.created = at(77);
    update.last_used = None;
    bench
        .change("a", async |change| {
            assert!(change.update_key(&update).await.unwrap());
            assert!(!change.update_key(&key("a", 9, 9)).await.unwrap(), "there is no such key");
        })
        .await;
    let (origins, addresses) = (Origins::default(), AddressRanges::default());
    let (enabled, expires, replaced_by) = (true, None, None);
    let expected = Key { name: update.name, enabled, expires, origins, addresses, replaced_by, ..key("a", 1, 1) };
    assert_eq!(bench.tenant("a").key(&key_id(1)).await.unwrap(), Some(expected));
}

async fn the_keys_of_a_line_have_one_rate(bench: Bench) {
    let other = Key { line: key_id(3), ..key("a", 3, 3) };
    let wide = Rate { capacity: 70, frequency_s: 80 };
    for (tenant, kept) in [("a", [key("a", 1, 1), key("a", 2, 2), other.clone()].as_slice()), ("b", &[key("b", 1, 4)])]
    {
        let insert = async |change: &mut Change| {
            for key in kept {
                change.insert_key(key).await.unwrap();
            }
        };
        bench.change(tenant, insert).await;
    }
    bench.change("a", async |change| change.set_line_rate(&key_id(77), wide).await.unwrap()).await;
    let widened = |id| Key { rate: wide, ..key("a", id, id) };
    assert_eq!(bench.tenant("a").keys(None, 9).await.unwrap(), [widened(1), widened(2), other]);
    assert_eq!(bench.tenant("b").keys(None, 9).await.unwrap(), [key("b", 1, 4)]);
    let directory = bench.store.directory();
    assert!(directory.is_key_handle(&key_id(3)).await.unwrap(), "whoever's it is");
    assert!(!directory.is_key_handle(&key_id(77)).await.unwrap());
}

async fn last_uses_never_go_backwards(bench: Bench) {
    bench.change("a", async |change| change.insert_key(&key("a", 1, 1)).await.unwrap()).await;
    let a = bench.tenant("a");
    let uses = [90, 80].map(|ms| (a.id().clone(), key_id(1), at(ms)));
    bench.store.touch_keys(&uses).await.unwrap();
    assert_eq!(a.key(&key_id(1)).await.unwrap().unwrap().last_used, Some(at(90)));
    assert_eq!(a.audit(0, 10).await.unwrap().len(), 1, "a use is no change");
}

async fn routes_keep_their_order_and_are_replaced_whole(bench: Bench) {
    let route = |path: &str| Route {
        method: "GET".to_owned(),
        path: path.to_owned(),
        permission: Permission::parse("nexus:consumer:chat").expect("a legal permission"),
    };
    let long: Vec<_> = ["/z", "/a", "/m"].into_iter().map(route).collect();
    bench.change("a", async |change| change.replace_routes(&long).await.unwrap()).await;
    assert_eq!(bench.tenant("a").routes().await.unwrap(), long);
    bench.change("a", async |change| change.replace_routes(&[route("/b")]).await.unwrap()).await;
    assert_eq!(bench.tenant("a").routes().await.unwrap(), [route("/b")]);
}

async fn a_damaged_row_is_called_corrupt_by_its_name(bench: Bench) {
    bench.change("a", async |change| change.insert_key(&key("a", 1, 1)).await.unwrap()).await;
    bench.tamper("UPDATE keys SET grants = '[\"**\"]'").await;
    let error = bench.tenant("a").key(&key_id(1)).await.unwrap_err();
    assert!(
        matches!(&error, StorageError::Corrupt { table: "keys", id, column: "grants" } if id == "k1"),
        "not told: {error}"
    );
}
