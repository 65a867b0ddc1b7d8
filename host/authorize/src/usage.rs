//! When keys and Request Origins last let a call pass: noted on the hot path, written behind it.

use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use wardgate_domain::limits;
use wardgate_domain::{KeyId, TenantId, Timestamp};

use crate::credentials::{Credential, Source};

#[derive(Default)]
pub(crate) struct Usage(Mutex<Uses>);

/// What waits to be written.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) keys: Vec<(TenantId, KeyId, Timestamp)>,
    pub(crate) origins: Vec<(TenantId, KeyId, Timestamp)>,
}

impl Usage {
    /// Notes a use, at most once a minute a key: a list shows the minute, and a busy key must not be a busy disk.
    pub(crate) fn note(&self, credential: &Credential, now: Timestamp) {
        let (tenant, id, is_key) = match &credential.source {
            Source::Key(key) => (&key.tenant, &key.id, true),
            Source::Origin(live) => (&live.origin.tenant, &live.origin.id, false),
            Source::SigningKey(_) | Source::Token(_) | Source::Jwt(_) => return,
        };
        let last = credential.last_used_ms.load(Ordering::Relaxed);
        if now.as_ms() - last < limits::LAST_USED_STALE_MS {
            return;
        }
        let mine = credential.last_used_ms.compare_exchange(last, now.as_ms(), Ordering::AcqRel, Ordering::Relaxed);
        let mut uses = self.0.lock();
        let waiting = if is_key { &mut uses.keys } else { &mut uses.origins };
        if mine.is_ok() && waiting.len() < limits::CACHED_CREDENTIALS {
            waiting.push((tenant.clone(), id.clone(), now));
        }
    }

    pub(crate) fn take(&self) -> Uses {
        std::mem::take(&mut self.0.lock())
    }
}
