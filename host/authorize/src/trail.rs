//! What became known on the way, whether or not the walk reached its end: the matter of the decision's record.

use wardgate_domain::rate::Room;
use wardgate_domain::verdict::Opinion;
use wardgate_domain::{Permission, TenantId, Timestamp};

use crate::cache::Remembered;
use crate::credentials::Credential;

/// Grows from step to step.
pub(crate) struct Trail {
    /// When the walk began; the only time that any step reads.
    pub(crate) now: Timestamp,
    /// Whose credential was presented, whether or not it was good.
    pub(crate) presented: Option<Remembered<Credential>>,
    /// The tenant acted on, once it is known to exist.
    pub(crate) tenant: Option<TenantId>,
    /// Whether the credential was found good.
    pub(crate) verified: bool,
    pub(crate) room: Option<Room>,
    pub(crate) permission: Option<Permission>,
    pub(crate) opinions: Vec<Opinion>,
}

impl Trail {
    pub(crate) fn begin(now: Timestamp) -> Self {
        Self { now, presented: None, tenant: None, verified: false, room: None, permission: None, opinions: Vec::new() }
    }
}
