//! Between the words of the contract and those of the domain. What it converts is not checked yet: see `answer.rs`.

use wardgate_domain::attribute::Value;
use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Effect, Obligation, Reason, Verdict};
use wardgate_domain::{Permission, TenantId};

use crate::bindings::wardgate::policy::log::Level;
use crate::bindings::wardgate::policy::types::{self, Ask, AttributeParam, AttributeResult, ValueParam, ValueResult};
use crate::given::Given;
use crate::log::LogLevel;

/// Lends `call` the ask in the contract's words; no text is copied.
pub(crate) fn lend_ask<R>(
    tenant: &TenantId,
    permission: &Permission,
    given: &[Given<'_>],
    call: impl FnOnce(Ask<'_>) -> R,
) -> R {
    let lists: Vec<Vec<&str>> = given.iter().map(|given| texts(&given.value)).collect();
    let attributes: Vec<AttributeParam<'_>> = given
        .iter()
        .zip(&lists)
        .map(|(given, list)| AttributeParam {
            name: &given.name,
            value: match &given.value {
                Value::Text(text) => ValueParam::Text(text),
                Value::Number(number) => ValueParam::Number(*number),
                Value::Flag(flag) => ValueParam::Flag(*flag),
                Value::Texts(_) => ValueParam::Texts(list),
            },
        })
        .collect();
    call(Ask { tenant: tenant.as_str(), permission: permission.as_str(), attributes: &attributes })
}

fn texts<'a>(value: &'a Value<'_>) -> Vec<&'a str> {
    match value {
        Value::Texts(texts) => texts.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}

impl From<types::Verdict> for Verdict {
    fn from(verdict: types::Verdict) -> Self {
        Self {
            effect: verdict.effect.into(),
            reasons: verdict.reasons.into_iter().map(Reason::from).collect(),
            obligations: verdict.obligations.into_iter().map(Obligation::from).collect(),
        }
    }
}

impl From<types::Effect> for Effect {
    fn from(effect: types::Effect) -> Self {
        match effect {
            types::Effect::Deny => Self::Deny,
            types::Effect::Allow => Self::Allow,
            types::Effect::Abstain => Self::Abstain,
        }
    }
}

impl From<types::Reason> for Reason {
    fn from(types::Reason { code, message }: types::Reason) -> Self {
        Self { code, message }
    }
}

impl From<types::Obligation> for Obligation {
    fn from(obligation: types::Obligation) -> Self {
        let argument = |AttributeResult { name, value }: AttributeResult| (name, fact(value));
        Self { name: obligation.name, arguments: obligation.arguments.into_iter().map(argument).collect() }
    }
}

fn fact(value: ValueResult) -> Fact {
    match value {
        ValueResult::Text(text) => Fact::Text(text),
        ValueResult::Number(number) => Fact::Number(number),
        ValueResult::Flag(flag) => Fact::Flag(flag),
        ValueResult::Texts(texts) => Fact::Texts(texts),
    }
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}
