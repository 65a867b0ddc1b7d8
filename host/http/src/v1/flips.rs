//! What another version of a policy changes, to JSON: for replays and shadows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use wardgate_authorize::{Cost, Flip, FlipCounts, FlipKind, Flips, Outcome};

use super::check::answer::{ObligationBody, obligation, value};
use super::decisions::Reason;
use crate::time;

/// How many calls change, by kind and permission.
#[derive(Serialize)]
pub(crate) struct FlipsBody<'a> {
    total: u64,
    kinds: BTreeMap<&'static str, u64>,
    permissions: BTreeMap<&'a str, BTreeMap<&'static str, u64>>,
}

/// Microseconds, of answers that were computed.
#[derive(Serialize)]
pub(crate) struct CostBody {
    before: CostOf,
    after: CostOf,
}

#[derive(Serialize)]
struct CostOf {
    evaluations: u64,
    sum_us: u64,
    mean_us: u64,
    p99_us: u32,
}

/// A call that changes.
#[derive(Serialize)]
pub(crate) struct FlipBody<'a> {
    /// The decision's id.
    id: String,
    at: String,
    kind: &'static str,
    permission: &'a str,
    /// `null` where the policy was not asked.
    before: Option<Said<'a>>,
    /// `null` where it would not be asked.
    after: Option<Said<'a>>,
    /// In the form of a module's own cases.
    ask: AskBody<'a>,
}

#[derive(Serialize)]
struct Said<'a> {
    effect: Option<&'static str>,
    reasons: Vec<Reason<'a>>,
    obligations: Vec<ObligationBody>,
    failure: Option<Reason<'a>>,
}

#[derive(Serialize)]
struct AskBody<'a> {
    tenant: &'a str,
    permission: &'a str,
    attributes: Map<String, Value>,
}

impl<'a> FlipsBody<'a> {
    pub(crate) fn new(flips: &'a Flips) -> Self {
        Self {
            total: flips.total(),
            kinds: kinds(&flips.all),
            permissions: flips.of.iter().map(|(permission, counts)| (permission.as_str(), kinds(counts))).collect(),
        }
    }
}

fn kinds(counts: &FlipCounts) -> BTreeMap<&'static str, u64> {
    FlipKind::ALL.iter().map(|kind| (kind.as_str(), counts[*kind as usize])).collect()
}

impl CostBody {
    pub(crate) fn new(before: &Cost, after: &Cost) -> Self {
        let of = |cost: &Cost| CostOf {
            evaluations: cost.evaluations,
            sum_us: cost.sum_us,
            mean_us: cost.mean_us(),
            p99_us: cost.p99_us,
        };
        Self { before: of(before), after: of(after) }
    }
}

impl<'a> FlipBody<'a> {
    pub(crate) fn new(flip: &'a Flip) -> Self {
        let attributes = flip.ask.iter().map(|(name, fact)| (name.clone(), value(fact.clone())));
        Self {
            id: flip.id.to_string(),
            at: time::to_text(flip.at),
            kind: flip.kind.as_str(),
            permission: flip.permission.as_str(),
            before: flip.before.as_ref().map(said),
            after: flip.after.as_ref().map(said),
            ask: AskBody {
                tenant: flip.tenant.as_str(),
                permission: flip.permission.as_str(),
                attributes: attributes.collect(),
            },
        }
    }
}

fn said(outcome: &Outcome) -> Said<'_> {
    let verdict = outcome.as_ref().ok();
    let reasons = verdict.map(|verdict| &*verdict.reasons).unwrap_or_default();
    let obligations = verdict.map(|verdict| &*verdict.obligations).unwrap_or_default();
    Said {
        effect: verdict.map(|verdict| verdict.effect.as_str()),
        reasons: reasons.iter().map(Reason::of).collect(),
        obligations: obligations.iter().cloned().map(obligation).collect(),
        failure: outcome.as_ref().err().map(Reason::of_failure),
    }
}
