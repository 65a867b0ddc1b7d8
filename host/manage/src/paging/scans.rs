//! Queries read whole lists: one at a time for each tenant, and a few in all, so that no tenant's queries keep the readers
//! of lists from the others.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use wardgate_domain::{TenantId, limits};

use crate::ManageError;

/// Whose turn it is.
pub(crate) struct Scans {
    all: Arc<Semaphore>,
    /// Tenants that nobody reads for or waits for may have gone.
    of_tenant: Mutex<HashMap<TenantId, Weak<Semaphore>>>,
}

/// Leave to read a whole list, until it is dropped.
pub(crate) struct Scan {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Scans {
    pub(crate) fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(limits::LIST_SCANS)), of_tenant: Mutex::default() }
    }

    /// A turn, for which nobody waits long.
    pub(crate) async fn turn(&self, tenant: &TenantId) -> Result<Scan, ManageError> {
        let own = self.of(tenant);
        // The tenant's own turn first: then no tenant is in the other line more than once.
        let both = async {
            let own = own.acquire_owned().await.ok()?;
            let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(Scan { _own: own, _all: all })
        };
        let turn = timeout(Duration::from_millis(limits::LIST_SCAN_WAIT_MS), both).await;
        turn.ok().flatten().ok_or(ManageError::LimitReached("as many queries over lists are under way as may be"))
    }

    fn of(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut of_tenant = self.of_tenant.lock();
        if let Some(own) = of_tenant.get(tenant).and_then(Weak::upgrade) {
            return own;
        }
        of_tenant.retain(|_, own| own.strong_count() > 0);
        let own = Arc::new(Semaphore::new(1));
        of_tenant.insert(tenant.clone(), Arc::downgrade(&own));
        own
    }
}

#[cfg(test)]
mod tests {
    use wardgate_domain::{TenantId, limits};

    use super::Scans;

    fn tenant(id: &str) -> TenantId {
        TenantId::parse(id).expect("a legal tenant id")
    }

    #[tokio::test]
    async fn a_tenant_reads_one_list_at_a_time_and_leaves_room_for_others() {
        let scans = Scans::new();
        let first = scans.turn(&tenant("a")).await.expect("a turn");
        assert!(scans.turn(&tenant("a")).await.is_err(), "its second");
        let mut others = Vec::new();
        for at in 1..limits::LIST_SCANS {
            others.push(scans.turn(&tenant(&format!("b{at}"))).await.expect("a turn"));
        }
        assert!(scans.turn(&tenant("c")).await.is_err(), "one too many in all");
        drop(first);
        drop(scans.turn(&tenant("c")).await.expect("a turn"));
        let again = scans.turn(&tenant("a")).await.expect("a turn");
        drop((again, others));
        scans.turn(&tenant("d")).await.expect("a turn");
        assert_eq!(scans.of_tenant.lock().len(), 1, "tenants that read nothing are remembered");
    }
}
