//! Nonces of signed requests: each is good once per key for as long as a signature with it could pass. Memory decides,
//! and a journal holds what was decided before the request goes on. Nothing is ever forgotten early: full is refused.

mod entry;
mod memory;
mod shares;

mod journal;
mod past;
mod segment;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use wardgate_domain::{KeyId, TenantId, Timestamp};

use crate::error::{Result, StorageError};
use entry::{Entry, Mark};
use journal::Journal;
use memory::Memory;
use shares::Shares;

/// What a nonce is remembered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceRules {
    /// How far a signature's time may be from ours, both ways, in milliseconds.
    pub window_ms: u64,
    /// Nonces remembered at a time.
    pub capacity: usize,
}

impl NonceRules {
    /// For how long a nonce is remembered from its receipt: a signature from the far edge of the window passes until
    /// the other edge has gone by it. One second more for rounding (security rule 25).
    fn kept_ms(self) -> u64 {
        self.window_ms.saturating_mul(2).saturating_add(1_000)
    }

    /// The first second in which a nonce that was received at `now` is free again: rounded up, never early.
    fn ends_s(self, now: Timestamp) -> u32 {
        let kept_ms = i64::try_from(self.kept_ms()).unwrap_or(i64::MAX);
        let ends_ms = now.as_ms().max(0).saturating_add(kept_ms);
        seconds(Timestamp::from_ms(ends_ms.saturating_add(999))).min(entry::LAST_END_S)
    }
}

/// Why a nonce was not taken. Whatever the reason, the request must not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NonceRefused {
    /// It was taken before.
    #[error("the nonce was used before: sign the request anew, with another one")]
    Replayed,
    /// The tenant has used up its share.
    #[error("too many signed requests of this tenant: try again in {retry_after_s} s")]
    Crowded {
        /// What `Retry-After` says.
        retry_after_s: u32,
    },
    /// As many nonces are remembered as may be, or the journal could not be written.
    #[error("nonces cannot be remembered at present: try again later")]
    Unavailable,
}

/// All nonces that may not be used again.
///
/// What is lost, and when: the end of the process loses nothing, `kill -9` included, because [`take`](Self::take)
/// answers only after the system has what was written. A power cut, or a crash of the system, loses what was taken
/// after the last [`sync`](Self::sync), a quarter of a second or a little more. The next open sees that the system was
/// started anew and the journal has no end, and then [`floor`](Self::floor) refuses every signature that was made
/// before. What remains is a signature from a clock that is ahead of ours by more than the restart took, received in
/// that quarter of a second: it is dated after the start and could pass once more.
///
/// A clock of ours that is set back by more than a second brings back signatures whose nonces were forgotten in time.
pub struct NonceStore {
    rules: NonceRules,
    memory: Memory,
    shares: Shares,
    journal: Journal,
    /// The time of the last request, for the work that no request waits for. It follows a clock that is set back, so
    /// that a wrong time does not outlive its correction here.
    now_s: AtomicU32,
}

impl NonceStore {
    /// Opens the journal in `folder`, which is made if it is not there, and remembers what is in it.
    ///
    /// A folder that is empty, or not there although this is not the first time (`is_first`), has lost its journal:
    /// signatures that were made before `now` are refused.
    pub fn open(folder: &Path, rules: NonceRules, is_first: bool, now: Timestamp) -> Result<Self> {
        let memory = Memory::new(rules.capacity);
        let opened = Journal::open(folder, rules, is_first, now, |entry| memory.load(entry));
        let journal = opened.map_err(|error| {
            tracing::error!(%error, "nonces that were used cannot be told from new ones");
            StorageError::unavailable(error)
        })?;
        let live = memory.live();
        if live >= rules.capacity {
            tracing::warn!(live, capacity = rules.capacity, "no room for nonces: signed requests are refused for now");
        }
        let now_s = AtomicU32::new(seconds(now));
        Ok(Self { rules, memory, shares: Shares::new(rules), journal, now_s })
    }

    /// Takes a nonce for the request that `key` has signed, once. Call it after the signature was found to be good, or
    /// strangers use up what is not theirs (security rule 26).
    ///
    /// It is written down before this returns. It never waits for the disk, only for the system to take the bytes.
    pub fn take(&self, tenant: &TenantId, key: &KeyId, nonce: &str, now: Timestamp) -> Result<(), NonceRefused> {
        let now_s = seconds(now);
        if self.now_s.load(Ordering::Relaxed) != now_s {
            self.now_s.store(now_s, Ordering::Relaxed);
        }
        let entry = Entry { mark: Mark::of(key, nonce), ends_s: self.rules.ends_s(now) };
        self.memory.take(entry, now_s, || self.shares.take(tenant, now))?;
        // What could not be written stays taken: nobody knows how much of it the disk has.
        self.journal.append(entry).map_err(|_| NonceRefused::Unavailable)
    }

    /// Whether [`Self::take`] would find the nonce taken. It takes nothing.
    pub fn is_taken(&self, key: &KeyId, nonce: &str, now: Timestamp) -> bool {
        self.memory.is_taken(&Mark::of(key, nonce), seconds(now))
    }

    /// Signatures that were made before this moment are refused, because their nonces may have been lost.
    pub fn floor(&self) -> Timestamp {
        self.journal.floor()
    }

    /// Makes what was taken so far outlive a power cut, and forgets some of what has expired. It waits for the disk:
    /// call it every quarter of a second, where waiting is allowed.
    pub fn sync(&self) -> io::Result<()> {
        let now_s = self.now_s.load(Ordering::Relaxed);
        self.memory.sweep_some(now_s);
        self.journal.sync(now_s)
    }

    /// Ends the journal, so that the next open knows that it is whole. Nothing can be taken afterwards. It waits for the
    /// disk.
    pub fn close(&self) {
        if let Err(error) = self.journal.close() {
            tracing::error!(%error, "the journal of nonces was not ended: after a power cut, older signatures are refused");
        }
    }

    /// How many nonces are remembered, the expired ones that wait to be swept among them.
    pub fn live(&self) -> usize {
        self.memory.live()
    }
}

/// The second that a moment is in.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_ms().max(0) / 1_000).unwrap_or(u32::MAX)
}
