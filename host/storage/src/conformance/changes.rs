//! A change happens as a whole or not at all, and whoever keeps copies is told.

use std::sync::atomic::Ordering;

use super::Bench;
use super::samples::{event, key, key_id, tenant};
use crate::Visibility;

promises!(
    a_dropped_change_leaves_nothing,
    a_committed_change_is_in_the_audit_log,
    a_change_that_nobody_waits_for_is_still_committed_and_told,
    only_a_visible_change_bumps_the_version,
    a_change_sees_what_it_wrote_and_nobody_else_does_before_the_commit,
    a_new_database_file_is_for_its_owner_only,
);

async fn a_dropped_change_leaves_nothing(bench: Bench) {
    let mut change = bench.tenant("a").change().await.unwrap();
    change.put_tenant(&tenant("a")).await.unwrap();
    change.insert_key(&key("a", 1, 1)).await.unwrap();
    drop(change);
    bench.change("a", async |_| ()).await;
    assert!(bench.store.is_empty().await.unwrap());
    assert_eq!(bench.tenant("a").count_keys().await.unwrap(), 0);
    assert_eq!(bench.tenant("a").audit(0, 10).await.unwrap().len(), 1);
}

async fn a_committed_change_is_in_the_audit_log(bench: Bench) {
    let change = bench.tenant("a").change().await.unwrap();
    bench.pass(5);
    change.commit(event("key.created"), Visibility::Quiet).await.unwrap();
    let entries = bench.tenant("a").audit(0, 10).await.unwrap();
    let [entry] = &entries[..] else { panic!("one change, one entry: {entries:?}") };
    let event = event("key.created");
    assert_eq!((entry.seq, entry.at), (1, super::samples::at(5)));
    assert_eq!((&entry.actor, entry.action.as_str()), (&event.actor, event.action));
    assert_eq!((&entry.target, &entry.detail), (&event.target, &event.detail));
}

async fn a_change_that_nobody_waits_for_is_still_committed_and_told(bench: Bench) {
    let version = bench.tenant("a").version();
    let before = version.load(Ordering::Acquire);
    let mut change = bench.tenant("a").change().await.unwrap();
    change.insert_key(&key("a", 1, 1)).await.unwrap();
    let mut commit = Box::pin(change.commit(event("key.created"), Visibility::Visible));
    // The caller's connection breaks after the first step of the commit.
    let _ = std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context))).await;
    drop(commit);
    // The next change waits for the only writer, and so for the commit's end.
    bench.change("b", async |_| ()).await;
    assert_eq!(bench.tenant("a").count_keys().await.unwrap(), 1);
    while version.load(Ordering::Acquire) == before {
        tokio::task::yield_now().await;
    }
}

async fn only_a_visible_change_bumps_the_version(bench: Bench) {
    let version = bench.tenant("a").version();
    let other = bench.tenant("b").version();
    let numbers = || (version.load(Ordering::Acquire), other.load(Ordering::Acquire), bench.store.generation());
    let before = numbers();
    bench.change("a", async |_| ()).await;
    assert_eq!(numbers(), before, "quiet");
    let change = bench.tenant("a").change().await.unwrap();
    change.commit(event("key.revoked"), Visibility::Visible).await.unwrap();
    let after = numbers();
    assert!(after.0 > before.0, "visible to who copied from the tenant");
    assert_eq!(after.1, before.1, "another tenant's copies stay good");
    assert!(after.2 > before.2, "visible to who remembers that something is unknown");
}

async fn a_change_sees_what_it_wrote_and_nobody_else_does_before_the_commit(bench: Bench) {
    let mut change = bench.tenant("a").change().await.unwrap();
    change.insert_key(&key("a", 1, 1)).await.unwrap();
    assert_eq!(change.key(&key_id(1)).await.unwrap(), Some(key("a", 1, 1)));
    assert_eq!(change.key_by_hash(&key("a", 1, 1).hash).await.unwrap(), Some(key("a", 1, 1)));
    assert_eq!(bench.tenant("a").key(&key_id(1)).await.unwrap(), None);
    assert!(change.delete_key(&key_id(1)).await.unwrap());
    assert_eq!(change.key(&key_id(1)).await.unwrap(), None);
}

async fn a_new_database_file_is_for_its_owner_only(bench: Bench) {
    use std::os::unix::fs::PermissionsExt;
    bench.change("a", async |_| ()).await;
    for entry in std::fs::read_dir(bench.home.path()).unwrap() {
        let entry = entry.unwrap();
        let (metadata, wanted) = (entry.metadata().unwrap(), if entry.path().is_dir() { 0o700 } else { 0o600 });
        assert_eq!(metadata.permissions().mode() & 0o777, wanted, "{:?}", entry.file_name());
    }
}
