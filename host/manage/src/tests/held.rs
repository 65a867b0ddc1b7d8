//! What anybody may ask is read once, until something changes.

use std::sync::atomic::{AtomicU32, Ordering};

use wardgate_domain::tenant::TenantState;

use super::Bench;
use crate::ManageError;
use crate::held::Held;

#[tokio::test]
async fn what_is_held_is_read_once_until_anything_changes() {
    let bench = Bench::new().await;
    let (held, reads) = (Held::default(), AtomicU32::new(0));
    let ask = async || {
        let read = async || Ok(reads.fetch_add(1, Ordering::AcqRel));
        *held.now(&bench.store, read).await.expect("a value")
    };
    assert_eq!((ask().await, ask().await), (0, 0));
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!((one, other), (0, 0));
    bench.put_tenant("b", TenantState::Active).await;
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!((one, other), (1, 1), "one reads, however many wait");
    // What failed is tried again.
    bench.put_tenant("b", TenantState::Active).await;
    let failed = held.now(&bench.store, async || Err(ManageError::NotFound)).await;
    assert!(matches!(failed, Err(ManageError::NotFound)));
    assert_eq!(ask().await, 2);
}

#[tokio::test]
async fn addresses_to_leave_to_come_from_memory() {
    let bench = Bench::new().await;
    assert!(!bench.manager.may_leave_to("https://a.example/").await.expect("an answer"));
    bench.store.close().await;
    assert!(!bench.manager.may_leave_to("https://a.example/").await.expect("nothing was read"));
}
