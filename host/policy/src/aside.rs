//! Work that calls must not feel: what takes long runs on threads that give way to theirs.

use std::thread;

use crate::limits::ASIDE_NICE;

/// Runs `work` on a thread of its own, to which the system gives what others leave, and waits for it. A thread costs some
/// 50 µs, and once it gave way it can never come back: this is for what takes longer anyway. Where there can be no more
/// threads, it runs on this one.
pub fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let mut work = Some(work);
    let done = thread::scope(|scope| {
        let given_way = || {
            // Where the system does not let it, work is done all the same.
            let _ = rustix::process::nice(ASIDE_NICE);
            work.take().map(|work| work())
        };
        let thread = thread::Builder::new().spawn_scoped(scope, given_way).ok()?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    done.unwrap_or_else(|| work.take().expect("nobody else took it")())
}
