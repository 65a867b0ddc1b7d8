//! `wasi:clocks`: the wall clock shows the time of the ask, however long it takes (security rule 96), and the monotonic
//! clock, which only tells how much time has passed, shows that none has.

use wasmtime::Result;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};

use super::Sealed;
use super::io::Wait;

const MS_PER_S: u64 = 1_000;
const NS_PER_MS: u64 = 1_000_000;
/// What the monotonic clock always shows, in nanoseconds: an hour, since a guest may take none for a clock that is broken.
const MONOTONIC_NS: u64 = 3_600_000_000_000;

impl Sealed {
    /// Milliseconds since 1970.
    fn now_ms(&mut self) -> u64 {
        self.was_told_time = true;
        u64::try_from(self.moment.now.as_ms()).unwrap_or(0)
    }

    /// A moment that is not here already never comes.
    fn until(&mut self, is_here: bool) -> Result<Resource<DynPollable>> {
        Ok(self.push(if is_here { Wait::Over } else { Wait::Endless })?)
    }
}

impl wall_clock::Host for Sealed {
    fn now(&mut self) -> Result<wall_clock::Datetime> {
        let now_ms = self.now_ms();
        let nanoseconds = u32::try_from(now_ms % MS_PER_S * NS_PER_MS).unwrap_or(0);
        Ok(wall_clock::Datetime { seconds: now_ms / MS_PER_S, nanoseconds })
    }

    fn resolution(&mut self) -> Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: 1_000_000 })
    }
}

impl monotonic_clock::Host for Sealed {
    fn now(&mut self) -> Result<u64> {
        Ok(MONOTONIC_NS)
    }

    fn resolution(&mut self) -> Result<u64> {
        Ok(NS_PER_MS)
    }

    fn subscribe_instant(&mut self, when: u64) -> Result<Resource<DynPollable>> {
        self.until(when <= MONOTONIC_NS)
    }

    fn subscribe_duration(&mut self, duration: u64) -> Result<Resource<DynPollable>> {
        self.until(duration == 0)
    }
}
