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
        let given = |name: &&str| {
            let value = ask.attributes.get(*name)?.clone();
            Some(Attribute { name: (*name).to_owned(), value: value.into() })
        };
        Ok(Ask {
            tenant: ask.tenant.clone(),
            permission: ask.permission.clone(),
            attributes: P::READS.concat().iter().filter_map(given).collect(),
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
