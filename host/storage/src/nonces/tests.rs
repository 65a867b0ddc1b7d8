//! Promises of the nonces: once and no more, through expiry, crowds, restarts, power cuts and disks that fail.

use std::collections::HashSet;
use std::fs::{self, File};
use std::mem;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::thread;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use wardgate_domain::{KeyId, TenantId, Timestamp};

use super::{NonceRefused, NonceRules, NonceStore};

const RULES: NonceRules = NonceRules { window_ms: 60_000, capacity: 4_000 };
/// Seconds for which a nonce is remembered under these rules.
const KEPT_S: u32 = 121;

/// A folder and what is opened in it.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("nonces")
    }

    fn open(&self, rules: NonceRules, now: Timestamp) -> NonceStore {
        NonceStore::open(&self.folder(), rules, true, now).expect("opens")
    }

    /// What opening is refused with.
    fn refusal(&self) -> String {
        let error = NonceStore::open(&self.folder(), RULES, true, at(0)).err().expect("is refused");
        std::error::Error::source(&error).expect("a cause").to_string()
    }

    fn segments(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder()).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> = files.collect();
        files.sort();
        files
    }

    /// Makes it look as if the last segment had been written before the system was started.
    fn reboot(&self) {
        let last = self.segments().pop().expect("a segment");
        let mut bytes = fs::read(&last).expect("readable");
        bytes[12] ^= 1;
        let check = Sha256::digest(&bytes[..44]);
        bytes[44..60].copy_from_slice(&check[..16]);
        fs::write(&last, bytes).expect("writable");
    }
}

/// So many seconds after the start of each test, which is a whole second.
fn at(seconds: u32) -> Timestamp {
    at_ms(0).plus_s(seconds)
}

fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000 + ms)
}

fn take(store: &NonceStore, nonce: &str, now: Timestamp) -> Result<(), NonceRefused> {
    take_as(store, "tenant", nonce, now)
}

fn take_as(store: &NonceStore, tenant: &str, nonce: &str, now: Timestamp) -> Result<(), NonceRefused> {
    store.take(&TenantId::parse(tenant).expect("legal"), &KeyId::parse("key").expect("legal"), nonce, now)
}

#[test]
fn a_nonce_is_taken_once() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    assert_eq!(take(&store, "a", at(0)), Ok(()));
    assert_eq!(take(&store, "a", at(0)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "a=", at(0)), Ok(()), "another text is another nonce");
    assert_eq!(store.live(), 2);
}

#[test]
fn a_nonce_is_taken_for_its_key_alone() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    let tenant = TenantId::parse("tenant").expect("legal");
    // Where the key ends and the nonce begins is told apart, too.
    for (key, nonce) in [("k", "n"), ("l", "n"), ("k1", "2"), ("k", "12")] {
        let key = KeyId::parse(key).expect("legal");
        assert_eq!(store.take(&tenant, &key, nonce, at(0)), Ok(()));
        assert_eq!(store.take(&tenant, &key, nonce, at(0)), Err(NonceRefused::Replayed));
    }
}

#[test]
fn a_nonce_is_free_after_twice_the_window_and_a_second() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    assert_eq!(take(&store, "a", at(0)), Ok(()));
    assert_eq!(take(&store, "a", at_ms(120_999)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "a", at(KEPT_S)), Ok(()));
    assert_eq!(take(&store, "a", at(KEPT_S)), Err(NonceRefused::Replayed));
    // Between seconds it is rounded to the later end.
    let half = at_ms(500);
    assert_eq!(take(&store, "b", half), Ok(()));
    assert_eq!(take(&store, "b", half.plus_s(KEPT_S)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "b", at(KEPT_S + 1)), Ok(()));
}

#[test]
fn a_full_memory_refuses_forgets_nothing_and_takes_again_after_the_expiry() {
    let scene = Scene::new();
    let store = scene.open(NonceRules { capacity: 8, ..RULES }, at(0));
    for tenant in ["a", "b", "c", "d"] {
        assert_eq!(take_as(&store, tenant, &format!("{tenant}1"), at(0)), Ok(()));
        assert_eq!(take_as(&store, tenant, &format!("{tenant}2"), at(0)), Ok(()));
    }
    assert_eq!(take_as(&store, "e", "e1", at(0)), Err(NonceRefused::Unavailable));
    let last = at(KEPT_S - 1);
    assert_eq!(take_as(&store, "e", "e1", last), Err(NonceRefused::Unavailable));
    assert_eq!(take_as(&store, "a", "a1", last), Err(NonceRefused::Replayed));
    assert_eq!(take_as(&store, "e", "e1", at(KEPT_S)), Ok(()));
    assert_eq!(take_as(&store, "a", "a1", at(KEPT_S)), Ok(()));
}

#[test]
fn one_tenant_takes_its_share_and_leaves_the_others_theirs() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    for nonce in 0..1_000 {
        assert_eq!(take_as(&store, "greedy", &format!("{nonce}"), at(0)), Ok(()));
    }
    assert_eq!(take_as(&store, "greedy", "more", at(0)), Err(NonceRefused::Crowded { retry_after_s: 1 }));
    assert_eq!(take_as(&store, "modest", "one", at(0)), Ok(()));
    // What was refused was not taken.
    assert_eq!(take_as(&store, "modest", "more", at(0)), Ok(()));
    assert_eq!(store.live(), 1_002);
}

#[test]
fn a_replay_costs_no_share() {
    let scene = Scene::new();
    let store = scene.open(NonceRules { capacity: 8, ..RULES }, at(0));
    assert_eq!(take(&store, "a", at(0)), Ok(()));
    for _ in 0..10 {
        assert_eq!(take(&store, "a", at(0)), Err(NonceRefused::Replayed));
    }
    assert_eq!(take(&store, "b", at(0)), Ok(()));
}

#[test]
fn what_expired_is_swept_and_counted_no_more() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    for nonce in 0..1_000 {
        assert_eq!(take(&store, &format!("{nonce}"), at(0)), Ok(()));
    }
    assert_eq!(take_as(&store, "other", "late", at(KEPT_S)), Ok(()));
    for _ in 0..8 {
        store.sync().expect("synced");
    }
    assert_eq!(store.live(), 1);
}

#[test]
fn nonces_outlive_the_process_however_it_ends() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    assert_eq!(take(&store, "a", at(0)), Ok(()));
    drop(store);
    let store = scene.open(RULES, at(1));
    assert_eq!(store.floor(), Timestamp::from_ms(i64::MIN));
    assert_eq!(take(&store, "a", at(1)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "b", at(1)), Ok(()));
    store.close();
    assert_eq!(take(&store, "c", at(1)), Err(NonceRefused::Unavailable), "nothing comes after the end");
    let store = scene.open(RULES, at(2));
    assert_eq!(store.floor(), Timestamp::from_ms(i64::MIN));
    assert_eq!(store.live(), 2);
    for nonce in ["a", "b"] {
        assert_eq!(take(&store, nonce, at(2)), Err(NonceRefused::Replayed));
    }
    assert_eq!(take(&store, "a", at(KEPT_S)), Ok(()));
    assert_eq!(take(&store, "b", at(KEPT_S)), Err(NonceRefused::Replayed));
}

#[test]
fn an_entry_cut_in_half_is_no_entry() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    for nonce in ["a", "b"] {
        assert_eq!(take(&store, nonce, at(0)), Ok(()));
    }
    drop(store);
    let segment = File::options().write(true).open(&scene.segments()[0]).expect("a segment");
    segment.set_len(60 + 20 + 13).expect("cut");
    let store = scene.open(RULES, at(0));
    assert_eq!(take(&store, "a", at(0)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "b", at(0)), Ok(()));
}

#[test]
fn segments_follow_each_other_and_go_when_all_in_them_has_expired() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    // By their time, and by their size.
    assert_eq!(take(&store, "a", at(0)), Ok(()));
    assert_eq!(take(&store, "b", at(299)), Ok(()));
    store.sync().expect("synced");
    assert_eq!(scene.segments().len(), 1);
    assert_eq!(take(&store, "c", at(300)), Ok(()));
    store.sync().expect("synced");
    assert_eq!(scene.segments().len(), 2, "a segment ends after five minutes");
    for nonce in 0..1_000 {
        assert_eq!(take_as(&store, "other", &format!("{nonce}"), at(301)), Ok(()));
    }
    store.sync().expect("synced");
    assert_eq!(scene.segments().len(), 3, "a segment ends after a quarter of the capacity");
    // A restart finds what is in all of them, and goes by the same rules.
    drop(store);
    let store = scene.open(RULES, at(302));
    assert_eq!(scene.segments().len(), 3, "the third one was empty, and there is a new one");
    for nonce in ["b", "c"] {
        assert_eq!(take(&store, nonce, at(302)), Err(NonceRefused::Replayed));
    }
    assert_eq!(take(&store, "a", at(300 + KEPT_S)), Ok(()));
    store.sync().expect("synced");
    assert_eq!(scene.segments().len(), 2, "the first one has expired");
    assert_eq!(take(&store, "d", at(301 + KEPT_S)), Ok(()));
    store.sync().expect("synced");
    assert_eq!(scene.segments().len(), 1, "the second one has expired");
    drop(store);
    let store = scene.open(RULES, at(301 + 2 * KEPT_S));
    assert_eq!((scene.segments().len(), store.live()), (1, 0), "a start deletes what has expired");
}

#[test]
fn what_a_power_cut_may_have_lost_is_refused_by_its_time() {
    let scene = Scene::new();
    drop(scene.open(RULES, at(0)));
    scene.reboot();
    let store = scene.open(RULES, at(10));
    assert_eq!(store.floor(), at(10));
    // A process that ends brings none of it back.
    drop(store);
    let store = scene.open(RULES, at(20));
    assert_eq!(store.floor(), at(10));
    store.close();
    scene.reboot();
    let store = scene.open(RULES, at(30));
    assert_eq!(store.floor(), at(10), "an ended journal is whole, whatever happened after");
    drop(store);
    // A clock that was ahead and is right again does not shut everybody out.
    assert_eq!(scene.open(RULES, at(0)).floor(), at(0));
}

#[test]
fn a_journal_that_was_taken_away_is_refused_by_its_time() {
    let scene = Scene::new();
    fs::create_dir(scene.folder()).expect("a folder");
    assert_eq!(scene.open(RULES, at(0)).floor(), at(0));
}

#[test]
fn a_wider_window_lets_no_old_signature_in_again() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    assert_eq!(take(&store, "a", at(0)), Ok(()));
    store.close();
    let wider = NonceRules { window_ms: 600_000, ..RULES };
    let store = scene.open(wider, at(1));
    assert_eq!(store.floor(), at(1));
    assert_eq!(take(&store, "a", at(KEPT_S + 539)), Err(NonceRefused::Replayed));
    store.close();
    let store = scene.open(wider, at(2));
    assert_eq!(store.floor(), at(1), "the window is as wide as it was");
    assert_eq!(take(&store, "a", at(KEPT_S + 539)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "a", at(KEPT_S + 540)), Ok(()));
}

#[test]
fn a_folder_with_anything_else_in_it_is_not_opened() {
    let scene = Scene::new();
    drop(scene.open(RULES, at(0)));
    let stranger = scene.folder().join("1.nonces");
    fs::write(&stranger, "").expect("writable");
    assert!(scene.refusal().contains("a file \"1.nonces\""), "{}", scene.refusal());
    fs::remove_file(stranger).expect("removed");
    let segment = &scene.segments()[0];
    let whole = fs::read(segment).expect("readable");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(segment, bytes).expect("writable");
        assert!(scene.refusal().contains("\"0000000001.nonces\""), "{}", scene.refusal());
    }
    fs::write(segment, &whole[..59]).expect("writable");
    assert!(scene.refusal().contains("restore it, or empty the folder"), "{}", scene.refusal());
    // A refused start changes nothing, and what a start left half made does not stand in the way.
    fs::write(segment, whole).expect("writable");
    fs::write(scene.folder().join("draft"), "half").expect("writable");
    scene.open(RULES, at(0));
}

#[test]
fn nobody_else_can_read_the_journal() {
    let scene = Scene::new();
    drop(scene.open(RULES, at(0)));
    let mode = |path: &Path| path.metadata().expect("is there").permissions().mode() & 0o777;
    assert_eq!((mode(&scene.folder()), mode(&scene.segments()[0])), (0o700, 0o600));
}

#[test]
fn what_cannot_be_written_is_refused_and_stays_taken() {
    let scene = Scene::new();
    let store = scene.open(RULES, at(0));
    assert_eq!(take(&store, "before", at(0)), Ok(()));
    let full = File::options().write(true).open("/dev/full").expect("a full disk");
    let file = mem::replace(&mut store.journal.tail.lock().segment.file, Arc::new(full));
    let nonces: Vec<_> = (0..50).map(|nonce| format!("{nonce}")).collect();
    let refused = in_parallel(32, |_| {
        nonces.iter().map(|nonce| take(&store, nonce, at(0)).expect_err("is refused")).collect::<Vec<_>>()
    });
    let unwritten = refused.iter().flatten().filter(|refused| **refused == NonceRefused::Unavailable).count();
    assert_eq!(unwritten, nonces.len(), "whoever was first is told that it was not written");
    store.journal.tail.lock().segment.file = file;
    assert_eq!(take(&store, "0", at(0)), Err(NonceRefused::Replayed));
    assert_eq!(take(&store, "after", at(0)), Ok(()));
    drop(store);
    let store = scene.open(RULES, at(0));
    assert_eq!(store.live(), 2);
    assert_eq!(take(&store, "after", at(0)), Err(NonceRefused::Replayed));
}

#[test]
fn of_parallel_takes_one_wins_and_all_winners_are_written() {
    let scene = Scene::new();
    let store = scene.open(NonceRules { capacity: 16_000, ..RULES }, at(0));
    let nonces: Vec<_> = (0..500).map(|nonce| format!("{nonce}")).collect();
    let taken = in_parallel(32, |thread| {
        let mine = |nonce: &&String| take(&store, nonce, at(0)).is_ok();
        // Half of them from the other end, and the disk is waited for meanwhile.
        let taken: Vec<_> = if thread % 2 == 0 {
            nonces.iter().filter(mine).cloned().collect()
        } else {
            nonces.iter().rev().filter(mine).cloned().collect()
        };
        store.sync().expect("synced");
        taken
    });
    let taken: Vec<_> = taken.into_iter().flatten().collect();
    assert_eq!(taken.len(), nonces.len());
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), nonces.len());
    drop(store);
    let store = scene.open(NonceRules { capacity: 16_000, ..RULES }, at(0));
    assert_eq!(store.live(), nonces.len());
    assert!(nonces.iter().all(|nonce| take(&store, nonce, at(0)) == Err(NonceRefused::Replayed)));
}

/// Runs `each` in so many threads that start together, with their numbers.
fn in_parallel<T: Send>(threads: usize, each: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let run = |number| {
            let (barrier, each) = (&barrier, &each);
            scope.spawn(move || {
                barrier.wait();
                each(number)
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    })
}
