//! Decisions in the compact form in which a batch keeps them: one version byte, then postcard. Decisions of one batch
//! resemble each other, so a text, a verdict, an ask or a part of one that they share is kept once. The form borrows, so
//! that neither way copies a text before it must.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::RandomState;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::fact::Fact;
use wardgate_domain::kept::{self, KeptAsk, RecordedAsk};
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::{Effect, Failure, Obligation, Opinion, Reason, Verdict};
use wardgate_domain::{DecisionId, Permission, PolicyName, TenantId, Timestamp};

/// The form that is written. A new form gets a new number, and the old one stays readable.
const FORM: u8 = 2;
/// The form before asks were kept: [`BatchRows`] alone.
const WITHOUT_ASKS: u8 = 1;
/// Different texts of [`Failure::BadAnswer`] that are remembered: they are literals of this program or an older one.
const ANSWER_FAULTS: usize = 64;

/// The bytes are not a batch that this program wrote.
pub(crate) struct Unreadable;

/// The bytes of a batch.
pub(crate) fn encode(batch: &[&DecisionRecord]) -> Vec<u8> {
    let mut shared = Shared::default();
    let rows: Vec<_> = batch.iter().map(|record| RecordRow::of(record, &mut shared)).collect();
    let mut asks = SharedAsks::default();
    let of = batch.iter().map(|record| AskRow::of(&record.ask, &mut asks)).collect();
    let rows = BatchRows { texts: shared.texts, verdicts: shared.verdicts, rows };
    let bytes = postcard::to_extend(&rows, vec![FORM]).expect("memory takes every row");
    let opinions = batch.iter().flat_map(|record| &record.opinions);
    let versions = opinions.map(|opinion| VersionRow(opinion.version, opinion.fell_back)).collect();
    let asks = AskRows { parts: asks.parts, asks: asks.asks, of, versions };
    postcard::to_extend(&asks, bytes).expect("memory takes every row")
}

/// The decision `id` of a batch of `tenant`.
pub(crate) fn decode(bytes: &[u8], tenant: &TenantId, id: DecisionId) -> Result<Option<DecisionRecord>, Unreadable> {
    let (mut batch, asks) = read(bytes)?;
    let Some(at) = batch.rows.iter().position(|row| row.id == *id.0.as_bytes()) else { return Ok(None) };
    let before = batch.rows[..at].iter().map(|row| row.opinions.len()).sum::<usize>();
    let row = batch.rows.swap_remove(at);
    let verdict = |at: usize| batch.verdicts.get(at).map(|row| Arc::new(row.to_verdict()));
    let mut record = row.into_record(tenant, &batch.texts, &verdict).ok_or(Unreadable)?;
    if let Some(asks) = asks {
        let ask = |at: usize| asks.ask(at);
        record.ask = asks.of.get(at).ok_or(Unreadable)?.to_ask(&ask).ok_or(Unreadable)?;
        mark(&mut record, asks.versions.iter().skip(before))?;
    }
    Ok(Some(record))
}

/// All decisions of a batch of `tenant`, in its order. What they share, they share in memory, too.
pub(crate) fn decode_all(bytes: &[u8], tenant: &TenantId) -> Result<Vec<DecisionRecord>, Unreadable> {
    let (batch, asks) = read(bytes)?;
    let verdicts: Vec<_> = batch.verdicts.iter().map(|row| Arc::new(row.to_verdict())).collect();
    let verdict = |at: usize| verdicts.get(at).cloned();
    let rows = batch.rows.into_iter();
    let records = rows.map(|row| row.into_record(tenant, &batch.texts, &verdict).ok_or(Unreadable));
    let mut records = records.collect::<Result<Vec<_>, _>>()?;
    let Some(asks) = asks else { return Ok(records) };
    if asks.of.len() != records.len() {
        return Err(Unreadable);
    }
    let joined = (0..asks.asks.len()).map(|at| asks.ask(at).ok_or(Unreadable)).collect::<Result<Vec<_>, _>>()?;
    let ask = |at: usize| joined.get(at).cloned();
    let mut versions = asks.versions.iter();
    for (record, row) in records.iter_mut().zip(&asks.of) {
        record.ask = row.to_ask(&ask).ok_or(Unreadable)?;
        mark(record, &mut versions)?;
    }
    Ok(records)
}

/// Says of each opinion of a decision which version it is of.
fn mark<'a>(record: &mut DecisionRecord, mut versions: impl Iterator<Item = &'a VersionRow>) -> Result<(), Unreadable> {
    for opinion in &mut record.opinions {
        let VersionRow(version, fell_back) = versions.next().ok_or(Unreadable)?;
        (opinion.version, opinion.fell_back) = (*version, *fell_back);
    }
    Ok(())
}

fn read(bytes: &[u8]) -> Result<(BatchRows<'_>, Option<AskRows<'_>>), Unreadable> {
    let (form, rows) = bytes.split_first().ok_or(Unreadable)?;
    match *form {
        FORM => {
            let (batch, asks) = postcard::take_from_bytes(rows).map_err(|_| Unreadable)?;
            Ok((batch, Some(postcard::from_bytes(asks).map_err(|_| Unreadable)?)))
        }
        WITHOUT_ASKS => Ok((postcard::from_bytes(rows).map_err(|_| Unreadable)?, None)),
        _ => Err(Unreadable),
    }
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

/// The asks of a batch, after its rows.
#[derive(Serialize, Deserialize)]
struct AskRows<'a> {
    #[serde(borrow)]
    parts: Vec<Part<'a>>,
    /// Each by the places of its parts.
    asks: Vec<Vec<u32>>,
    /// One for each row of the batch.
    of: Vec<AskRow>,
    /// One for each opinion of the batch.
    versions: Vec<VersionRow>,
}

/// Which version of a policy an opinion is of, and whether it fell back to it.
#[derive(Serialize, Deserialize)]
struct VersionRow(u32, bool);

/// A part of an ask, in one piece: as a list of numbers it would be written number by number.
#[derive(Deserialize)]
struct Part<'a>(&'a [u8]);

impl Serialize for Part<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("Part", &Bytes(self.0))
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[derive(Serialize, Deserialize)]
enum AskRow {
    Unneeded,
    TooLong,
    Withheld,
    Crowded,
    Kept { ask: u32, rate_remaining: Option<u32> },
}

/// What the asks of a batch share, while it is written.
#[derive(Default)]
struct SharedAsks<'a> {
    parts: Vec<Part<'a>>,
    part_at: HashMap<&'a [u8], u32, RandomState>,
    asks: Vec<Vec<u32>>,
    ask_at: HashMap<&'a [u8], u32, RandomState>,
}

impl<'a> SharedAsks<'a> {
    fn ask(&mut self, bytes: &'a [u8]) -> u32 {
        if let Some(at) = self.ask_at.get(bytes) {
            return *at;
        }
        let parts = kept::parts(bytes).expect("an ask that was written just now");
        let parts = parts.map(|part| {
            let part = part.expect("an ask that was written just now");
            *self.part_at.entry(part).or_insert_with(|| push(&mut self.parts, Part(part)))
        });
        let at = push(&mut self.asks, parts.collect());
        self.ask_at.insert(bytes, at);
        at
    }
}

impl AskRows<'_> {
    fn ask(&self, at: usize) -> Option<Arc<[u8]>> {
        let part = |at: &u32| Some(self.parts.get(usize::try_from(*at).ok()?)?.0);
        let parts = self.asks.get(at)?.iter().map(part).collect::<Option<Vec<_>>>()?;
        Some(kept::join(parts.into_iter()))
    }
}

impl AskRow {
    fn of<'a>(ask: &'a RecordedAsk, shared: &mut SharedAsks<'a>) -> Self {
        match ask {
            RecordedAsk::Unneeded => Self::Unneeded,
            RecordedAsk::TooLong => Self::TooLong,
            RecordedAsk::Withheld => Self::Withheld,
            RecordedAsk::Crowded => Self::Crowded,
            RecordedAsk::Kept(kept) => Self::Kept { ask: shared.ask(&kept.bytes), rate_remaining: kept.rate_remaining },
        }
    }

    fn to_ask(&self, ask_at: &dyn Fn(usize) -> Option<Arc<[u8]>>) -> Option<RecordedAsk> {
        Some(match *self {
            Self::Unneeded => RecordedAsk::Unneeded,
            Self::TooLong => RecordedAsk::TooLong,
            Self::Withheld => RecordedAsk::Withheld,
            Self::Crowded => RecordedAsk::Crowded,
            Self::Kept { ask, rate_remaining } => {
                RecordedAsk::Kept(KeptAsk { bytes: ask_at(usize::try_from(ask).ok()?)?, rate_remaining })
            }
        })
    }
}

/// A verdict of the batch, by its place.
type VerdictOf<'f> = &'f dyn Fn(usize) -> Option<Arc<Verdict>>;

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

    fn into_record(self, tenant: &TenantId, texts: &[&str], verdict: VerdictOf<'_>) -> Option<DecisionRecord> {
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
            opinions: self.opinions.into_iter().map(|row| row.into_opinion(texts, verdict)).collect::<Option<_>>()?,
            ask: RecordedAsk::Unneeded,
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

    fn into_opinion(self, texts: &[&str], verdict: VerdictOf<'_>) -> Option<Opinion> {
        let outcome = match self.outcome {
            Ok(at) => Ok(verdict(usize::try_from(at).ok()?)?),
            Err(failure) => Err(failure.into_failure()),
        };
        Some(Opinion {
            owner: TenantId::parse(text_at(texts, self.owner)?).ok()?,
            policy: PolicyName::parse(text_at(texts, self.policy)?).ok()?,
            version: 0,
            fell_back: false,
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

#[cfg(test)]
mod tests {
    use wardgate_domain::kept::{KeptAsk, RecordedAsk, join};
    use wardgate_domain::{Random, TenantId, Timestamp};

    use super::{FORM, WITHOUT_ASKS, decode, decode_all, encode};
    use crate::conformance::samples::decision;

    #[test]
    fn a_batch_of_the_form_before_asks_is_still_read() {
        let tenant = TenantId::parse("a").expect("a legal id");
        let record = decision("a", Timestamp::from_ms(7), &Random::seeded(1));
        let batch = encode(&[&record]);
        assert_eq!(batch[0], FORM);
        // Without an ask, the new form is the old one and four lists: no parts, no asks, one row that needs none, no
        // opinions.
        let (old, asks) = batch.split_at(batch.len() - 5);
        assert_eq!(asks, [0, 0, 1, 0, 0]);
        let old: Vec<u8> = [&[WITHOUT_ASKS], &old[1..]].concat();
        assert_eq!(decode(&old, &tenant, record.id).ok(), Some(Some(record.clone())));
        assert_eq!(decode_all(&old, &tenant).ok(), Some(vec![record]));
    }

    #[test]
    fn asks_that_say_the_same_are_kept_once_and_those_that_nearly_do_nearly_so() {
        let random = Random::seeded(1);
        let long = [&[0xe9, 0x03, 13][..], &[7; 1_000]].concat();
        let of = |number: u8| {
            let bytes = join([&long[..], &[2, 0, 1, number]].into_iter());
            let ask = RecordedAsk::Kept(KeptAsk { bytes, rate_remaining: Some(number.into()) });
            wardgate_domain::record::DecisionRecord { ask, ..decision("a", Timestamp::from_ms(7), &random) }
        };
        let records: Vec<_> = (0..100).map(of).collect();
        let batch = encode(&records.iter().collect::<Vec<_>>());
        assert!(batch.len() < 8_000, "{} bytes", batch.len());
        assert_eq!(decode_all(&batch, &TenantId::parse("a").expect("a legal id")).ok(), Some(records));
    }
}
