//! The nonces in memory: where it is decided who was first. Bounded, and swept piece by piece.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use super::NonceRefused;
use super::entry::{Entry, Mark};

/// Parts of the memory, each with its lock. Small ones keep both waiting and sweeping short.
const SHARDS: usize = 256;
/// Shards that one [`Memory::sweep_some`] goes through: all of them in two seconds.
const SHARDS_PER_SWEEP: usize = 32;
/// A shard keeps room for so many, whatever it holds.
const LEAST_ROOM: usize = 64;

/// Who knows the marks of a process cannot tell in which shard or place they come to lie: both are chosen by a hash
/// that is another one in every process.
pub(super) struct Memory {
    shards: Box<[Mutex<Shard>]>,
    chooser: RandomState,
    live: AtomicUsize,
    capacity: usize,
    /// The shard that is swept next.
    next: AtomicUsize,
}

struct Shard {
    /// When each nonce is free again.
    ends_s: HashMap<Mark, u32, RandomState>,
    /// No nonce is free before this second.
    earliest_s: u32,
}

impl Memory {
    pub(super) fn new(capacity: usize) -> Self {
        let shard = || Mutex::new(Shard { ends_s: HashMap::default(), earliest_s: u32::MAX });
        Self {
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
            chooser: RandomState::default(),
            live: AtomicUsize::new(0),
            capacity,
            next: AtomicUsize::new(0),
        }
    }

    /// Takes a nonce: of any number of calls with the same one, at most one is told `Ok`. `charge` is asked
    /// last, and only for a nonce that is new and has room.
    pub(super) fn take(
        &self,
        entry: Entry,
        now_s: u32,
        charge: impl FnOnce() -> Result<(), NonceRefused>,
    ) -> Result<(), NonceRefused> {
        if self.live() >= self.capacity {
            self.make_room(now_s);
        }
        let mut shard = self.shard(&entry.mark).lock();
        if let Some(ends_s) = shard.ends_s.get_mut(&entry.mark) {
            if *ends_s > now_s {
                return Err(NonceRefused::Replayed);
            }
            charge()?;
            // Expired and not swept: it keeps its place.
            *ends_s = entry.ends_s;
            return Ok(());
        }
        // Before a table grows, what has expired makes room in it.
        if shard.ends_s.len() == shard.ends_s.capacity() {
            self.sweep(&mut shard, now_s);
        }
        if self.live.fetch_add(1, Ordering::Relaxed) >= self.capacity {
            self.live.fetch_sub(1, Ordering::Relaxed);
            return Err(NonceRefused::Unavailable);
        }
        if let Err(refused) = charge() {
            self.live.fetch_sub(1, Ordering::Relaxed);
            return Err(refused);
        }
        shard.insert(entry);
        Ok(())
    }

    /// Whether a nonce is taken, without taking it.
    pub(super) fn is_taken(&self, mark: &Mark, now_s: u32) -> bool {
        self.shard(mark).lock().ends_s.get(mark).is_some_and(|ends_s| *ends_s > now_s)
    }

    /// Remembers what the journal knows, also beyond the capacity. Of one nonce that was taken again, the later.
    pub(super) fn load(&self, entry: Entry) {
        let mut shard = self.shard(&entry.mark).lock();
        if let Some(ends_s) = shard.ends_s.get_mut(&entry.mark) {
            *ends_s = entry.ends_s.max(*ends_s);
            return;
        }
        shard.insert(entry);
        self.live.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets what has expired in some of the shards, a few more each time.
    pub(super) fn sweep_some(&self, now_s: u32) {
        for _ in 0..SHARDS_PER_SWEEP {
            self.sweep(&mut self.next_shard().lock(), now_s);
        }
    }

    /// How many nonces are remembered.
    pub(super) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// Sweeps one shard that has something to forget, if any has.
    fn make_room(&self, now_s: u32) {
        let _ = (0..SHARDS).any(|_| self.sweep(&mut self.next_shard().lock(), now_s) > 0);
    }

    /// Forgets what has expired in a shard, which costs nothing while nothing has. Says how many went.
    fn sweep(&self, shard: &mut Shard, now_s: u32) -> usize {
        if shard.earliest_s > now_s {
            return 0;
        }
        let before = shard.ends_s.len();
        let mut earliest_s = u32::MAX;
        shard.ends_s.retain(|_, ends_s| {
            let stays = *ends_s > now_s;
            if stays {
                earliest_s = earliest_s.min(*ends_s);
            }
            stays
        });
        shard.earliest_s = earliest_s;
        let left = shard.ends_s.len();
        if shard.ends_s.capacity() / 4 > left.max(LEAST_ROOM) {
            shard.ends_s.shrink_to(2 * left);
        }
        self.live.fetch_sub(before - left, Ordering::Relaxed);
        before - left
    }

    fn shard(&self, mark: &Mark) -> &Mutex<Shard> {
        let hash = usize::try_from(self.chooser.hash_one(mark) % SHARDS as u64).expect("fewer than 256");
        &self.shards[hash]
    }

    fn next_shard(&self) -> &Mutex<Shard> {
        &self.shards[self.next.fetch_add(1, Ordering::Relaxed) % SHARDS]
    }
}

impl Shard {
    fn insert(&mut self, entry: Entry) {
        self.ends_s.insert(entry.mark, entry.ends_s);
        self.earliest_s = self.earliest_s.min(entry.ends_s);
    }
}
