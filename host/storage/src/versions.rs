//! The version of each tenant, in memory: whoever keeps a copy of a tenant's things compares it before using the copy.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use wardgate_domain::{TenantId, limits};

/// Tenants whose version is kept although nobody looks at it.
const VERSIONS_KEPT: usize = 2 * limits::CACHED_TENANTS;

/// One counter per tenant. All draw their numbers from one source, so a counter that was forgotten and made anew
/// never shows a number that it showed before.
#[derive(Default)]
pub(crate) struct Versions {
    newest: AtomicU64,
    by_tenant: Mutex<HashMap<TenantId, Arc<AtomicU64>>>,
}

impl Versions {
    /// The tenant's counter: the same one for as long as anybody holds it.
    pub(crate) fn of(&self, tenant: &TenantId) -> Arc<AtomicU64> {
        let mut by_tenant = self.by_tenant.lock();
        if let Some(version) = by_tenant.get(tenant) {
            return Arc::clone(version);
        }
        if by_tenant.len() >= VERSIONS_KEPT {
            by_tenant.retain(|_, version| Arc::strong_count(version) > 1);
        }
        let version = Arc::new(AtomicU64::new(self.next()));
        by_tenant.insert(tenant.clone(), Arc::clone(&version));
        version
    }

    /// Tells everybody that copies of the tenant's things are out of date.
    pub(crate) fn bump(&self, tenant: &TenantId) {
        let next = self.next();
        if let Some(version) = self.by_tenant.lock().get(tenant) {
            version.fetch_max(next, Ordering::AcqRel);
        }
    }

    /// Grows with every visible change of any tenant.
    pub(crate) fn newest(&self) -> u64 {
        self.newest.load(Ordering::Acquire)
    }

    fn next(&self) -> u64 {
        self.newest.fetch_add(1, Ordering::AcqRel) + 1
    }
}
