//! What a million nonces take in memory, in a process that holds nothing else.

use std::fs;
use std::thread;

use wardgate_domain::{KeyId, TenantId, Timestamp};
use wardgate_storage::{NonceRules, NonceStore};

const NONCES: usize = 1_000_000;
const THREADS: usize = 2;

#[test]
#[expect(clippy::print_stderr, reason = "the figure is what the test is for")]
fn a_million_nonces_take_well_under_150_mb() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = Timestamp::from_ms(1_700_000_000_000);
    let rules = NonceRules { window_ms: 600_000, capacity: 4 * NONCES };
    let store = NonceStore::open(&folder.path().join("nonces"), rules, true, now).expect("opens");
    let (tenant, key) = (TenantId::parse("tenant").expect("legal"), KeyId::parse("key").expect("legal"));
    let before = resident_bytes();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, tenant, key) = (&store, &tenant, &key);
            scope.spawn(move || {
                for nonce in 0..NONCES / THREADS {
                    store.take(tenant, key, &format!("{thread}.{nonce}"), now).expect("taken");
                }
            });
        }
    });
    let grown = resident_bytes().saturating_sub(before);
    assert_eq!(store.live(), NONCES);
    eprintln!("{NONCES} live nonces take {} MB", grown / 1_000_000);
    assert!(grown < 150_000_000, "{grown} bytes");
}

/// What the system holds in memory for this process, in bytes.
fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1_024
}
