//! How long a guest may run. What counts is time in which it ran: on a busy machine the system may take the processor
//! away for longer than a whole evaluation's bound, and that is no fault of the guest's.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::UpdateDeadline;

/// Extensions at most, each of half the bound: the wall clock of a guest that hardly gets to run.
const EXTENSIONS: u32 = 20;

/// The clock of one evaluation. Nothing is read before half of the bound has passed on the wall.
pub(crate) struct Patience {
    half_ms: u32,
    /// The thread's own time when the first half had passed.
    since: Option<Duration>,
    extensions: u32,
}

impl Patience {
    /// For a bound of `wall_ms`.
    pub(crate) fn new(wall_ms: u32) -> Self {
        Self { half_ms: (wall_ms / 2).max(1), since: None, extensions: 0 }
    }

    /// Ticks, of a millisecond each, until the clock is looked at first. The current tick is already running: one more
    /// gives the guest at least its time.
    pub(crate) fn ticks(&self) -> u64 {
        u64::from(self.half_ms) + 1
    }

    /// The bound was reached on the wall, by the half: was the guest really running?
    pub(crate) fn judge(&mut self) -> UpdateDeadline {
        self.judge_at(thread_time())
    }

    fn judge_at(&mut self, now: Duration) -> UpdateDeadline {
        let since = *self.since.get_or_insert(now);
        // A quarter less, because ticks and the thread's time are not read at the same moment.
        let enough = Duration::from_millis(u64::from(self.half_ms)) * 3 / 4;
        if self.extensions == EXTENSIONS || (self.extensions > 0 && now.saturating_sub(since) >= enough) {
            return UpdateDeadline::Interrupt;
        }
        self.extensions += 1;
        UpdateDeadline::Continue(u64::from(self.half_ms))
    }
}

/// Time for which this thread has run.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wasmtime::UpdateDeadline;

    use super::{EXTENSIONS, Patience};

    /// Judges at each of these moments of the thread's time, and says how many were let go on.
    fn run(thread_ms: impl Iterator<Item = u64>) -> usize {
        let mut patience = Patience::new(10);
        let goes_on = |ms| matches!(patience.judge_at(Duration::from_millis(ms)), UpdateDeadline::Continue(_));
        thread_ms.map(goes_on).take_while(|goes_on| *goes_on).count()
    }

    #[test]
    fn a_guest_that_runs_all_the_time_ends_at_its_bound() {
        assert_eq!(run((5..).step_by(5)), 1);
    }

    #[test]
    fn a_guest_that_was_kept_from_running_gets_its_time() {
        assert_eq!(run([5, 5, 6, 6, 7, 8, 9].into_iter()), 6);
    }

    #[test]
    fn no_guest_is_waited_for_without_end() {
        assert_eq!(run(std::iter::repeat(5)), EXTENSIONS as usize);
    }
}
