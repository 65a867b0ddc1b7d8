//! Tokens past their end leave the store.

use wardgate_domain::Timestamp;
use wardgate_domain::audit::AuditEvent;
use wardgate_storage::Visibility;

use crate::{ManageError, Manager};

/// Tokens taken out in one change.
const BATCH: u32 = 1_000;
/// How long an expired token is kept, so that its late use can still be told from a stranger's, in milliseconds.
const KEPT_MS: i64 = 24 * 3_600 * 1_000;

impl Manager {
    /// Takes tokens that expired a day ago out of the store, a bounded number at a time.
    pub async fn sweep_tokens(&self) -> Result<u64, ManageError> {
        let before = Timestamp::from_ms(self.clock.now().as_ms() - KEPT_MS);
        let mut swept = 0;
        for tenant in self.store.directory().tenants().await? {
            let mut change = self.store.tenant(&tenant).change().await?;
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
            swept += gone;
        }
        Ok(swept)
    }
}
