//! A signing key comes back as it was, its secret lies nowhere in the clear, and what is sealed opens at its own place
//! only.

use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::token::TokenKind;

use super::samples::{at, hash, key_id, public_signing_key, secret_of, session, signing_key, token};
use super::{Bench, tenant_id};
use crate::{Result, StorageError, Visibility};

promises!(
    signing_keys_are_there_after_a_restart_oldest_first,
    a_signing_key_update_leaves_its_verifier_and_its_origin,
    a_signing_key_takes_its_sessions_along,
    a_session_needs_a_signing_key_of_its_own_tenant,
    a_signing_key_s_name_is_unique_over_all_tenants,
    a_secret_lies_nowhere_in_the_clear,
    a_secret_moved_to_another_row_does_not_open,
    a_secret_moved_to_another_tenant_does_not_open,
    a_secret_moved_to_another_version_does_not_open,
    an_altered_secret_is_called_corrupt,
    a_signing_key_with_two_verifiers_or_none_is_corrupt,
    another_master_key_is_found_out_at_the_start,
    a_data_key_is_replaced_when_it_is_old,
    a_data_key_is_replaced_when_it_has_sealed_enough,
    a_data_key_made_in_a_dropped_change_is_forgotten,
);

/// Whether the two are the same, secret included.
#[track_caller]
fn same(found: Option<SigningKey>, expected: &SigningKey) {
    let found = found.expect("it is there");
    let shown = |key: &SigningKey| format!("{key:?}");
    assert_eq!(shown(&found), shown(expected));
    match (&found.verifier, &expected.verifier) {
        (Verifier::Secret(found), Verifier::Secret(expected)) => assert!(found.is(expected.plain().expose())),
        (Verifier::PublicKey(found), Verifier::PublicKey(expected)) => assert_eq!(found, expected),
        _ => panic!("another verifier"),
    }
}

#[track_caller]
fn corrupt<T: std::fmt::Debug>(found: Result<T>, table: &str, id: &str) {
    let error = found.expect_err("not told");
    assert!(
        matches!(&error, StorageError::Corrupt { table: found, id: row, .. } if *found == table && row == id),
        "not told: {error}"
    );
}

async fn insert(bench: &Bench, keys: &[SigningKey]) {
    for key in keys {
        bench.change(key.tenant.as_str(), async |change| change.insert_signing_key(key).await.unwrap()).await;
    }
}

async fn signing_keys_are_there_after_a_restart_oldest_first(mut bench: Bench) {
    let keys = [signing_key("a", 2), public_signing_key("a", 1), signing_key("a", 3)];
    insert(&bench, &keys).await;
    bench.reopen().await;
    let a = bench.tenant("a");
    for key in &keys {
        same(a.signing_key(&key.id).await.unwrap(), key);
    }
    let listed = a.signing_keys().await.unwrap();
    assert_eq!(listed.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["k1", "k2", "k3"]);
    same(listed.into_iter().nth(2), &keys[2]);
    bench
        .change("a", async |change| {
            assert_eq!(change.count_signing_keys().await.unwrap(), 3);
            same(change.signing_key(&key_id(2)).await.unwrap(), &keys[0]);
            assert!(change.signing_key(&key_id(9)).await.unwrap().is_none());
        })
        .await;
    let directory = bench.store.directory();
    assert_eq!(directory.tenant_of_signing_key(&key_id(1)).await.unwrap(), Some(tenant_id("a")));
    assert_eq!(directory.tenant_of_signing_key(&key_id(9)).await.unwrap(), None);
}

async fn a_signing_key_update_leaves_its_verifier_and_its_origin(bench: Bench) {
    insert(&bench, &[signing_key("a", 1)]).await;
    let mut update = public_signing_key("a", 1);
    (update.name, update.enabled, update.created) = (String::new(), true, at(77));
    update.scopes = wardgate_domain::Scopes::default();
    bench
        .change("a", async |change| {
            assert!(change.update_signing_key(&update).await.unwrap());
            assert!(!change.update_signing_key(&signing_key("a", 9)).await.unwrap(), "there is no such key");
        })
        .await;
    let expected = SigningKey { name: update.name, enabled: true, scopes: update.scopes, ..signing_key("a", 1) };
    same(bench.tenant("a").signing_key(&key_id(1)).await.unwrap(), &expected);
}

async fn a_signing_key_takes_its_sessions_along(bench: Bench) {
    insert(&bench, &[signing_key("a", 1), signing_key("a", 2)]).await;
    let (gone, mut left) = (session("a", 1, at(1)), session("a", 2, at(2)));
    if let wardgate_domain::token::Holder::Key(session) = &mut left.holder {
        session.key = key_id(2);
    }
    bench
        .change("a", async |change| {
            for (family, seed) in [(&gone, 1), (&left, 2)] {
                change.insert_family(family).await.unwrap();
                change.insert_token(&token(family, TokenKind::Access, seed)).await.unwrap();
            }
            assert!(change.delete_signing_key(&key_id(1)).await.unwrap());
            assert!(!change.delete_signing_key(&key_id(1)).await.unwrap());
            assert_eq!(change.sessions(at(9)).await.unwrap(), [left.clone()]);
        })
        .await;
    let a = bench.tenant("a");
    assert!(a.signing_key(&key_id(1)).await.unwrap().is_none());
    assert_eq!(a.token(&hash(1)).await.unwrap(), None);
    assert_eq!(a.token(&hash(2)).await.unwrap(), Some((token(&left, TokenKind::Access, 2), left)));
}

async fn a_session_needs_a_signing_key_of_its_own_tenant(bench: Bench) {
    insert(&bench, &[signing_key("b", 1)]).await;
    let mut change = bench.tenant("a").change().await.unwrap();
    let error = change.insert_family(&session("a", 1, at(1))).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict(_)), "not told: {error}");
}

async fn a_signing_key_s_name_is_unique_over_all_tenants(bench: Bench) {
    insert(&bench, &[signing_key("b", 1)]).await;
    for tenant in ["a", "b"] {
        let mut change = bench.tenant(tenant).change().await.unwrap();
        let error = change.insert_signing_key(&signing_key(tenant, 1)).await.unwrap_err();
        assert!(
            matches!(&error, StorageError::Conflict(rule) if rule.contains("signing_keys.id")),
            "not told: {error}"
        );
    }
    same(bench.tenant("b").signing_key(&key_id(1)).await.unwrap(), &signing_key("b", 1));
}

async fn a_secret_lies_nowhere_in_the_clear(mut bench: Bench) {
    insert(&bench, &[signing_key("a", 1), signing_key("a", 2)]).await;
    let found = |bench: &Bench| {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(bench.home.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("created_by") && holds(&signing_key("a", 1).name), "the files were not read");
        holds(&secret_of(1)) || holds(&secret_of(2))
    };
    assert!(!found(&bench), "while the log is open");
    bench.reopen().await;
    assert!(!found(&bench), "after a restart");
}

async fn a_secret_moved_to_another_row_does_not_open(bench: Bench) {
    insert(&bench, &[signing_key("a", 1), signing_key("a", 2)]).await;
    let sql = "UPDATE signing_keys SET secret = (SELECT secret FROM signing_keys WHERE id = 'k2') WHERE id = 'k1'";
    bench.tamper(sql).await;
    corrupt(bench.tenant("a").signing_key(&key_id(1)).await, "signing_keys", "k1");
    corrupt(bench.tenant("a").signing_keys().await, "signing_keys", "k1");
    same(bench.tenant("a").signing_key(&key_id(2)).await.unwrap(), &signing_key("a", 2));
    bench.tamper("UPDATE signing_keys SET id = 'k3' WHERE id = 'k2'").await;
    corrupt(bench.tenant("a").signing_key(&key_id(3)).await, "signing_keys", "k3");
}

async fn a_secret_moved_to_another_tenant_does_not_open(bench: Bench) {
    insert(&bench, &[signing_key("a", 1)]).await;
    bench.tamper("UPDATE signing_keys SET tenant_id = 'b'").await;
    corrupt(bench.tenant("b").signing_key(&key_id(1)).await, "signing_keys", "k1");
}

async fn a_secret_moved_to_another_version_does_not_open(bench: Bench) {
    insert(&bench, &[signing_key("a", 1)]).await;
    bench.tamper("UPDATE data_keys SET created_ms = 0").await;
    insert(&bench, &[signing_key("a", 2)]).await;
    // The secret says that it is of the other version.
    bench.tamper("UPDATE signing_keys SET secret = unhex('00000002' || hex(substr(secret, 5))) WHERE id = 'k1'").await;
    corrupt(bench.tenant("a").signing_key(&key_id(1)).await, "signing_keys", "k1");
    bench.tamper("UPDATE signing_keys SET secret = unhex('00000003' || hex(substr(secret, 5))) WHERE id = 'k1'").await;
    corrupt(bench.tenant("a").signing_key(&key_id(1)).await, "signing_keys", "k1");
    // The version says that it is the other one.
    bench.tamper("UPDATE signing_keys SET secret = unhex('00000001' || hex(substr(secret, 5))) WHERE id = 'k1'").await;
    same(bench.tenant("a").signing_key(&key_id(1)).await.unwrap(), &signing_key("a", 1));
    let swap = "UPDATE data_keys SET version = -version; UPDATE data_keys SET version = version + 3";
    bench.tamper(swap).await;
    corrupt(bench.tenant("a").signing_key(&key_id(1)).await, "data_keys", "1");
}

async fn an_altered_secret_is_called_corrupt(bench: Bench) {
    insert(&bench, &[signing_key("a", 1)]).await;
    for sql in [
        "UPDATE signing_keys SET secret = unhex(substr(hex(secret), 1, 2 * length(secret) - 2))",
        "UPDATE signing_keys SET secret = x'00000001'",
        "UPDATE signing_keys SET secret = x'000000'",
        "UPDATE signing_keys SET secret = x''",
    ] {
        bench.tamper(sql).await;
        corrupt(bench.tenant("a").signing_key(&key_id(1)).await, "signing_keys", "k1");
    }
}

async fn a_signing_key_with_two_verifiers_or_none_is_corrupt(bench: Bench) {
    insert(&bench, &[signing_key("a", 1), public_signing_key("a", 2)]).await;
    let theirs = "(SELECT public_key FROM signing_keys WHERE id = 'k2')";
    bench.tamper(&format!("UPDATE signing_keys SET public_key = {theirs} WHERE id = 'k1'")).await;
    corrupt(bench.tenant("a").signing_key(&key_id(1)).await, "signing_keys", "k1");
    bench.tamper("UPDATE signing_keys SET public_key = 'no key' WHERE id = 'k2'").await;
    corrupt(bench.tenant("a").signing_key(&key_id(2)).await, "signing_keys", "k2");
    bench.tamper("UPDATE signing_keys SET public_key = NULL").await;
    corrupt(bench.tenant("a").signing_key(&key_id(2)).await, "signing_keys", "k2");
}

async fn another_master_key_is_found_out_at_the_start(mut bench: Bench) {
    let before = bench.data_keys().await;
    bench.store.close().await;
    let refused = bench.open_with([9; 32]).await;
    assert!(matches!(refused, Err(StorageError::WrongKey)), "not told, though nothing was sealed yet");
    bench.reopen().await;
    insert(&bench, &[signing_key("a", 1)]).await;
    bench.store.close().await;
    let refused = bench.open_with([9; 32]).await;
    assert!(matches!(refused, Err(StorageError::WrongKey)), "not told");
    bench.reopen().await;
    same(bench.tenant("a").signing_key(&key_id(1)).await.unwrap(), &signing_key("a", 1));
    assert_eq!((before, bench.data_keys().await), (1, 1));
}

async fn a_data_key_is_replaced_when_it_is_old(mut bench: Bench) {
    let days = |days: u64| days * 24 * 3_600 * 1_000;
    insert(&bench, &[signing_key("a", 1)]).await;
    bench.pass(days(90) - 1);
    insert(&bench, &[signing_key("a", 2), signing_key("b", 3)]).await;
    assert_eq!(bench.data_keys().await, 1);
    bench.pass(1);
    insert(&bench, &[signing_key("a", 4), signing_key("a", 5)]).await;
    assert_eq!(bench.data_keys().await, 2);
    bench.reopen().await;
    for id in [1, 2, 4, 5] {
        same(bench.tenant("a").signing_key(&key_id(id)).await.unwrap(), &signing_key("a", id));
    }
    assert_eq!(bench.run("UPDATE data_keys SET sealed = sealed WHERE version = 1 AND sealed = 3").await, 1);
}

async fn a_data_key_is_replaced_when_it_has_sealed_enough(bench: Bench) {
    bench.tamper("UPDATE data_keys SET sealed = (1 << 31) - 1").await;
    insert(&bench, &[signing_key("a", 1), public_signing_key("a", 9)]).await;
    assert_eq!(bench.data_keys().await, 1);
    insert(&bench, &[signing_key("a", 2), signing_key("a", 3)]).await;
    assert_eq!(bench.data_keys().await, 2);
    for id in [1, 2, 3] {
        same(bench.tenant("a").signing_key(&key_id(id)).await.unwrap(), &signing_key("a", id));
    }
    assert_eq!(bench.run("UPDATE data_keys SET sealed = sealed WHERE version = 2 AND sealed = 2").await, 1);
}

async fn a_data_key_made_in_a_dropped_change_is_forgotten(bench: Bench) {
    bench.tamper("UPDATE data_keys SET created_ms = 0").await;
    let mut change = bench.tenant("a").change().await.unwrap();
    change.insert_signing_key(&signing_key("a", 1)).await.unwrap();
    same(change.signing_key(&key_id(1)).await.unwrap(), &signing_key("a", 1));
    drop(change);
    let mut change = bench.tenant("a").change().await.unwrap();
    change.insert_signing_key(&signing_key("a", 2)).await.unwrap();
    change.commit(super::samples::event("key.created"), Visibility::Quiet).await.unwrap();
    assert!(bench.tenant("a").signing_key(&key_id(1)).await.unwrap().is_none());
    same(bench.tenant("a").signing_key(&key_id(2)).await.unwrap(), &signing_key("a", 2));
    assert_eq!(bench.data_keys().await, 2);
}
