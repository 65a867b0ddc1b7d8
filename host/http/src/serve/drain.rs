//! One bell for all connections: it rings once, when the server stops.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Context;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Whether the server is stopping.
#[derive(Debug, Default)]
pub(super) struct Drain {
    begun: AtomicBool,
    bell: Notify,
}

impl Drain {
    /// Tells every connection to finish.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    /// A connection's ear. Polls the bell on the first look only: later looks read one flag, because a task keeps its
    /// waker for life and the bell's lock is shared by all connections.
    pub(super) fn ear(&self) -> Ear<'_> {
        Ear { drain: self, listening: false }
    }

    /// Done once the bell has rung.
    pub(super) async fn rung(&self) {
        // Made before the look, so that it cannot ring unheard between the two.
        let ring = self.ring();
        if !self.begun.load(Ordering::SeqCst) {
            ring.await;
        }
    }

    /// The future that wakes a connection when the bell rings; belongs to [`Ear::hears`].
    pub(super) fn ring(&self) -> Notified<'_> {
        self.bell.notified()
    }
}

/// See [`Drain::ear`].
#[derive(Debug)]
pub(super) struct Ear<'a> {
    drain: &'a Drain,
    listening: bool,
}

impl Ear<'_> {
    /// Whether the bell has rung; if not, the task is woken when it does.
    pub(super) fn hears(&mut self, ring: Pin<&mut Notified<'_>>, cx: &mut Context<'_>) -> bool {
        if !self.listening {
            self.listening = true;
            if ring.poll(cx).is_ready() {
                return true;
            }
        }
        self.drain.begun.load(Ordering::SeqCst)
    }
}
