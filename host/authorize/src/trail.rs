//! What became known on the way, whether or not the walk reached its end: the matter of the decision's record.

use std::sync::Arc;

use wardgate_domain::denial::Step;
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::rate::Room;
use wardgate_domain::verdict::Opinion;
use wardgate_domain::{Permission, TenantId, Timestamp};

use crate::cache::Remembered;
use crate::credentials::Credential;
use crate::explain::Rehearsal;
use crate::shadow::LiveShadow;

/// Grows from step to step.
pub(crate) struct Trail {
    /// When the walk began; the only time that any step reads.
    pub(crate) now: Timestamp,
    /// The step that is under way, or ended the walk.
    pub(crate) step: Step,
    /// There where the walk is only rehearsed: it changes nothing, counts nothing and notes more.
    pub(crate) rehearsal: Option<Box<Rehearsal>>,
    /// Whose credential was presented, whether or not it was good.
    pub(crate) presented: Option<Remembered<Credential>>,
    /// The tenant acted on, once it is known to exist.
    pub(crate) tenant: Option<TenantId>,
    /// Whether the credential was found good.
    pub(crate) verified: bool,
    pub(crate) room: Option<Room>,
    pub(crate) permission: Option<Permission>,
    pub(crate) opinions: Vec<Opinion>,
    /// What the policies were asked, once one had to do with the call.
    pub(crate) ask: RecordedAsk,
    /// The shadows that have to do with the call.
    pub(crate) shadows: Vec<Arc<LiveShadow>>,
}

impl Trail {
    pub(crate) fn begin(now: Timestamp) -> Self {
        Self {
            now,
            step: Step::Resolve,
            rehearsal: None,
            presented: None,
            tenant: None,
            verified: false,
            room: None,
            permission: None,
            opinions: Vec::new(),
            ask: RecordedAsk::Unneeded,
            shadows: Vec::new(),
        }
    }

    /// A walk that is rehearsed for `reader`.
    pub(crate) fn rehearse(now: Timestamp, reader: TenantId) -> Self {
        Self { rehearsal: Some(Box::new(Rehearsal::new(reader))), ..Self::begin(now) }
    }

    /// Whether a credential must look unknown, because it is none of the reader's business.
    pub(crate) fn hides(&self, owner: &TenantId) -> bool {
        self.rehearsal.as_ref().is_some_and(|rehearsal| !rehearsal.may_see(owner))
    }
}
