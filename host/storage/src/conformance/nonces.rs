//! The store that works with the data has the nonces, and one that only reads leaves them alone. What nonces promise
//! themselves stands beside them.

use super::samples::{at, key_id};
use super::{Bench, keys, tenant_id};
use crate::{NonceRefused, Store};

promises!(a_nonce_is_good_once_also_after_a_restart, a_store_opened_to_read_leaves_the_nonces_alone,);

fn take(bench: &Bench, nonce: &str) -> Result<(), NonceRefused> {
    bench.store.nonces().take(&tenant_id("a"), &key_id(1), nonce, at(0))
}

async fn a_nonce_is_good_once_also_after_a_restart(mut bench: Bench) {
    assert_eq!(take(&bench, "one"), Ok(()));
    bench.store.flush().await.unwrap();
    assert_eq!(take(&bench, "two"), Ok(()));
    bench.reopen().await;
    assert_eq!(take(&bench, "one"), Err(NonceRefused::Replayed));
    assert_eq!(take(&bench, "two"), Err(NonceRefused::Replayed));
    assert_eq!(take(&bench, "three"), Ok(()));
    assert!(bench.store.nonces().floor() < at(-1_000_000_000), "it was closed, so nothing was lost");
}

async fn a_store_opened_to_read_leaves_the_nonces_alone(bench: Bench) {
    assert_eq!(take(&bench, "one"), Ok(()));
    let files = || std::fs::read_dir(bench.home.path().join("nonces")).unwrap().count();
    let before = files();
    let file = bench.file();
    let open = Store::open_to_read(&file, keys([8; 32]), bench.clock.clone(), bench.random.clone());
    let reader = open.await.unwrap();
    reader.ping().await.unwrap();
    reader.flush().await.unwrap();
    reader.close().await;
    assert_eq!(files(), before);
    assert_eq!(take(&bench, "two"), Ok(()), "the journal is still open");
    assert_eq!(take(&bench, "one"), Err(NonceRefused::Replayed));
}
