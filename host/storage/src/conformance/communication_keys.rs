//! Communication keys come back as they were put, end when they are told to, and are nobody else's.

use wardgate_domain::Timestamp;
use wardgate_domain::communication_key::CommunicationKey;
use wardgate_domain::user::Role;

use super::Bench;
use super::samples::{at, hash, user};
use crate::{Change, StorageError};

promises!(
    a_communication_key_ends_when_it_is_told_to,
    a_stranger_has_no_communication_key,
    a_damaged_communication_key_is_called_corrupt,
    the_admin_who_was_made_last_is_found,
);

fn key(seed: u32, created_ms: i64) -> CommunicationKey {
    let (last4, created_by) = (format!("_{seed:03}"), "ops".to_owned());
    CommunicationKey { hash: hash(seed), last4, created: at(created_ms), created_by, until: None }
}

async fn end(change: &mut Change, now: Timestamp, until: Timestamp) {
    change.end_communication_keys(until).await.unwrap();
    change.delete_ended_communication_keys(now).await.unwrap();
}

async fn a_communication_key_ends_when_it_is_told_to(mut bench: Bench) {
    bench
        .change("*", async |change| {
            change.insert_communication_key(&key(1, 10)).await.unwrap();
            end(change, at(20), at(100)).await;
            change.insert_communication_key(&key(2, 20)).await.unwrap();
            assert_eq!(change.communication_keys().await.unwrap().len(), 2);
        })
        .await;
    bench.reopen().await;
    let ending = CommunicationKey { until: Some(at(100)), ..key(1, 10) };
    assert_eq!(bench.tenant("*").communication_keys().await.unwrap(), [key(2, 20), ending.clone()]);
    assert!(ending.is_good_at(at(99)) && !ending.is_good_at(at(100)) && key(2, 20).is_good_at(at(100)));
    bench
        .change("*", async |change| {
            // A later end prolongs nothing; what has ended by now goes.
            end(change, at(50), at(200)).await;
            assert_eq!(change.communication_keys().await.unwrap()[1], ending);
            end(change, at(100), at(200)).await;
            let left = CommunicationKey { until: Some(at(200)), ..key(2, 20) };
            assert_eq!(change.communication_keys().await.unwrap(), [left]);
            end(change, at(150), at(150)).await;
        })
        .await;
    assert_eq!(bench.tenant("*").communication_keys().await.unwrap(), []);
}

async fn a_stranger_has_no_communication_key(bench: Bench) {
    bench.change("*", async |change| change.insert_communication_key(&key(1, 10)).await.unwrap()).await;
    assert_eq!(bench.tenant("a").communication_keys().await.unwrap(), []);
    bench
        .change("a", async |change| {
            assert_eq!(change.communication_keys().await.unwrap(), []);
            end(change, at(10), at(10)).await;
        })
        .await;
    assert_eq!(bench.tenant("*").communication_keys().await.unwrap(), [key(1, 10)]);
}

async fn a_damaged_communication_key_is_called_corrupt(bench: Bench) {
    bench.change("*", async |change| change.insert_communication_key(&key(1, 10)).await.unwrap()).await;
    bench.tamper("UPDATE communication_keys SET hash = x'00'").await;
    let found = bench.tenant("*").communication_keys().await;
    assert!(
        matches!(&found, Err(StorageError::Corrupt { table: "communication_keys", id, column: "hash" }) if id == "_001"),
        "{found:?}"
    );
}

async fn the_admin_who_was_made_last_is_found(bench: Bench) {
    let person = |name, role, enabled, made| {
        let id = wardgate_domain::UserId(bench.random.uuid());
        wardgate_domain::user::User { id, role, enabled, created: at(made), ..user("a", name) }
    };
    assert!(bench.tenant("a").newest_admin("").await.unwrap().is_none());
    bench
        .change("a", async |change| {
            for made in [
                person("older", Role::Admin, true, 1),
                person("newest", Role::Admin, true, 2),
                person("disabled", Role::Admin, false, 3),
                person("viewer", Role::Viewer, true, 4),
            ] {
                change.put_user(&made).await.unwrap();
            }
        })
        .await;
    for (prefix, name) in [("", "newest"), ("old", "older"), ("disabled", "newest"), ("older-", "newest")] {
        assert_eq!(bench.tenant("a").newest_admin(prefix).await.unwrap().unwrap().name.as_str(), name, "{prefix}");
    }
    assert!(bench.tenant("b").newest_admin("").await.unwrap().is_none());
}
