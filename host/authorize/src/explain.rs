//! What a walk saw, for the tenant's people: the same steps as any call takes, rehearsed. The steps note here what a
//! decision has no room for.

use std::sync::Arc;

use wardgate_domain::attribute::{CallFacts, SubjectKind};
use wardgate_domain::denial::{Denial, Step};
use wardgate_domain::fact::Fact;
use wardgate_domain::policy::ModuleDigest;
use wardgate_domain::rate::Room;
use wardgate_domain::route::Line;
use wardgate_domain::verdict::{Obligation, Opinion};
use wardgate_domain::{Grant, Grants, KeyId, Permission, TenantId, Timestamp};
use wardgate_policy::{LogLine, Policy};

use crate::breaker::Way;
use crate::cache::Remembered;
use crate::conclude::obligations;
use crate::credentials::Credential;
use crate::permit::Permit;
use crate::tenants::LivePolicy;
use crate::trail::Trail;

/// What the steps note of a walk that is only rehearsed.
pub(crate) struct Rehearsal {
    reader: TenantId,
    /// The line of the route table that the permission comes from, and whose table it is.
    pub(crate) route: Option<(TenantId, Line)>,
    told: Vec<Told>,
}

/// What a policy was told, and what is known of how it answers.
pub(crate) struct Told {
    module: Option<ModuleDigest>,
    given: Vec<(String, Fact)>,
    in_memo: bool,
    slow: bool,
    log: Vec<LogLine>,
}

impl Rehearsal {
    pub(crate) fn new(reader: TenantId) -> Self {
        Self { reader, route: None, told: Vec::new() }
    }

    pub(crate) fn may_see(&self, owner: &TenantId) -> bool {
        self.reader.is_cluster() || self.reader == *owner
    }

    /// Takes what was seen of one policy. What it wrote is for the people of its owner.
    pub(crate) fn note(&mut self, told: Told, owner: &TenantId, log: Vec<LogLine>) {
        let log = if self.may_see(owner) { log } else { Vec::new() };
        self.told.push(Told { log, ..told });
    }
}

impl Told {
    pub(crate) fn of(policy: &LivePolicy, permit: &Permit, facts: &CallFacts<'_>) -> Self {
        let ready = match policy.breaker.look(facts.now) {
            Way::Itself { .. } => policy.ready.as_ref().ok(),
            Way::StandIn(stand_in) => stand_in.map(|stand_in| &stand_in.policy),
        };
        let tenant = &permit.parties().tenant;
        let known = |ready: &Arc<Policy>| {
            ready.remembered(&tenant.memo, &tenant.tenant.id, permit.permission(), facts).is_some()
        };
        Self {
            module: ready.map(|ready| ready.module().digest()),
            given: ready.map(|ready| ready.told(facts)).unwrap_or_default(),
            in_memo: ready.is_some_and(known),
            slow: ready.is_some_and(|ready| ready.is_slow()),
            log: Vec::new(),
        }
    }
}

/// A walk, told.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// When it was walked; the time that the policies were told.
    pub at: Timestamp,
    /// Why not; `None` is an allow. The true code.
    pub denial: Option<Denial>,
    /// The step that ended the walk; an allow ends with [`Step::Conclude`].
    pub step: Step,
    /// The tenant acted on, once it is known to exist.
    pub tenant: Option<TenantId>,
    /// Whose credential it is, whether or not it is good.
    pub credential: Option<Seen>,
    /// What would be left of the tightest rate limit.
    pub room: Option<Room>,
    /// What the call needs.
    pub permission: Option<Permission>,
    /// The line of a route table that says so, and whose table it is.
    pub route: Option<(TenantId, Line)>,
    /// The grant that covers it.
    pub grant: Option<Grant>,
    /// The policies asked, in order.
    pub policies: Vec<Asked>,
    /// What the enforcing side would have to do; empty for a refusal.
    pub obligations: Vec<Obligation>,
}

/// A credential, as the tenant's people may see it.
#[derive(Debug)]
pub struct Seen {
    /// Whose it is.
    pub owner: TenantId,
    /// A key's handle, or a token's holder.
    pub subject: Arc<str>,
    /// The kind of credential.
    pub kind: SubjectKind,
    /// The key behind it, if it was a key.
    pub key: Option<KeyId>,
    /// What it may do.
    pub grants: Grants,
}

/// One policy, asked.
#[derive(Debug)]
pub struct Asked {
    /// What it said, evaluated anew, and what that cost.
    pub opinion: Opinion,
    /// Its code; `None` where it cannot run.
    pub module: Option<ModuleDigest>,
    /// What it was told, in the order in which it declared it.
    pub given: Vec<(String, Fact)>,
    /// Whether a call would be answered from memory.
    pub in_memo: bool,
    /// Whether it is asked aside, where it holds up nobody.
    pub slow: bool,
    /// What it wrote.
    pub log: Vec<LogLine>,
}

impl Explanation {
    pub(crate) fn of(trail: Trail, denial: Option<Denial>) -> Self {
        let credential = trail.presented.as_ref();
        let covering = |(credential, permission): (&Remembered<Credential>, &Permission)| {
            credential.grants.covering(permission, credential.owner.is_cluster()).cloned()
        };
        let (route, told) = trail.rehearsal.map(|notes| (notes.route, notes.told)).unwrap_or_default();
        let obligations = if denial.is_none() { obligations(&trail.opinions) } else { Vec::new() };
        Self {
            at: trail.now,
            denial,
            step: trail.step,
            tenant: trail.tenant,
            credential: credential.map(|credential| Seen {
                owner: credential.owner.clone(),
                subject: Arc::clone(&credential.subject),
                kind: credential.kind,
                key: credential.source.key_id().cloned(),
                grants: credential.grants.clone(),
            }),
            room: trail.room,
            grant: credential.zip(trail.permission.as_ref()).and_then(covering),
            permission: trail.permission,
            route,
            policies: trail
                .opinions
                .into_iter()
                .zip(told)
                .map(|(opinion, Told { module, given, in_memo, slow, log })| Asked {
                    opinion,
                    module,
                    given,
                    in_memo,
                    slow,
                    log,
                })
                .collect(),
            obligations,
        }
    }
}
