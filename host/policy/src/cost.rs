//! What a policy's evaluations cost lately, so that slow ones are kept away from the threads of requests.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::limits::SLOW_US;

/// Of each new cost, an eighth goes into the average.
const SHARE: u32 = 8;
/// The most that one evaluation may count for, in microseconds: it takes several in a row to make a policy slow, for a
/// single one may have waited for a busy machine instead.
const MOST_US: u32 = SLOW_US * 2;

/// An exponentially weighted average, in microseconds. It starts at nothing: a new policy is taken to be fast.
#[derive(Debug, Default)]
pub(crate) struct Cost(AtomicU32);

impl Cost {
    /// Takes another evaluation into account. Two at once may lose one of them, which an average survives.
    pub(crate) fn note(&self, cost_us: u32) {
        let average = self.0.load(Ordering::Relaxed);
        let weighted = u64::from(average) * u64::from(SHARE - 1) + u64::from(cost_us.min(MOST_US));
        self.0.store(u32::try_from(weighted / u64::from(SHARE)).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// A policy that ran out of time is slow at once.
    pub(crate) fn note_timeout(&self, cost_us: u32) {
        self.0.store(cost_us.max(MOST_US), Ordering::Relaxed);
    }

    pub(crate) fn is_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed) > SLOW_US
    }
}
