//! Step 5: do the policies agree? Guards first, then the tenant's own; the first no ends the round.
//!
//! A policy can only narrow: none bound, or none with an opinion, leaves the decision to the grant.

use std::sync::Arc;
use std::time::Duration;

use wardgate_domain::ask::Ask;
use wardgate_domain::attribute::{CallFacts, KeyFacts};
use wardgate_domain::denial::DenialCode;
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::limits;
use wardgate_domain::verdict::{Effect, Failure, Opinion};
use wardgate_policy::{Evaluation, Policy};

use crate::breaker::{StandIn, Way};
use crate::credential::{Presented, presented};
use crate::credentials::Source;
use crate::explain::Told;
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
            Source::Origin(live) => {
                Some(KeyFacts { id: &live.origin.id, name: &live.origin.name, created: live.origin.created })
            }
            Source::Token(_) | Source::Jwt(_) => None,
        },
        rate_remaining: trail.room.map(|room| room.remaining),
        now: trail.now,
    };
    note_shadows(cluster, permit, &facts, trail);
    if !tenant.tenant.id.is_cluster() {
        note_shadows(tenant, permit, &facts, trail);
    }
    ask_each(cluster, permit, &facts, trail).await?;
    if tenant.tenant.id.is_cluster() { Ok(()) } else { ask_each(tenant, permit, &facts, trail).await }
}

/// Shadows are asked when the call has its answer, by what is kept of it.
fn note_shadows(owner: &LiveTenant, permit: &Permit, facts: &CallFacts<'_>, trail: &mut Trail) {
    for shadow in owner.shadows.iter().filter(|shadow| shadow.covers(permit.permission())) {
        keep_ask(facts, trail);
        trail.shadows.push(Arc::clone(shadow));
    }
}

fn keep_ask(facts: &CallFacts<'_>, trail: &mut Trail) {
    if trail.ask == RecordedAsk::Unneeded {
        trail.ask = RecordedAsk::of(facts, secret(facts.ask));
    }
}

async fn ask_each(owner: &LiveTenant, permit: &Permit, facts: &CallFacts<'_>, trail: &mut Trail) -> Result<(), Stop> {
    for policy in owner.policies.iter().filter(|policy| policy.permissions.cover(permit.permission())) {
        keep_ask(facts, trail);
        let told = trail.rehearsal.as_ref().map(|_| Told::of(policy, permit, facts));
        let Answer { evaluation, version, fell_back } = evaluate(policy, permit, facts, told.is_some()).await?;
        if let (Some(rehearsal), Some(told)) = (&mut trail.rehearsal, told) {
            rehearsal.note(told, &owner.tenant.id, evaluation.log);
        }
        let effect = evaluation.outcome.as_ref().map(|verdict| verdict.effect).map_err(Clone::clone);
        trail.opinions.push(Opinion {
            owner: owner.tenant.id.clone(),
            policy: policy.name.clone(),
            version,
            fell_back,
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

/// The credential of a call where it is its own proof: it must stand in nothing that is kept.
fn secret<'a>(ask: &Ask<'a>) -> Option<&'a str> {
    match presented(ask) {
        Ok(Presented::Secret { secret, .. } | Presented::Jwt(secret)) => Some(secret),
        Ok(Presented::Basic(_) | Presented::Signature(_) | Presented::Cx1(_)) | Err(_) => None,
    }
}

/// Whether the door can see to what the last policy demands: what it cannot must not be skipped.
fn can_fulfil(ask: &Ask<'_>, trail: &Trail) -> bool {
    let verdict = trail.opinions.last().and_then(|opinion| opinion.outcome.as_ref().ok());
    match (ask.fulfils, verdict) {
        (Some(fulfils), Some(verdict)) => verdict.obligations.iter().all(fulfils),
        _ => true,
    }
}

/// What a policy answered, and which version of it.
struct Answer {
    evaluation: Evaluation,
    version: u32,
    fell_back: bool,
}

/// Asks the version in force, or, while it fails too often, who stands in for it. Whoever wants to see it run (`anew`)
/// neither tries it nor counts.
async fn evaluate(policy: &LivePolicy, permit: &Permit, facts: &CallFacts<'_>, anew: bool) -> Result<Answer, Stop> {
    let failed = |failure| Evaluation { outcome: Err(failure), remembered: false, cost_us: 0, log: Vec::new() };
    let ready = match &policy.ready {
        Ok(ready) => ready,
        Err(failure) => {
            return Ok(Answer { evaluation: failed(failure.clone()), version: policy.version, fell_back: false });
        }
    };
    let breaker = &policy.breaker;
    match if anew { breaker.look(facts.now) } else { breaker.way(facts.now) } {
        Way::Itself { tries } => {
            let evaluation = run(ready, permit, facts, anew || tries).await?;
            if !anew && !evaluation.remembered {
                breaker.note(facts.now, tries, evaluation.outcome.as_ref().is_err_and(is_broken));
            }
            Ok(Answer { evaluation, version: policy.version, fell_back: false })
        }
        Way::StandIn(Some(StandIn { version, policy })) => {
            let evaluation = run(policy, permit, facts, anew).await?;
            Ok(Answer { evaluation, version: *version, fell_back: true })
        }
        Way::StandIn(None) => {
            let failure = Failure::Refused("it failed too often and is not asked for a while".to_owned());
            Ok(Answer { evaluation: failed(failure), version: policy.version, fell_back: true })
        }
    }
}

/// Whether a failure says that the policy's code is broken. That it could not decide is its own word about a call, and the
/// caller chooses his calls.
fn is_broken(failure: &Failure) -> bool {
    match failure {
        Failure::Timeout | Failure::Memory | Failure::Trap(_) | Failure::BadAnswer(_) => true,
        Failure::Refused(_) | Failure::Host(_) => false,
    }
}

/// A quick policy runs where it is asked. A slow one waits, for a bounded time, for one of its tenant's few turns, and
/// its thread's other tasks are moved elsewhere while it runs, on a thread that gives way to them: it holds up nobody
/// else. Whoever wants to see it run has it evaluated anew, whatever is remembered.
async fn run(ready: &Policy, permit: &Permit, facts: &CallFacts<'_>, anew: bool) -> Result<Evaluation, Stop> {
    let (tenant, permission) = (&permit.parties().tenant, permit.permission());
    let run = || {
        if anew {
            return ready.evaluate_fresh(&tenant.tenant.id, permission, facts);
        }
        ready.evaluate(&tenant.memo, &tenant.tenant.id, permission, facts)
    };
    if !ready.is_slow() {
        return Ok(run());
    }
    let remembered = if anew { None } else { ready.remembered(&tenant.memo, &tenant.tenant.id, permission, facts) };
    if let Some(verdict) = remembered {
        return Ok(Evaluation { outcome: Ok(verdict), remembered: true, cost_us: 0, log: Vec::new() });
    }
    let wait = Duration::from_millis(limits::POLICY_WAIT_MS);
    // Boxed, so that a call that waits for nothing does not carry the room for it.
    let turn =
        tokio::time::timeout(wait, Box::pin(tenant.slow_turns.acquire())).await.map_err(|_| Unavailable::Crowded)?;
    let _turn = turn.map_err(|_| Unavailable::Crowded)?;
    Ok(tokio::task::block_in_place(|| wardgate_policy::aside(run)))
}
