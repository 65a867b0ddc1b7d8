//! A timer that is cheap to move: later is free, because it is looked at again when it rings.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A moment by which something must have happened. One per connection and direction, reused by all its requests.
#[derive(Debug)]
pub(super) struct Deadline {
    due: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    pub(super) fn new() -> Self {
        Self { due: Instant::now(), sleep: None }
    }

    /// Moves the deadline to `after` from now.
    pub(super) fn set(&mut self, after: Duration) {
        self.due = Instant::now() + after;
        if let Some(sleep) = &mut self.sleep
            && sleep.deadline() > self.due
        {
            sleep.as_mut().reset(self.due);
        }
    }

    /// Ready once the deadline has passed.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.due;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= due {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due);
        }
    }
}
