//! The version of each tenant, in memory: whoever keeps a copy of a tenant's things compares it before using the copy.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use wardgate_domain::{TenantId, limits};

/// Tenants whose version is kept although nobody looks at it.
const VERSIONS_KEPT: usize = 2 * limits::CACHED_TENANTS;

/// One counter per tenant. Each shows the number of the last change to it, counted over all tenants: so one that was
/// forgotten and made anew shows a number that it showed before only if nothing has changed since.
#[derive(Default)]
pub(crate) struct Versions {
    changes: AtomicU64,
    by_tenant: Mutex<HashMap<TenantId, Arc<AtomicU64>>>,
}

impl Versions {
    /// How many changes there were at all tenants.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// The tenant's counter: the same one for as long as anybody holds it.
    pub(crate) fn of(&self, tenant: &TenantId) -> Arc<AtomicU64> {
        let mut by_tenant = self.by_tenant.lock();
        if let Some(version) = by_tenant.get(tenant) {
            return Arc::clone(version);
        }
        if by_tenant.len() >= VERSIONS_KEPT {
            by_tenant.retain(|_, version| Arc::strong_count(version) > 1);
        }
        let version = Arc::new(AtomicU64::new(self.changes()));
        by_tenant.insert(tenant.clone(), Arc::clone(&version));
        version
    }

    /// Tells everybody that copies of the tenant's things are out of date.
    pub(crate) fn bump(&self, tenant: &TenantId) {
        let by_tenant = self.by_tenant.lock();
        let change = self.changes.fetch_add(1, Ordering::AcqRel) + 1;
        if let Some(version) = by_tenant.get(tenant) {
            version.store(change, Ordering::Release);
        }
    }
}
