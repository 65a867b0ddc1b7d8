//! Tokens past their end leave the store.

use wardgate_domain::audit::AuditEvent;
use wardgate_domain::{TenantId, Timestamp};
use wardgate_storage::Visibility;

use crate::{ManageError, Manager};

/// Tokens taken out in one change.
const BATCH: u32 = 1_000;
/// How long an expired token is kept, so that its late use can still be told from a stranger's, in milliseconds.
const KEPT_MS: i64 = 24 * 3_600 * 1_000;

impl Manager {
    /// Takes tokens that expired a day ago, and ended families, out of the store. Says how many rows went.
    pub async fn sweep_tokens(&self) -> Result<u64, ManageError> {
        let before = Timestamp::from_ms(self.clock.now().as_ms() - KEPT_MS);
        let mut swept = 0;
        for tenant in self.store.directory().tenants().await? {
            // A change at a time, so that other changes get their turn.
            loop {
                let gone = self.sweep_batch(&tenant, before).await?;
                swept += gone;
                if gone < u64::from(BATCH) {
                    break;
                }
            }
        }
        Ok(swept)
    }

    async fn sweep_batch(&self, tenant: &TenantId, before: Timestamp) -> Result<u64, ManageError> {
        let mut change = self.store.tenant(tenant).change().await?;
        let gone = change.delete_expired_tokens(before, BATCH).await?;
        if gone > 0 {
            let event = AuditEvent {
                actor: "system".to_owned(),
                action: "token.swept",
                target: gone.to_string(),
                detail: String::new(),
            };
            change.commit(event, Visibility::Quiet).await?;
        }
        Ok(gone)
    }
}
