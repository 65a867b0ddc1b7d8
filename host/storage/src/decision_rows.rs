//! Decisions in the compact form in which a batch keeps them: one version byte, then postcard. The form borrows, so
//! that neither way copies a text before it must.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::fact::Fact;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::{Effect, Failure, Obligation, Opinion, Reason, Verdict};
use wardgate_domain::{DecisionId, Permission, PolicyName, TenantId, Timestamp};

/// The form that is written. A new form gets a new number, and the old one stays readable.
const FORM: u8 = 1;
/// Different texts of [`Failure::BadAnswer`] that are remembered: they are literals of this program or an older one.
const ANSWER_FAULTS: usize = 64;

/// The bytes are not a batch that this program wrote.
pub(crate) struct Unreadable;

/// The bytes of a batch.
pub(crate) fn encode(batch: &[&DecisionRecord]) -> Vec<u8> {
    let rows: Vec<_> = batch.iter().map(|record| RecordRow::of(record)).collect();
    postcard::to_extend(&rows, vec![FORM]).expect("memory takes every row")
}

/// The decision `id` of a batch of `tenant`.
pub(crate) fn decode(bytes: &[u8], tenant: &TenantId, id: DecisionId) -> Result<Option<DecisionRecord>, Unreadable> {
    let [FORM, rows @ ..] = bytes else { return Err(Unreadable) };
    let rows: Vec<RecordRow<'_>> = postcard::from_bytes(rows).map_err(|_| Unreadable)?;
    let row = rows.into_iter().find(|row| row.id == *id.0.as_bytes());
    row.map(|row| row.into_record(tenant).ok_or(Unreadable)).transpose()
}

#[derive(Serialize, Deserialize)]
struct RecordRow<'a> {
    id: [u8; 16],
    at_ms: i64,
    denial: Option<&'a str>,
    permission: Option<&'a str>,
    subject: Option<&'a str>,
    client_address: Option<IpAddr>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    #[serde(borrow)]
    opinions: Vec<OpinionRow<'a>>,
}

#[derive(Serialize, Deserialize)]
struct OpinionRow<'a> {
    owner: &'a str,
    policy: &'a str,
    #[serde(borrow)]
    outcome: Result<VerdictRow<'a>, FailureRow<'a>>,
    remembered: bool,
    cost_us: u32,
}

#[derive(Serialize, Deserialize)]
struct VerdictRow<'a> {
    effect: EffectRow,
    #[serde(borrow)]
    reasons: Vec<(&'a str, &'a str)>,
    #[serde(borrow)]
    obligations: Vec<(&'a str, Vec<(&'a str, FactRow<'a>)>)>,
}

#[derive(Serialize, Deserialize)]
enum EffectRow {
    Deny,
    Allow,
    Abstain,
}

#[derive(Serialize, Deserialize)]
enum FailureRow<'a> {
    Timeout,
    Memory,
    Trap(&'a str),
    Refused(&'a str),
    BadAnswer(&'a str),
    Host(&'a str),
}

#[derive(Serialize, Deserialize)]
enum FactRow<'a> {
    Text(&'a str),
    Number(i64),
    Flag(bool),
    #[serde(borrow)]
    Texts(Vec<&'a str>),
}

impl<'a> RecordRow<'a> {
    fn of(record: &'a DecisionRecord) -> Self {
        Self {
            id: *record.id.0.as_bytes(),
            at_ms: record.at.as_ms(),
            denial: record.denial.map(DenialCode::as_str),
            permission: record.permission.as_ref().map(Permission::as_str),
            subject: record.subject.as_deref(),
            client_address: record.client_address,
            method: record.method.as_deref(),
            path: record.path.as_deref(),
            opinions: record.opinions.iter().map(OpinionRow::of).collect(),
        }
    }

    fn into_record(self, tenant: &TenantId) -> Option<DecisionRecord> {
        Some(DecisionRecord {
            id: DecisionId(Uuid::from_bytes(self.id)),
            at: Timestamp::from_ms(self.at_ms),
            tenant: tenant.clone(),
            denial: match self.denial {
                Some(code) => Some(DenialCode::parse(code)?),
                None => None,
            },
            permission: self.permission.map(Permission::parse).transpose().ok()?,
            subject: self.subject.map(Arc::from),
            client_address: self.client_address,
            method: self.method.map(Box::from),
            path: self.path.map(Box::from),
            opinions: self.opinions.into_iter().map(OpinionRow::into_opinion).collect::<Option<_>>()?,
        })
    }
}

impl<'a> OpinionRow<'a> {
    fn of(opinion: &'a Opinion) -> Self {
        Self {
            owner: opinion.owner.as_str(),
            policy: opinion.policy.as_str(),
            outcome: opinion.outcome.as_deref().map(VerdictRow::of).map_err(FailureRow::of),
            remembered: opinion.remembered,
            cost_us: opinion.cost_us,
        }
    }

    fn into_opinion(self) -> Option<Opinion> {
        Some(Opinion {
            owner: TenantId::parse(self.owner).ok()?,
            policy: PolicyName::parse(self.policy).ok()?,
            outcome: self.outcome.map(|verdict| Arc::new(verdict.into_verdict())).map_err(FailureRow::into_failure),
            remembered: self.remembered,
            cost_us: self.cost_us,
        })
    }
}

impl<'a> VerdictRow<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        let arguments = |obligation: &'a Obligation| {
            obligation.arguments.iter().map(|(name, fact)| (name.as_str(), FactRow::of(fact))).collect()
        };
        Self {
            effect: match verdict.effect {
                Effect::Deny => EffectRow::Deny,
                Effect::Allow => EffectRow::Allow,
                Effect::Abstain => EffectRow::Abstain,
            },
            reasons: verdict.reasons.iter().map(|reason| (reason.code.as_str(), reason.message.as_str())).collect(),
            obligations: verdict.obligations.iter().map(|duty| (duty.name.as_str(), arguments(duty))).collect(),
        }
    }

    fn into_verdict(self) -> Verdict {
        let reason = |(code, message): (&str, &str)| Reason { code: code.to_owned(), message: message.to_owned() };
        let argument = |(name, fact): (&str, FactRow<'_>)| (name.to_owned(), fact.into_fact());
        let obligation = |(name, arguments): (&str, Vec<_>)| Obligation {
            name: name.to_owned(),
            arguments: arguments.into_iter().map(argument).collect(),
        };
        Verdict {
            effect: match self.effect {
                EffectRow::Deny => Effect::Deny,
                EffectRow::Allow => Effect::Allow,
                EffectRow::Abstain => Effect::Abstain,
            },
            reasons: self.reasons.into_iter().map(reason).collect(),
            obligations: self.obligations.into_iter().map(obligation).collect(),
        }
    }
}

impl<'a> FailureRow<'a> {
    fn of(failure: &'a Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::Memory => Self::Memory,
            Failure::Trap(text) => Self::Trap(text),
            Failure::Refused(text) => Self::Refused(text),
            Failure::BadAnswer(text) => Self::BadAnswer(text),
            Failure::Host(text) => Self::Host(text),
        }
    }

    fn into_failure(self) -> Failure {
        match self {
            Self::Timeout => Failure::Timeout,
            Self::Memory => Failure::Memory,
            Self::Trap(text) => Failure::Trap(text.to_owned()),
            Self::Refused(text) => Failure::Refused(text.to_owned()),
            Self::BadAnswer(text) => Failure::BadAnswer(literal(text)),
            Self::Host(text) => Failure::Host(text.to_owned()),
        }
    }
}

impl<'a> FactRow<'a> {
    fn of(fact: &'a Fact) -> Self {
        match fact {
            Fact::Text(text) => Self::Text(text),
            Fact::Number(number) => Self::Number(*number),
            Fact::Flag(flag) => Self::Flag(*flag),
            Fact::Texts(texts) => Self::Texts(texts.iter().map(String::as_str).collect()),
        }
    }

    fn into_fact(self) -> Fact {
        match self {
            Self::Text(text) => Fact::Text(text.to_owned()),
            Self::Number(number) => Fact::Number(number),
            Self::Flag(flag) => Fact::Flag(flag),
            Self::Texts(texts) => Fact::Texts(texts.into_iter().map(str::to_owned).collect()),
        }
    }
}

/// The text as the literal that it was. Every different text is kept for good, so their number has a bound.
fn literal(text: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock();
    if let Some(literal) = known.get(text) {
        return literal;
    }
    if known.len() >= ANSWER_FAULTS {
        return "it broke a bound";
    }
    let literal: &'static str = Box::leak(text.into());
    known.insert(literal);
    literal
}
