//! Cases: what a policy must answer, written down by its author (`guest-modules/README.md` tells the format), and run in
//! the engine that decides calls.

use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Failure, Verdict};
use wardgate_domain::{Permission, TenantId};

use crate::limits::Bounds;
use crate::log::LogLine;
use crate::module::Module;
use crate::policy::Evaluation;
use crate::prepare::PrepareError;

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The rule, in words.
    pub name: String,
    /// The settings; if absent, those that the policy is tried with.
    #[serde(default, deserialize_with = "present")]
    settings: Option<Value>,
    ask: Option<Ask>,
    expect: Answer,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    #[serde(deserialize_with = "tenant")]
    tenant: TenantId,
    #[serde(deserialize_with = "permission")]
    permission: Permission,
    #[serde(default, deserialize_with = "attributes")]
    attributes: Vec<(String, Fact)>,
}

/// What is expected of a policy, or what it answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "AnswerMembers", untagged)]
pub enum Answer {
    /// `prepare` refused the settings, with problems at these JSON pointers.
    Problems {
        /// In the order in which they were told.
        problems: Vec<String>,
    },
    /// It failed, or said that it could not decide.
    Failure {
        /// In its own words, if it has any.
        failure: String,
    },
    /// A verdict.
    Verdict {
        /// `deny`, `allow` or `abstain`.
        effect: String,
        /// The codes of its reasons.
        reasons: Vec<String>,
    },
}

/// How a case went.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// The case's name.
    pub name: String,
    /// What should have been answered.
    pub expected: Answer,
    /// What was.
    pub got: Answer,
    /// The words for people that came with it.
    pub messages: Vec<String>,
    /// What the evaluation took, in microseconds; 0 if nothing was asked.
    pub cost_us: u32,
    /// What the policy wrote.
    pub log: Vec<LogLine>,
}

impl CaseResult {
    /// Whether it was answered as it should be.
    pub fn passed(&self) -> bool {
        self.expected == self.got
    }
}

/// Runs one case; one without settings is run with `settings_json`. Blocks for as long as the policy may run.
pub fn run(module: &Arc<Module>, settings_json: &str, case: &Case, bounds: Bounds) -> CaseResult {
    let own = case.settings.as_ref().map(Value::to_string);
    let nothing = |got, messages| CaseResult {
        name: case.name.clone(),
        expected: case.expect.clone(),
        got,
        messages,
        cost_us: 0,
        log: Vec::new(),
    };
    let policy = match module.prepare(own.as_deref().unwrap_or(settings_json), bounds) {
        Ok(policy) => policy,
        Err(PrepareError::Settings(problems)) => {
            let (problems, messages) = problems.into_iter().map(|problem| (problem.path, problem.message)).unzip();
            return nothing(Answer::Problems { problems }, messages);
        }
        Err(PrepareError::Failed(failure)) => return nothing(failed(failure), Vec::new()),
    };
    let Some(Ask { tenant, permission, attributes }) = &case.ask else {
        return nothing(Answer::Problems { problems: Vec::new() }, Vec::new());
    };
    let Evaluation { outcome, cost_us, log, .. } = policy.evaluate_trial(tenant, permission, attributes);
    let messages = outcome.iter().flat_map(|verdict| &verdict.reasons).map(|reason| reason.message.clone()).collect();
    let got = outcome.map_or_else(failed, |verdict| said(&verdict));
    CaseResult { cost_us, log, ..nothing(got, messages) }
}

fn said(verdict: &Verdict) -> Answer {
    let reasons = verdict.reasons.iter().map(|reason| reason.code.clone()).collect();
    Answer::Verdict { effect: verdict.effect.as_str().to_owned(), reasons }
}

fn failed(failure: Failure) -> Answer {
    let failure = match failure {
        Failure::Refused(words) => words,
        other => other.to_string(),
    };
    Answer::Failure { failure }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems { problems } if problems.is_empty() => f.write_str("no problem with the settings"),
            Self::Problems { problems } => write!(f, "problems at {}", problems.join(", ")),
            Self::Failure { failure } => write!(f, "failure: {failure}"),
            Self::Verdict { effect, reasons } if reasons.is_empty() => f.write_str(effect),
            Self::Verdict { effect, reasons } => write!(f, "{effect} ({})", reasons.join(", ")),
        }
    }
}

/// All members that an answer may have; which of them go together is told by [`Answer`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerMembers {
    effect: Option<String>,
    reasons: Option<Vec<String>>,
    failure: Option<String>,
    problems: Option<Vec<String>>,
}

impl TryFrom<AnswerMembers> for Answer {
    type Error = &'static str;

    fn try_from(members: AnswerMembers) -> Result<Self, Self::Error> {
        match members {
            AnswerMembers { effect: Some(effect), reasons, failure: None, problems: None } => {
                if !["deny", "allow", "abstain"].contains(&effect.as_str()) {
                    return Err("effect must be deny, allow or abstain");
                }
                Ok(Self::Verdict { effect, reasons: reasons.unwrap_or_default() })
            }
            AnswerMembers { effect: None, reasons: None, failure: Some(failure), problems: None } => {
                Ok(Self::Failure { failure })
            }
            AnswerMembers { effect: None, reasons: None, failure: None, problems: Some(problems) } => {
                Ok(Self::Problems { problems })
            }
            _ => Err("must have effect (and perhaps reasons), or failure, or problems"),
        }
    }
}

/// A `null` is settings, too.
fn present<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(source).map(Some)
}

fn tenant<'de, D: Deserializer<'de>>(source: D) -> Result<TenantId, D::Error> {
    TenantId::parse(&String::deserialize(source)?).map_err(D::Error::custom)
}

fn permission<'de, D: Deserializer<'de>>(source: D) -> Result<Permission, D::Error> {
    Permission::parse(&String::deserialize(source)?).map_err(D::Error::custom)
}

fn attributes<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<(String, Fact)>, D::Error> {
    let attributes = Map::deserialize(source)?;
    let each = attributes.into_iter().map(|(name, value)| match fact(value) {
        Some(fact) => Ok((name, fact)),
        None => Err(D::Error::custom(format!("{name} must be a text, a whole number, true, false or a list of texts"))),
    });
    each.collect()
}

fn fact(value: Value) -> Option<Fact> {
    let text = |value| if let Value::String(text) = value { Some(text) } else { None };
    match value {
        Value::Bool(flag) => Some(Fact::Flag(flag)),
        Value::Number(number) => number.as_i64().map(Fact::Number),
        Value::Array(texts) => texts.into_iter().map(text).collect::<Option<_>>().map(Fact::Texts),
        other => text(other).map(Fact::Text),
    }
}
