//! The answers of a check, to JSON. An outsider reads them, so they hold the outward code alone.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use wardgate_authorize::Decision;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::fact::Fact;
use wardgate_domain::rate::Room;
use wardgate_domain::verdict::Obligation;

#[derive(Serialize)]
pub(super) struct Answer {
    id: String,
    decision: &'static str,
    code: &'static str,
    status: u16,
    tenant: Option<String>,
    subject: Option<String>,
    subject_kind: Option<&'static str>,
    caller_kind: Option<&'static str>,
    key: Option<String>,
    grants: Vec<String>,
    /// What the enforcing side must do if it lets the call pass.
    obligations: Vec<ObligationBody>,
    /// What is left of the tightest rate limit.
    rate: Option<RateBody>,
    /// Seconds until another try makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

#[derive(Serialize)]
pub(in crate::v1) struct ObligationBody {
    name: String,
    arguments: BTreeMap<String, Value>,
}

#[derive(Serialize)]
pub(in crate::v1) struct RateBody {
    limit: u32,
    window_seconds: u32,
    remaining: u32,
    reset_seconds: u32,
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        let outward = decision.denial.map(|denial| denial.code.outward());
        let caller = decision.caller.as_ref();
        Self {
            id: decision.id.to_string(),
            decision: if decision.allowed() { "allow" } else { "deny" },
            code: DenialCode::code_of(outward),
            status: outward.map_or(200, DenialCode::status),
            tenant: caller.map(|caller| caller.tenant.to_string()),
            subject: caller.map(|caller| caller.subject.to_string()),
            subject_kind: caller.map(|caller| caller.kind.as_str()),
            caller_kind: caller.map(|caller| caller.kind.caller()),
            key: caller.and_then(|caller| caller.key.as_ref()).map(ToString::to_string),
            grants: caller.map(|caller| caller.grants.to_texts()).unwrap_or_default(),
            rate: decision.room.map(RateBody::from),
            retry_after: decision.denial.and_then(|denial| denial.retry_after_s),
            obligations: decision.obligations.into_iter().map(obligation).collect(),
        }
    }
}

impl From<Room> for RateBody {
    fn from(room: Room) -> Self {
        Self {
            limit: room.rate.capacity,
            window_seconds: room.rate.frequency_s,
            remaining: room.remaining,
            reset_seconds: room.reset_s,
        }
    }
}

pub(in crate::v1) fn obligation(obligation: Obligation) -> ObligationBody {
    let arguments = obligation.arguments.into_iter().map(|(name, fact)| (name, value(fact))).collect();
    ObligationBody { name: obligation.name, arguments }
}

/// A fact as an ask gives it.
pub(in crate::v1) fn value(fact: Fact) -> Value {
    match fact {
        Fact::Text(text) => json!(text),
        Fact::Number(number) => json!(number),
        Fact::Flag(flag) => json!(flag),
        Fact::Texts(texts) => json!(texts),
    }
}
