//! Decisions in the compact form in which a batch keeps them: one version byte, then postcard. Decisions of one batch
//! resemble each other, so a text or verdict that they share is kept once. The form borrows, so that neither way copies
//! a text before it must.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::RandomState;
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
    let mut shared = Shared::default();
    let rows: Vec<_> = batch.iter().map(|record| RecordRow::of(record, &mut shared)).collect();
    let batch = BatchRows { texts: shared.texts, verdicts: shared.verdicts, rows };
    postcard::to_extend(&batch, vec![FORM]).expect("memory takes every row")
}

/// The decision `id` of a batch of `tenant`.
pub(crate) fn decode(bytes: &[u8], tenant: &TenantId, id: DecisionId) -> Result<Option<DecisionRecord>, Unreadable> {
    let [FORM, batch @ ..] = bytes else { return Err(Unreadable) };
    let mut batch: BatchRows<'_> = postcard::from_bytes(batch).map_err(|_| Unreadable)?;
    let Some(at) = batch.rows.iter().position(|row| row.id == *id.0.as_bytes()) else { return Ok(None) };
    let row = batch.rows.swap_remove(at);
    row.into_record(tenant, &batch.texts, &batch.verdicts).map(Some).ok_or(Unreadable)
}

#[derive(Serialize, Deserialize)]
struct BatchRows<'a> {
    #[serde(borrow)]
    texts: Vec<&'a str>,
    #[serde(borrow)]
    verdicts: Vec<VerdictRow<'a>>,
    #[serde(borrow)]
    rows: Vec<RecordRow<'a>>,
}

/// A text of the batch, by its place.
type TextAt = u32;
/// A verdict of the batch, by its place.
type VerdictAt = u32;

/// What the rows of a batch share, while it is written.
#[derive(Default)]
struct Shared<'a> {
    texts: Vec<&'a str>,
    text_at: HashMap<&'a str, TextAt, RandomState>,
    verdicts: Vec<VerdictRow<'a>>,
    /// By address: what a policy's memo answered is one value, however often it did.
    verdict_at: HashMap<*const Verdict, VerdictAt, RandomState>,
}

impl<'a> Shared<'a> {
    fn text(&mut self, text: &'a str) -> TextAt {
        *self.text_at.entry(text).or_insert_with(|| push(&mut self.texts, text))
    }

    fn verdict(&mut self, verdict: &'a Arc<Verdict>) -> VerdictAt {
        let verdicts = &mut self.verdicts;
        *self.verdict_at.entry(Arc::as_ptr(verdict)).or_insert_with(|| push(verdicts, VerdictRow::of(verdict)))
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    u32::try_from(list.len() - 1).expect("a batch has a few thousand rows")
}

#[derive(Serialize, Deserialize)]
struct RecordRow<'a> {
    id: [u8; 16],
    at_ms: i64,
    denial: Option<TextAt>,
    permission: Option<TextAt>,
    subject: Option<TextAt>,
    client_address: Option<IpAddr>,
    method: Option<TextAt>,
    path: Option<TextAt>,
    #[serde(borrow)]
    opinions: Vec<OpinionRow<'a>>,
}

#[derive(Serialize, Deserialize)]
struct OpinionRow<'a> {
    owner: TextAt,
    policy: TextAt,
    #[serde(borrow)]
    outcome: Result<VerdictAt, FailureRow<'a>>,
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
    fn of(record: &'a DecisionRecord, shared: &mut Shared<'a>) -> Self {
        let mut text = |text: Option<&'a str>| text.map(|text| shared.text(text));
        Self {
            id: *record.id.0.as_bytes(),
            at_ms: record.at.as_ms(),
            denial: text(record.denial.map(DenialCode::as_str)),
            permission: text(record.permission.as_ref().map(Permission::as_str)),
            subject: text(record.subject.as_deref()),
            client_address: record.client_address,
            method: text(record.method.as_deref()),
            path: text(record.path.as_deref()),
            opinions: record.opinions.iter().map(|opinion| OpinionRow::of(opinion, shared)).collect(),
        }
    }

    fn into_record(self, tenant: &TenantId, texts: &[&str], verdicts: &[VerdictRow<'_>]) -> Option<DecisionRecord> {
        let text = |at: Option<TextAt>| at.map(|at| text_at(texts, at).ok_or(Unreadable)).transpose().ok();
        Some(DecisionRecord {
            id: DecisionId(Uuid::from_bytes(self.id)),
            at: Timestamp::from_ms(self.at_ms),
            tenant: tenant.clone(),
            denial: match text(self.denial)? {
                Some(code) => Some(DenialCode::parse(code)?),
                None => None,
            },
            permission: text(self.permission)?.map(Permission::parse).transpose().ok()?,
            subject: text(self.subject)?.map(Arc::from),
            client_address: self.client_address,
            method: text(self.method)?.map(Box::from),
            path: text(self.path)?.map(Box::from),
            opinions: self.opinions.into_iter().map(|row| row.into_opinion(texts, verdicts)).collect::<Option<_>>()?,
        })
    }
}

fn text_at<'a>(texts: &[&'a str], at: TextAt) -> Option<&'a str> {
    texts.get(usize::try_from(at).ok()?).copied()
}

impl<'a> OpinionRow<'a> {
    fn of(opinion: &'a Opinion, shared: &mut Shared<'a>) -> Self {
        Self {
            owner: shared.text(opinion.owner.as_str()),
            policy: shared.text(opinion.policy.as_str()),
            outcome: opinion.outcome.as_ref().map(|verdict| shared.verdict(verdict)).map_err(FailureRow::of),
            remembered: opinion.remembered,
            cost_us: opinion.cost_us,
        }
    }

    fn into_opinion(self, texts: &[&str], verdicts: &[VerdictRow<'_>]) -> Option<Opinion> {
        let outcome = match self.outcome {
            Ok(at) => Ok(Arc::new(verdicts.get(usize::try_from(at).ok()?)?.to_verdict())),
            Err(failure) => Err(failure.into_failure()),
        };
        Some(Opinion {
            owner: TenantId::parse(text_at(texts, self.owner)?).ok()?,
            policy: PolicyName::parse(text_at(texts, self.policy)?).ok()?,
            outcome,
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

    fn to_verdict(&self) -> Verdict {
        let reason =
            |(code, message): &(&str, &str)| Reason { code: (*code).to_owned(), message: (*message).to_owned() };
        let argument = |(name, fact): &(&str, FactRow<'_>)| ((*name).to_owned(), fact.to_fact());
        let obligation = |(name, arguments): &(&str, Vec<_>)| Obligation {
            name: (*name).to_owned(),
            arguments: arguments.iter().map(argument).collect(),
        };
        Verdict {
            effect: match self.effect {
                EffectRow::Deny => Effect::Deny,
                EffectRow::Allow => Effect::Allow,
                EffectRow::Abstain => Effect::Abstain,
            },
            reasons: self.reasons.iter().map(reason).collect(),
            obligations: self.obligations.iter().map(obligation).collect(),
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

    fn to_fact(&self) -> Fact {
        match self {
            Self::Text(text) => Fact::Text((*text).to_owned()),
            Self::Number(number) => Fact::Number(*number),
            Self::Flag(flag) => Fact::Flag(*flag),
            Self::Texts(texts) => Fact::Texts(texts.iter().map(|text| (*text).to_owned()).collect()),
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
