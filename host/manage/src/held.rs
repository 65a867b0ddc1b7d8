//! What is read of all tenants at once and kept in memory, until anything changes anywhere: so that what anybody may ask
//! costs nobody a list.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wardgate_domain::limits;
use wardgate_storage::Store;

use crate::ManageError;

/// A value, and the generation of the store that it was read at.
pub(crate) struct Held<T> {
    held: Mutex<Option<(u64, Arc<T>)>>,
    /// One reads, however many wait.
    reading: tokio::sync::Mutex<()>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { held: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }
}

impl<T> Held<T> {
    /// The value as it is now: from memory, as long as nothing has changed anywhere, else from `read`.
    pub(crate) async fn now(
        &self,
        store: &Store,
        read: impl AsyncFnOnce() -> Result<T, ManageError>,
    ) -> Result<Arc<T>, ManageError> {
        if let Some(value) = self.of(store.generation()) {
            return Ok(value);
        }
        let wait = Duration::from_millis(limits::LOOKUP_WAIT_MS);
        let read = tokio::time::timeout(wait, self.read(store, read)).await;
        read.map_err(|slow| ManageError::Unavailable(slow.into()))?
    }

    async fn read(
        &self,
        store: &Store,
        read: impl AsyncFnOnce() -> Result<T, ManageError>,
    ) -> Result<Arc<T>, ManageError> {
        let _reading = self.reading.lock().await;
        // Before the read, so that a change during it makes its result stale.
        let generation = store.generation();
        if let Some(value) = self.of(generation) {
            return Ok(value);
        }
        let value = Arc::new(read().await?);
        *self.held.lock() = Some((generation, Arc::clone(&value)));
        Ok(value)
    }

    fn of(&self, generation: u64) -> Option<Arc<T>> {
        self.held.lock().as_ref().filter(|(at, _)| *at == generation).map(|(_, value)| Arc::clone(value))
    }
}
