//! Credentials in memory by what they are found by, and what was found to be none.

use std::hash::Hash;

use quick_cache::sync::Cache;
use wardgate_domain::limits;
use wardgate_storage::Store;

use super::Credential;
use crate::cache::{LiveCache, Remembered, Stamp};
use crate::stop::Unavailable;

/// One way to find credentials.
pub(super) struct Lookup<K> {
    known: LiveCache<K, Credential>,
    /// What stood for nothing, each with the store's generation at that time: a stranger who repeats himself costs no
    /// look-up, and any change anywhere lets him be looked up again.
    unknown: Cache<K, u64>,
}

impl<K: Hash + Eq + Clone> Lookup<K> {
    pub(super) fn new() -> Self {
        Self { known: LiveCache::new(limits::CACHED_CREDENTIALS), unknown: Cache::new(limits::CACHED_UNKNOWNS) }
    }

    /// What is in memory.
    pub(super) fn known(&self) -> &LiveCache<K, Credential> {
        &self.known
    }

    /// What is in memory, else what `load` finds in storage.
    pub(super) async fn find<F>(
        &self,
        store: &Store,
        key: K,
        load: impl FnOnce() -> F,
    ) -> Result<Option<Remembered<Credential>>, Unavailable>
    where
        F: Future<Output = Result<Option<(Stamp, Credential)>, Unavailable>>,
    {
        let generation = store.generation();
        if self.unknown.get(&key) == Some(generation) {
            return Ok(None);
        }
        let found = self.known.get_or_load(&key, load).await?;
        if found.is_none() {
            self.unknown.insert(key, generation);
        }
        Ok(found)
    }
}
