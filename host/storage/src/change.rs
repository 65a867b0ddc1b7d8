//! One change: one transaction, one tenant, one audit entry. There is no other way to write a tenant's things. What ends at
//! other tenants with what was the cluster's is in the same transaction, with an entry at each of them.

use std::sync::Arc;

use wardgate_domain::TenantId;
use wardgate_domain::audit::AuditEvent;

use crate::backend::Session;
use crate::error::{Result, StorageError};
use crate::store::Shared;
use crate::tenants::{self, TENANTS};

/// Whether somebody may hold a copy of what was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Copies must go: the tenant's version grows.
    Visible,
    /// Nothing that anybody copies was changed, for example a token was issued.
    Quiet,
}

/// A change under way. Dropped without a commit, it never happened. Each kind's writes stand in that kind's file.
#[must_use = "a change that is not committed never happened"]
pub struct Change {
    pub(crate) session: Session,
    pub(crate) tenant: TenantId,
    /// Whether this change makes the tenant: the only one that may begin an audit chain.
    pub(crate) makes_tenant: bool,
    /// Whose things are changed with it, and what their logs say of it.
    others: Vec<(TenantId, AuditEvent)>,
    pub(crate) shared: Arc<Shared>,
}

impl Change {
    pub(crate) async fn begin(shared: Arc<Shared>, tenant: TenantId) -> Result<Self> {
        let session = shared.backend.write().await?;
        Ok(Self { session, tenant, makes_tenant: false, others: Vec::new(), shared })
    }

    /// Notes that things of another tenant are changed with this: it gets an entry of its own, and copies of them go.
    pub fn note_at(&mut self, tenant: TenantId, event: AuditEvent) {
        self.others.push((tenant, event));
    }

    /// Writes the audit entry beside the change and makes both last. Runs to its end even if the caller stops
    /// waiting: a change that was kept while copies of the old state live on would be worse than a late one.
    pub async fn commit(self, event: AuditEvent, visibility: Visibility) -> Result<()> {
        tokio::spawn(self.finish(event, visibility)).await.map_err(StorageError::unavailable)?
    }

    async fn finish(mut self, event: AuditEvent, visibility: Visibility) -> Result<()> {
        let (tenant, others) = (self.tenant.clone(), std::mem::take(&mut self.others));
        self.append(&tenant, event).await?;
        let mut outdated = Vec::new();
        if visibility == Visibility::Visible {
            outdated.push(tenant);
        }
        for (other, event) in others {
            self.append(&other, event).await?;
            outdated.push(other);
        }
        for tenant in &outdated {
            let bump = "UPDATE tenants SET version = version + 1 WHERE tenant_id = $1";
            self.session.run(TENANTS.sql(bump).bind(tenant.as_str())).await?;
        }
        let committed = self.session.commit().await;
        // Also after a failure, which may hide a commit that did happen.
        for tenant in &outdated {
            self.shared.versions.bump(tenant);
        }
        committed
    }

    async fn append(&mut self, tenant: &TenantId, event: AuditEvent) -> Result<()> {
        let makes = self.makes_tenant && *tenant == self.tenant;
        let begins = makes || !tenants::exists(&mut self.session, tenant).await?;
        self.shared.chain.append(&mut self.session, tenant, begins, self.shared.clock.now(), event).await
    }
}
