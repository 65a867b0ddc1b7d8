//! When keys last let a call pass: noted on the hot path, written behind it.

use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use wardgate_domain::limits;
use wardgate_domain::{KeyId, TenantId, Timestamp};

use crate::credentials::{Credential, Source};

#[derive(Default)]
pub(crate) struct Usage(Mutex<Vec<(TenantId, KeyId, Timestamp)>>);

impl Usage {
    /// Notes a use, at most once a minute a key: a list shows the minute, and a busy key must not be a busy disk.
    pub(crate) fn note(&self, credential: &Credential, now: Timestamp) {
        let Source::Key(key) = &credential.source else { return };
        let last = credential.last_used_ms.load(Ordering::Relaxed);
        if now.as_ms() - last < limits::LAST_USED_STALE_MS {
            return;
        }
        let mine = credential.last_used_ms.compare_exchange(last, now.as_ms(), Ordering::AcqRel, Ordering::Relaxed);
        let mut waiting = self.0.lock();
        if mine.is_ok() && waiting.len() < limits::CACHED_CREDENTIALS {
            waiting.push((key.tenant.clone(), key.id.clone(), now));
        }
    }

    /// What waits to be written.
    pub(crate) fn take(&self) -> Vec<(TenantId, KeyId, Timestamp)> {
        std::mem::take(&mut self.0.lock())
    }
}
