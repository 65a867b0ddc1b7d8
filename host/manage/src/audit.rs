//! What was changed and by whom, for the tenant's people, and whether the log of it is whole.

use wardgate_domain::audit::AuditEntry;
use wardgate_domain::user::Right;
use wardgate_domain::{TenantId, limits};
pub use wardgate_storage::AuditCheck;

use crate::{Caller, ManageError, Manager};

/// Some of a tenant's changes, the latest first.
#[derive(Debug, Default)]
pub struct AuditPage {
    /// Those that were wanted.
    pub entries: Vec<AuditEntry>,
    /// The place in the chain behind which to go on; `None` if there is nothing older.
    pub next: Option<i64>,
}

impl Manager {
    /// At most `limit` entries of the audit log of `tenant` before the place `before`, or its latest, whose action is or begins
    /// with `action`, as `key` or `key.created`. A page may be shorter although there are more: no more than
    /// [`limits::LISTED_ENTRIES`] are looked at for it.
    pub async fn list_audit(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        action: Option<&str>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<AuditPage, ManageError> {
        caller.may(Right::ReadAudit, tenant)?;
        let _turn = self.scans.turn(tenant).await?;
        let scoped = self.store.tenant(tenant);
        let mut page = AuditPage::default();
        let (mut place, mut looked_at) = (before.unwrap_or(i64::MAX), 0);
        loop {
            let entries = scoped.audit_before(place, limits::LIST_CHUNK).await?;
            let Some(last) = entries.last() else {
                page.next = None;
                return Ok(page);
            };
            place = last.seq;
            for entry in entries {
                let wanted = action.is_none_or(|action| is_of(&entry.action, action));
                if looked_at == limits::LISTED_ENTRIES || (wanted && page.entries.len() == limit) {
                    return Ok(page);
                }
                looked_at += 1;
                page.next = Some(entry.seq);
                if wanted {
                    page.entries.push(entry);
                }
            }
        }
    }

    /// Goes along the whole audit log of `tenant` and compares it with its hashes.
    pub async fn verify_audit(&self, caller: &Caller, tenant: &TenantId) -> Result<AuditCheck, ManageError> {
        caller.may(Right::ReadAudit, tenant)?;
        let _turn = self.scans.turn(tenant).await?;
        Ok(self.store.tenant(tenant).verify_audit().await?)
    }
}

/// Whether an action is the wanted one, or one of the wanted noun.
fn is_of(action: &str, wanted: &str) -> bool {
    action.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
