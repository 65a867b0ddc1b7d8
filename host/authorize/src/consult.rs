//! Step 5: do the policies agree? Guards first, then the tenant's own; the first no ends the round.
//!
//! A policy can only narrow: none bound, or none with an opinion, leaves the decision to the grant.

use std::time::Duration;

use wardgate_domain::ask::Ask;
use wardgate_domain::attribute::{CallFacts, KeyFacts};
use wardgate_domain::denial::DenialCode;
use wardgate_domain::limits;
use wardgate_domain::verdict::{Effect, Failure, Opinion};
use wardgate_policy::Evaluation;

use crate::credentials::Source;
use crate::permit::Permit;
use crate::resolve::Parties;
use crate::stop::{Stop, Unavailable};
use crate::tenants::{LivePolicy, LiveTenant};
use crate::trail::Trail;

pub(crate) async fn consult(permit: &Permit, ask: &Ask<'_>, trail: &mut Trail) -> Result<(), Stop> {
    let Parties { credential, tenant, cluster } = permit.parties();
    let facts = CallFacts {
        ask,
        subject: &credential.subject,
        subject_kind: credential.kind,
        grants: &credential.grants,
        key: match &credential.source {
            Source::Key(key) => Some(KeyFacts { id: &key.id, name: &key.name, created: key.created }),
            Source::SigningKey(key) => Some(KeyFacts { id: &key.id, name: &key.name, created: key.created }),
            Source::Token(_) => None,
        },
        rate_remaining: trail.room.map(|room| room.remaining),
        now: trail.now,
    };
    ask_each(cluster, permit, &facts, trail).await?;
    if tenant.tenant.id.is_cluster() { Ok(()) } else { ask_each(tenant, permit, &facts, trail).await }
}

async fn ask_each(owner: &LiveTenant, permit: &Permit, facts: &CallFacts<'_>, trail: &mut Trail) -> Result<(), Stop> {
    for policy in owner.policies.iter().filter(|policy| policy.permissions.cover(permit.permission())) {
        let evaluation = evaluate(policy, permit, facts).await?;
        let effect = evaluation.outcome.as_ref().map(|verdict| verdict.effect).map_err(Clone::clone);
        trail.opinions.push(Opinion {
            owner: owner.tenant.id.clone(),
            policy: policy.name.clone(),
            outcome: evaluation.outcome,
            remembered: evaluation.remembered,
            cost_us: evaluation.cost_us,
        });
        match effect {
            Ok(Effect::Deny) => return Err(DenialCode::PolicyDenied.into()),
            Ok(Effect::Allow | Effect::Abstain) if can_fulfil(facts.ask, trail) => {}
            Err(Failure::Host(cause)) => return Err(Unavailable::Engine(cause).into()),
            Ok(_) | Err(_) => return Err(DenialCode::PolicyFailed.into()),
        }
    }
    Ok(())
}

/// Whether the door can see to what the last policy demands: what it cannot must not be skipped.
fn can_fulfil(ask: &Ask<'_>, trail: &Trail) -> bool {
    let verdict = trail.opinions.last().and_then(|opinion| opinion.outcome.as_ref().ok());
    match (ask.fulfils, verdict) {
        (Some(fulfils), Some(verdict)) => verdict.obligations.iter().all(fulfils),
        _ => true,
    }
}

/// A quick policy runs where it is asked. A slow one waits, for a bounded time, for one of its tenant's few turns, and
/// its thread's other tasks are moved elsewhere while it runs: it holds up nobody else.
async fn evaluate(policy: &LivePolicy, permit: &Permit, facts: &CallFacts<'_>) -> Result<Evaluation, Stop> {
    let (tenant, permission) = (&permit.parties().tenant, permit.permission());
    let ready = match &policy.ready {
        Ok(ready) => ready,
        Err(failure) => {
            return Ok(Evaluation { outcome: Err(failure.clone()), remembered: false, cost_us: 0, log: Vec::new() });
        }
    };
    if !ready.is_slow() {
        return Ok(ready.evaluate(&tenant.memo, &tenant.tenant.id, permission, facts));
    }
    if let Some(verdict) = ready.remembered(&tenant.memo, &tenant.tenant.id, permission, facts) {
        return Ok(Evaluation { outcome: Ok(verdict), remembered: true, cost_us: 0, log: Vec::new() });
    }
    let wait = Duration::from_millis(limits::POLICY_WAIT_MS);
    // Boxed, so that a call that waits for nothing does not carry the room for it.
    let turn =
        tokio::time::timeout(wait, Box::pin(tenant.slow_turns.acquire())).await.map_err(|_| Unavailable::Crowded)?;
    let _turn = turn.map_err(|_| Unavailable::Crowded)?;
    Ok(tokio::task::block_in_place(|| ready.evaluate(&tenant.memo, &tenant.tenant.id, permission, facts)))
}
