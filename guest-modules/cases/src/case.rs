//! One case: settings, an ask, and what is expected of the policy.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value as Json;
use wardgate_guest::{Ask, Attribute, Policy, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) settings: Option<Json>,
    ask: Option<AskJson>,
    pub(crate) expect: Expectation,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Expectation {
    /// The settings are refused, with problems at these JSON pointers.
    Problems { problems: Vec<String> },
    /// The policy cannot decide, and says why.
    Failure { failure: String },
    Verdict {
        effect: String,
        #[serde(default)]
        reasons: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskJson {
    tenant: String,
    permission: String,
    #[serde(default)]
    attributes: BTreeMap<String, ValueJson>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum ValueJson {
    Flag(bool),
    Number(i64),
    Text(String),
    Texts(Vec<String>),
}

impl Case {
    /// The ask as the host would put it: only what the policy reads, in the order of `reads`.
    pub(crate) fn ask<P: Policy>(&self) -> Result<Ask> {
        let ask = self.ask.as_ref().context("the case asks nothing")?;
        let given = |read: &&str| {
            let is_read = |name: &str| match read.strip_suffix('*') {
                Some(family) => name.len() > family.len() && name.starts_with(family),
                None => name == *read,
            };
            let given = ask.attributes.iter().filter(|(name, _)| is_read(name));
            given.map(|(name, value)| Attribute { name: name.clone(), value: value.clone().into() }).collect::<Vec<_>>()
        };
        Ok(Ask {
            tenant: ask.tenant.clone(),
            permission: ask.permission.clone(),
            attributes: P::READS.concat().iter().flat_map(given).collect(),
        })
    }
}

impl From<ValueJson> for Value {
    fn from(value: ValueJson) -> Self {
        match value {
            ValueJson::Flag(flag) => Self::Flag(flag),
            ValueJson::Number(number) => Self::Number(number),
            ValueJson::Text(text) => Self::Text(text),
            ValueJson::Texts(texts) => Self::Texts(texts),
        }
    }
}
