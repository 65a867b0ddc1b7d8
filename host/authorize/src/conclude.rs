//! Step 6: one id, one record, one answer. The only file that makes a [`Decision`], and the one place where "cannot
//! decide" becomes "refused".

use std::sync::Arc;

use wardgate_domain::ask::Ask;
use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::denial::{Denial, DenialCode};
use wardgate_domain::limits;
use wardgate_domain::rate::Room;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::{Obligation, Opinion};
use wardgate_domain::{DecisionId, Grants, KeyId, TenantId};

use crate::Authorizer;
use crate::permit::Permit;
use crate::stop::Stop;
use crate::trail::Trail;

/// The answer to one ask. Doors put it into their own dialect and add nothing.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decision {
    /// Names it, for the caller and for the record.
    pub id: DecisionId,
    /// Why not; `None` is an allow. The true code: a door tells outsiders [`DenialCode::outward`].
    pub denial: Option<Denial>,
    /// Who called and for whom; only of a good credential.
    pub caller: Option<Caller>,
    /// What the enforcing side must do if it lets the call pass; empty for a refusal.
    pub obligations: Vec<Obligation>,
    /// What is left of the tightest rate limit.
    pub room: Option<Room>,
    /// How the policies were asked.
    pub consulted: Consulted,
}

/// How the policies of one decision were asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consulted {
    /// Answers that were remembered.
    pub remembered: u32,
    /// Answers that were computed.
    pub fresh: u32,
    /// How the last one failed, if it did ([`wardgate_domain::verdict::Failure::code`]).
    pub failure: Option<&'static str>,
}

/// Who called, for the upstream.
#[derive(Debug)]
#[non_exhaustive]
pub struct Caller {
    /// The tenant acted on.
    pub tenant: TenantId,
    /// A key's handle, or a token's holder.
    pub subject: Arc<str>,
    /// The kind of credential.
    pub kind: SubjectKind,
    /// The key behind it, if it was a key.
    pub key: Option<KeyId>,
    /// What it may do.
    pub grants: Grants,
}

impl Decision {
    /// Whether the call may pass.
    pub fn allowed(&self) -> bool {
        self.denial.is_none()
    }
}

pub(crate) fn conclude(app: &Authorizer, ask: &Ask<'_>, mut trail: Trail, outcome: Result<Permit, Stop>) -> Decision {
    let mut denial = refusal(outcome);
    let id = app.random.decision_id(trail.now);
    let caller = caller(&trail);
    let mut obligations = if denial.is_none() { obligations(&trail.opinions) } else { Vec::new() };
    if let (Some(credential), None) = (&trail.presented, &denial) {
        app.usage.note(credential, trail.now);
    }
    let (room, consulted) = (trail.room, consulted(&trail.opinions));
    let shadows = std::mem::take(&mut trail.shadows);
    let record = record(id, ask, trail, denial.as_ref());
    app.shadows.hand(&record, shadows);
    // No decision without a record: where the log has no room, nobody passes.
    if app.store.decisions().record(record).is_err() {
        denial = Some(overloaded());
        obligations = Vec::new();
    }
    Decision { id, denial, caller, obligations, room, consulted }
}

/// The no that the end of a walk comes to.
pub(crate) fn refusal(outcome: Result<Permit, Stop>) -> Option<Denial> {
    match outcome {
        Ok(_permit) => None,
        Err(Stop::Denied(denial)) => Some(denial),
        Err(Stop::Unavailable(cause)) => {
            tracing::warn!(%cause, "a call was refused because it could not be decided");
            Some(overloaded())
        }
    }
}

fn consulted(opinions: &[Opinion]) -> Consulted {
    let mut consulted = Consulted::default();
    for opinion in opinions {
        *if opinion.remembered { &mut consulted.remembered } else { &mut consulted.fresh } += 1;
        consulted.failure = opinion.outcome.as_ref().err().map(wardgate_domain::verdict::Failure::code);
    }
    consulted
}

fn overloaded() -> Denial {
    Denial { code: DenialCode::Overloaded, retry_after_s: Some(1) }
}

fn caller(trail: &Trail) -> Option<Caller> {
    let (credential, tenant) = trail.presented.as_ref().zip(trail.tenant.as_ref()).filter(|_| trail.verified)?;
    Some(Caller {
        tenant: tenant.clone(),
        subject: Arc::clone(&credential.subject),
        kind: credential.kind,
        key: credential.source.key_id().cloned(),
        grants: credential.grants.clone(),
    })
}

pub(crate) fn obligations(opinions: &[Opinion]) -> Vec<Obligation> {
    opinions.iter().filter_map(|opinion| opinion.outcome.as_ref().ok()).flat_map(|v| v.obligations.clone()).collect()
}

fn record(id: DecisionId, ask: &Ask<'_>, trail: Trail, denial: Option<&Denial>) -> DecisionRecord {
    let owner = trail.presented.as_ref().map(|credential| &credential.owner);
    DecisionRecord {
        id,
        at: trail.now,
        tenant: trail.tenant.or_else(|| owner.cloned()).unwrap_or_else(TenantId::cluster),
        denial: denial.map(|denial| denial.code),
        permission: trail.permission.or_else(|| ask.permission.cloned()),
        subject: trail.presented.as_ref().map(|credential| Arc::clone(&credential.subject)),
        client_address: ask.client_address,
        method: ask.method.filter(|method| method.len() <= limits::RECORDED_METHOD_BYTES).map(Into::into),
        path: ask.target().map(|target| bounded(target.path()).into()),
        opinions: trail.opinions,
        ask: trail.ask,
    }
}

/// A target is ASCII, so any byte is a character's end.
fn bounded(path: &str) -> &str {
    path.get(..limits::RECORDED_PATH_BYTES).unwrap_or(path)
}
