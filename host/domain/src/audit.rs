//! The audit log: every change, in a chain of hashes per tenant.

use crate::clock::Timestamp;
use crate::id::TenantId;

/// Who did what to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Who: `tenant\user`, `client:ID`, or `system` for the first run and files.
    pub actor: String,
    /// What, as `noun.verb`: `key.created`.
    pub action: &'static str,
    /// To what: an id, never a secret.
    pub target: String,
    /// What changed, as JSON text without secrets; may be empty.
    pub detail: String,
}

/// An event as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Whose chain.
    pub tenant: TenantId,
    /// Place in the chain, from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub target: String,
    /// What changed.
    pub detail: String,
}
