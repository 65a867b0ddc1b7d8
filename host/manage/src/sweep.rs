//! Credentials that were replaced leave the store once their overlap is over: those of Request Origins, and communication
//! keys. They are good for nothing from that moment on, swept or not, so that nothing in memory goes stale by this.

use wardgate_domain::audit::AuditEvent;
use wardgate_domain::{TenantId, Timestamp};
use wardgate_storage::Visibility;

use crate::{ManageError, Manager};

impl Manager {
    /// Takes them out. Says how many went.
    pub async fn sweep_credentials(&self) -> Result<u64, ManageError> {
        let now = self.clock.now();
        let mut swept = 0;
        for tenant in self.store.directory().with_ended_credentials(now).await? {
            swept += self.sweep_credentials_of(&tenant, now).await?;
        }
        Ok(swept)
    }

    async fn sweep_credentials_of(&self, tenant: &TenantId, now: Timestamp) -> Result<u64, ManageError> {
        let mut change = self.store.tenant(tenant).change().await?;
        let gone =
            change.delete_ended_origin_credentials(now).await? + change.delete_ended_communication_keys(now).await?;
        if gone > 0 {
            let event = AuditEvent {
                actor: "system".to_owned(),
                action: "credential.swept",
                target: gone.to_string(),
                detail: String::new(),
            };
            change.commit(event, Visibility::Quiet).await?;
        }
        Ok(gone)
    }
}
