//! Checking the audit log's chains.

use wardgate_domain::TenantId;
use wardgate_storage::AuditCheck;

use crate::{ManageError, Manager};

impl Manager {
    /// Walks the chain of every tenant.
    pub async fn verify_audit(&self) -> Result<Vec<(TenantId, AuditCheck)>, ManageError> {
        let mut checks = Vec::new();
        for tenant in self.store.directory().tenants().await? {
            let check = self.store.tenant(&tenant).verify_audit().await?;
            checks.push((tenant, check));
        }
        Ok(checks)
    }
}
