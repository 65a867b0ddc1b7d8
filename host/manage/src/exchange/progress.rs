//! How far an import has come, for whoever waits for it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts as the work goes on; shown as a line.
#[derive(Debug, Default)]
pub struct Progress {
    compared: AtomicUsize,
    to_store: AtomicUsize,
    stored: AtomicUsize,
}

impl Progress {
    pub(super) fn compared(&self, things: usize) {
        self.compared.fetch_add(things, Relaxed);
    }

    pub(super) fn begin_storing(&self, things: usize) {
        self.to_store.store(things, Relaxed);
    }

    pub(super) fn stored(&self) {
        self.stored.fetch_add(1, Relaxed);
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (compared, to_store, stored) =
            (self.compared.load(Relaxed), self.to_store.load(Relaxed), self.stored.load(Relaxed));
        match (compared, to_store) {
            (0, _) => f.write_str("reading"),
            (_, 0) => write!(f, "{compared} things compared with what is kept"),
            _ => write!(f, "{stored} of {to_store} things stored"),
        }
    }
}
