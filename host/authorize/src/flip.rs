//! What another answer of one policy changes, as regards this policy: whether a call passes it, on what conditions and
//! why. Replay and shadows tell it apart alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use wardgate_domain::denial::{DenialCode, Step};
use wardgate_domain::fact::Facts;
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::{Effect, Failure, Obligation, Verdict};
use wardgate_domain::{DecisionId, Permission, PolicyName, TenantId, Timestamp, limits};

/// What a policy said, or how it failed.
pub type Outcome = Result<Arc<Verdict>, Failure>;

/// A change between two answers, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlipKind {
    /// It passed and is refused.
    AllowToDeny,
    /// It had an answer and has a failure, which refuses.
    Failure,
    /// It was refused and passes.
    DenyToAllow,
    /// It passes as before, on other conditions.
    Obligations,
    /// The same, for other reasons.
    Reasons,
}

impl FlipKind {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::AllowToDeny, Self::Failure, Self::DenyToAllow, Self::Obligations, Self::Reasons];

    /// The word for people and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowToDeny => "allow_to_deny",
            Self::Failure => "failure",
            Self::DenyToAllow => "deny_to_allow",
            Self::Obligations => "obligations",
            Self::Reasons => "reasons",
        }
    }
}

/// How the answer `after` differs from `before`; `None` as an answer is a policy that was not asked, which is one
/// without an opinion.
pub(crate) fn flip(before: Option<&Outcome>, after: Option<&Outcome>) -> Option<FlipKind> {
    let (failed, fails) = (failure(before), failure(after));
    if fails.is_some() && failed.is_none() {
        return Some(FlipKind::Failure);
    }
    match (passes(before), passes(after)) {
        (true, false) => Some(FlipKind::AllowToDeny),
        (false, true) => Some(FlipKind::DenyToAllow),
        (true, true) if obligations(before) != obligations(after) => Some(FlipKind::Obligations),
        _ if failed != fails || !codes(before).eq(codes(after)) => Some(FlipKind::Reasons),
        _ => None,
    }
}

fn passes(outcome: Option<&Outcome>) -> bool {
    match outcome {
        None => true,
        Some(Ok(verdict)) => verdict.effect != Effect::Deny,
        Some(Err(_)) => false,
    }
}

fn failure(outcome: Option<&Outcome>) -> Option<&'static str> {
    outcome?.as_ref().err().map(Failure::code)
}

fn verdict(outcome: Option<&Outcome>) -> Option<&Verdict> {
    outcome?.as_ref().ok().map(|verdict| &**verdict)
}

fn obligations(outcome: Option<&Outcome>) -> &[Obligation] {
    verdict(outcome).map_or(&[], |verdict| &verdict.obligations)
}

fn codes(outcome: Option<&Outcome>) -> impl Iterator<Item = &str> {
    verdict(outcome).into_iter().flat_map(|verdict| verdict.reasons.iter().map(|reason| reason.code.as_str()))
}

/// Flips by kind.
pub type FlipCounts = [u64; FlipKind::ALL.len()];

/// Flips by kind and permission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flips {
    /// Of all permissions.
    pub all: FlipCounts,
    /// Of each of at most [`limits::FLIP_PERMISSIONS`] permissions.
    pub of: BTreeMap<Permission, FlipCounts>,
}

impl Flips {
    pub(crate) fn count(&mut self, permission: &Permission, kind: FlipKind) {
        self.all[kind as usize] += 1;
        if let Some(counts) = self.of.get_mut(permission) {
            counts[kind as usize] += 1;
        } else if self.of.len() < limits::FLIP_PERMISSIONS {
            let mut counts = FlipCounts::default();
            counts[kind as usize] += 1;
            self.of.insert(permission.clone(), counts);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        add(&mut self.all, &other.all);
        for (permission, counts) in other.of {
            let room = self.of.len() < limits::FLIP_PERMISSIONS;
            match self.of.get_mut(&permission) {
                Some(mine) => add(mine, &counts),
                None if room => drop(self.of.insert(permission, counts)),
                None => {}
            }
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.all.iter().sum()
    }
}

fn add(mine: &mut FlipCounts, others: &FlipCounts) {
    mine.iter_mut().zip(others).for_each(|(mine, other)| *mine += other);
}

/// Whether a call came as far as a policy: guards are asked first, and each by its name.
pub(crate) fn reached(record: &DecisionRecord, owner: &TenantId, name: &PolicyName) -> bool {
    match record.denial.map(DenialCode::step) {
        None => true,
        Some(Step::Consult) => record.opinions.last().is_some_and(|last| {
            (!last.owner.is_cluster(), last.policy.as_str()) >= (!owner.is_cluster(), name.as_str())
        }),
        Some(_) => false,
    }
}

/// Microseconds of evaluations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many were computed.
    pub evaluations: u64,
    /// All together.
    pub sum_us: u64,
    /// What 99 in 100 take at most.
    pub p99_us: u32,
}

impl Cost {
    pub(crate) fn of(mut costs: Vec<u32>) -> Self {
        let at = (costs.len() * 99).div_ceil(100).saturating_sub(1);
        let p99_us = if costs.is_empty() { 0 } else { *costs.select_nth_unstable(at).1 };
        Self { evaluations: costs.len() as u64, sum_us: costs.iter().map(|cost| u64::from(*cost)).sum(), p99_us }
    }

    /// The mean; 0 where nothing was computed.
    pub fn mean_us(&self) -> u64 {
        self.sum_us.checked_div(self.evaluations).unwrap_or(0)
    }
}

/// A decision that another version would have changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    /// Which decision.
    pub id: DecisionId,
    /// When it was given.
    pub at: Timestamp,
    /// Whose call it was.
    pub tenant: TenantId,
    /// What was asked for.
    pub permission: Permission,
    /// How it changes.
    pub kind: FlipKind,
    /// What the policy said then; `None` where it was not asked.
    pub before: Option<Outcome>,
    /// What the other version says; `None` where it would not be asked.
    pub after: Option<Outcome>,
    /// What is kept of the call.
    pub ask: Facts,
}

/// A flip whose ask is not read yet: most of what is found is not shown.
pub(crate) struct Listed {
    pub(crate) flip: Flip,
    ask: RecordedAsk,
}

impl Listed {
    pub(crate) fn new(
        (id, at): (DecisionId, Timestamp),
        (tenant, permission): (TenantId, Permission),
        kind: FlipKind,
        (before, after): (Option<Outcome>, Option<Outcome>),
        ask: RecordedAsk,
    ) -> Self {
        Self { flip: Flip { id, at, tenant, permission, kind, before, after, ask: Facts::new() }, ask }
    }

    /// The flip, with what is kept of its ask.
    pub(crate) fn read(&self) -> Flip {
        let facts = self.ask.kept().and_then(|kept| kept.read(self.flip.at).ok());
        Flip { ask: facts.map(|facts| facts.to_facts()).unwrap_or_default(), ..self.flip.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wardgate_domain::verdict::{Effect, Failure, Obligation, Reason, Verdict};

    use super::{FlipKind, flip};

    fn verdict(effect: Effect, codes: &[&str], duties: &[&str]) -> Verdict {
        let reason = |code: &&str| Reason { code: (*code).to_owned(), message: "any".to_owned() };
        let duty = |name: &&str| Obligation { name: (*name).to_owned(), arguments: Vec::new() };
        let (reasons, obligations) = (codes.iter().map(reason).collect(), duties.iter().map(duty).collect());
        Verdict { effect, reasons, obligations }
    }

    #[test]
    fn a_change_is_called_by_the_gravest_thing_that_it_does() {
        use Effect::{Abstain, Allow, Deny};
        let failed = |failure| Some(Err(failure));
        let said = |effect, codes: &[&str], duties: &[&str]| Some(Ok(Arc::new(verdict(effect, codes, duties))));
        let cases = [
            (said(Allow, &[], &[]), said(Deny, &["no"], &[]), Some(FlipKind::AllowToDeny)),
            (None, said(Deny, &["no"], &[]), Some(FlipKind::AllowToDeny)),
            (said(Abstain, &[], &[]), failed(Failure::Timeout), Some(FlipKind::Failure)),
            (said(Deny, &["no"], &[]), failed(Failure::Timeout), Some(FlipKind::Failure)),
            (said(Deny, &["no"], &[]), said(Abstain, &[], &[]), Some(FlipKind::DenyToAllow)),
            (failed(Failure::Timeout), said(Allow, &[], &[]), Some(FlipKind::DenyToAllow)),
            (said(Deny, &["no"], &[]), None, Some(FlipKind::DenyToAllow)),
            (said(Allow, &[], &["a"]), said(Allow, &["why"], &["b"]), Some(FlipKind::Obligations)),
            (None, said(Allow, &[], &["a"]), Some(FlipKind::Obligations)),
            (said(Deny, &["a"], &[]), said(Deny, &["b"], &[]), Some(FlipKind::Reasons)),
            (said(Allow, &["a"], &[]), said(Allow, &["a", "b"], &[]), Some(FlipKind::Reasons)),
            (failed(Failure::Timeout), said(Deny, &["b"], &[]), Some(FlipKind::Reasons)),
            (failed(Failure::Timeout), failed(Failure::Memory), Some(FlipKind::Reasons)),
            (failed(Failure::Timeout), failed(Failure::Timeout), None),
            // Whatever passes passes: an opinion without a reason or a condition is none.
            (said(Allow, &[], &[]), said(Abstain, &[], &[]), None),
            (None, said(Allow, &[], &[]), None),
            (said(Deny, &["a"], &["x"]), said(Deny, &["a"], &[]), None),
            (None, None, None),
        ];
        for (before, after, expected) in cases {
            assert_eq!(flip(before.as_ref(), after.as_ref()), expected, "{before:?} and {after:?}");
        }
    }
}
