//! The part of all nonces that one tenant may take, so that none keeps the others out (security rule 27).

use std::convert::Infallible;
use std::sync::Arc;

use quick_cache::sync::Cache;
use wardgate_domain::rate::{Gcra, Rate};
use wardgate_domain::{TenantId, Timestamp, limits};

use super::{NonceRefused, NonceRules};

/// Counts each tenant's nonces.
///
/// A share is a rate: so many per time that a nonce is kept, also at once. A tenant that rested and then takes all it
/// may has up to two shares remembered for a while.
pub(super) struct Shares {
    share: Rate,
    tenants: Cache<TenantId, Arc<Gcra>>,
}

impl Shares {
    pub(super) fn new(rules: NonceRules) -> Self {
        let capacity = u32::try_from(rules.capacity / limits::NONCE_SHARES).unwrap_or(u32::MAX).max(1);
        let frequency_s = u32::try_from(rules.kept_ms().div_ceil(1_000)).unwrap_or(u32::MAX);
        Self { share: Rate { capacity, frequency_s }, tenants: Cache::new(limits::CACHED_TENANTS) }
    }

    /// Takes one of the tenant's share, or says when there will be one.
    pub(super) fn take(&self, tenant: &TenantId, now: Timestamp) -> Result<(), NonceRefused> {
        let counted = self.tenants.get_or_insert_with(tenant, || Ok::<_, Infallible>(Arc::default()));
        let Ok(taken): Result<Arc<Gcra>, _> = counted;
        match taken.take(self.share, now) {
            Ok(_) => Ok(()),
            Err(full) => Err(NonceRefused::Crowded { retry_after_s: full.retry_after_s }),
        }
    }
}
