//! A Request Origin comes back as it was, and what is kept of its secrets opens at its own place only.

use wardgate_domain::request_origin::{OriginSecret, RequestOrigin};

use super::samples::{app_space, at, key_id, request_origin, secret_of};
use super::{Bench, tenant_id};
use crate::{Result, StorageError};

promises!(
    request_origins_are_there_after_a_restart,
    a_put_leaves_where_an_origin_comes_from_and_when_it_was_used,
    a_replaced_credential_is_forgotten_when_it_has_ended,
    an_app_space_takes_its_origins_along,
    an_origin_s_id_is_unique_over_all_tenants,
    an_origin_s_secret_lies_nowhere_in_the_clear_and_opens_at_its_own_place,
    a_damaged_credential_is_called_corrupt,
);

/// All of an origin, its secrets included.
fn shown(origin: &RequestOrigin) -> String {
    let secret = |secret: Option<(&OriginSecret, _)>| match secret {
        Some((OriginSecret::Hmac(secret), _)) => secret.plain().expose().to_owned(),
        Some((OriginSecret::Basic(hash), _)) => format!("{:?}", hash.0),
        None => String::new(),
    };
    format!("{origin:?} {:?}", origin.secrets().map(secret))
}

async fn put(bench: &Bench, tenant: &str, ids: &[u32]) {
    for id in ids {
        bench
            .change(tenant, async |change| {
                change.put_app_space(&app_space(tenant, *id)).await.unwrap();
                change.put_request_origin(&request_origin(tenant, *id)).await.unwrap();
            })
            .await;
    }
}

async fn found(bench: &Bench, id: u32) -> String {
    shown(&bench.tenant("a").request_origin(&key_id(id)).await.unwrap().expect("it is there"))
}

#[track_caller]
fn corrupt<T: std::fmt::Debug>(found: Result<T>, column: &str) {
    let error = found.expect_err("not told");
    let told =
        matches!(&error, StorageError::Corrupt { table: "request_origins", column: found, .. } if *found == column);
    assert!(told, "not told: {error}");
}

async fn request_origins_are_there_after_a_restart(mut bench: Bench) {
    put(&bench, "a", &[1, 2]).await;
    bench.reopen().await;
    assert_eq!(found(&bench, 1).await, shown(&request_origin("a", 1)));
    let listed = bench.tenant("a").request_origins(app_space("a", 2).id).await.unwrap();
    assert_eq!(listed.iter().map(shown).collect::<Vec<_>>(), [shown(&request_origin("a", 2))]);
    bench.change("a", async |change| assert_eq!(change.count_request_origins().await.unwrap(), 2)).await;
    let directory = bench.store.directory();
    assert_eq!(directory.tenant_of_request_origin(&key_id(1)).await.unwrap(), Some(tenant_id("a")));
    assert_eq!(directory.tenant_of_request_origin(&key_id(9)).await.unwrap(), None);
}

async fn a_put_leaves_where_an_origin_comes_from_and_when_it_was_used(bench: Bench) {
    put(&bench, "a", &[1, 2]).await;
    bench.store.touch_request_origins(&[(tenant_id("a"), key_id(1), at(700))]).await.unwrap();
    bench.store.touch_request_origins(&[(tenant_id("a"), key_id(1), at(600))]).await.unwrap();
    let mut bare = RequestOrigin { current: None, previous: None, name: "new".to_owned(), ..request_origin("a", 1) };
    let other = RequestOrigin { app_space: app_space("a", 2).id, created: at(77), last_used: None, ..bare.clone() };
    bench.change("a", async |change| change.put_request_origin(&other).await.unwrap()).await;
    bare.last_used = Some(at(700));
    assert_eq!(found(&bench, 1).await, shown(&bare));
}

async fn a_replaced_credential_is_forgotten_when_it_has_ended(bench: Bench) {
    put(&bench, "a", &[1]).await;
    let directory = bench.store.directory();
    assert_eq!(directory.with_ended_credentials(at(8)).await.unwrap(), []);
    assert_eq!(directory.with_ended_credentials(at(9)).await.unwrap(), [tenant_id("a")]);
    let swept = async |tenant, now| {
        let mut gone = 0;
        bench
            .change(tenant, async |change| gone = change.delete_ended_origin_credentials(at(now)).await.unwrap())
            .await;
        gone
    };
    assert_eq!((swept("a", 8).await, swept("b", 9).await), (0, 0));
    assert_eq!(found(&bench, 1).await, shown(&request_origin("a", 1)));
    assert_eq!((swept("a", 9).await, swept("a", 9).await), (1, 0));
    assert_eq!(found(&bench, 1).await, shown(&RequestOrigin { previous: None, ..request_origin("a", 1) }));
    assert_eq!(directory.with_ended_credentials(at(9)).await.unwrap(), []);
}

async fn an_app_space_takes_its_origins_along(bench: Bench) {
    put(&bench, "a", &[1, 2]).await;
    bench
        .change("a", async |change| {
            assert!(change.delete_app_space(app_space("a", 1).id).await.unwrap());
            assert!(change.request_origin(&key_id(1)).await.unwrap().is_none());
            assert!(change.delete_request_origin(&key_id(2)).await.unwrap());
            assert!(!change.delete_request_origin(&key_id(2)).await.unwrap());
            let error = change.put_request_origin(&request_origin("a", 1)).await.unwrap_err();
            assert!(matches!(error, StorageError::Conflict(_)), "an origin without an App Space: {error}");
        })
        .await;
}

async fn an_origin_s_id_is_unique_over_all_tenants(bench: Bench) {
    put(&bench, "a", &[1]).await;
    let mut change = bench.tenant("b").change().await.unwrap();
    change.put_app_space(&app_space("b", 1)).await.unwrap();
    let error = change.put_request_origin(&request_origin("b", 1)).await.unwrap_err();
    let told = matches!(&error, StorageError::Conflict(rule) if rule.contains("request_origins.id"));
    assert!(told, "not told: {error}");
    drop(change);
    assert_eq!(found(&bench, 1).await, shown(&request_origin("a", 1)));
}

async fn an_origin_s_secret_lies_nowhere_in_the_clear_and_opens_at_its_own_place(bench: Bench) {
    put(&bench, "a", &[1, 2]).await;
    let bytes: Vec<u8> = ["", "-wal"]
        .iter()
        .filter_map(|end| std::fs::read(format!("{}{end}", bench.file().display())).ok())
        .flatten()
        .collect();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&request_origin("a", 1).name) && !holds(&secret_of(1)), "the secret lies in the clear");
    let theirs = "(SELECT current_secret FROM request_origins WHERE id = 'k2')";
    bench.tamper(&format!("UPDATE request_origins SET current_secret = {theirs} WHERE id = 'k1'")).await;
    corrupt(bench.tenant("a").request_origin(&key_id(1)).await, "current_secret");
    bench
        .tamper("UPDATE request_origins SET previous_secret = current_secret, previous_kind = 'hmac' WHERE id = 'k2'")
        .await;
    corrupt(bench.tenant("a").request_origin(&key_id(2)).await, "previous_secret");
}

async fn a_damaged_credential_is_called_corrupt(bench: Bench) {
    put(&bench, "a", &[1]).await;
    for (sql, column) in [
        ("UPDATE request_origins SET previous_until_ms = NULL", "previous_until_ms"),
        ("UPDATE request_origins SET previous_secret = x'00'", "previous_secret"),
        ("UPDATE request_origins SET current_kind = NULL", "current_secret"),
        ("UPDATE request_origins SET current_kind = 'other'", "current_kind"),
    ] {
        bench.tamper(sql).await;
        corrupt(bench.tenant("a").request_origin(&key_id(1)).await, column);
    }
}
