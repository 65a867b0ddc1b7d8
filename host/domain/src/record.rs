//! What is kept of a decision, so that the tenant's people can see why.

use std::net::IpAddr;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::denial::DenialCode;
use crate::id::{DecisionId, TenantId};
use crate::kept::RecordedAsk;
use crate::permission::Permission;
use crate::verdict::Opinion;

/// One decision, as it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Its id, which the caller was told.
    pub id: DecisionId,
    /// When.
    pub at: Timestamp,
    /// Whose people may read it: the tenant acted on, else the credential's, else the cluster.
    pub tenant: TenantId,
    /// The true code of a refusal; `None` is an allow.
    pub denial: Option<DenialCode>,
    /// What was asked for, as far as it was known.
    pub permission: Option<Permission>,
    /// Who asked: a key's handle or a token's holder.
    pub subject: Option<Arc<str>>,
    /// Where the call came from.
    pub client_address: Option<IpAddr>,
    /// The call's method.
    pub method: Option<Box<str>>,
    /// The call's path, without its query.
    pub path: Option<Box<str>>,
    /// The policies asked, in order.
    pub opinions: Vec<Opinion>,
    /// What they were asked, or could have been.
    pub ask: RecordedAsk,
}
