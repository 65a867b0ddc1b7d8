//! The cases of the shipped policies, run against their built components.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use wardgate_domain::fact::Fact;
use wardgate_domain::{Permission, TenantId};

use super::guests::{PATIENT, engine};
use crate::{Module, PrepareError, SHIPPED};

/// One case; the format is told in `guest-modules/README.md`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    settings: Option<Value>,
    ask: Option<CaseAsk>,
    expect: Expectation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseAsk {
    tenant: String,
    permission: String,
    #[serde(default)]
    attributes: Map<String, Value>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Expectation {
    Problems {
        problems: Vec<String>,
    },
    Failure {
        failure: String,
    },
    Verdict {
        effect: String,
        #[serde(default)]
        reasons: Vec<String>,
    },
}

#[test]
fn the_shipped_policies_answer_as_their_cases_say() {
    for (name, component) in SHIPPED {
        let module = engine().load(component).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(module.world(), crate::World::Bare, "{name}");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-modules").join(name);
        let sample = read::<Value>(&folder.join("settings.json")).to_string();
        let entries = std::fs::read_dir(folder.join("cases")).expect("a folder of cases");
        let files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        assert!(!files.is_empty(), "{name} has no cases");
        for file in files {
            let case: Case = read(&file);
            assert_eq!(found(&module, &sample, &case), case.expect, "{name}: {}", case.name);
        }
    }
}

fn found(module: &Arc<Module>, sample: &str, case: &Case) -> Expectation {
    let settings = case.settings.as_ref().map_or_else(|| sample.to_owned(), Value::to_string);
    let policy = match module.prepare(&settings, PATIENT) {
        Ok(policy) => policy,
        Err(PrepareError::Settings(problems)) => {
            return Expectation::Problems { problems: problems.into_iter().map(|problem| problem.path).collect() };
        }
        Err(PrepareError::Failed(failure)) => return Expectation::Failure { failure: failure.to_string() },
    };
    let Some(ask) = &case.ask else { return Expectation::Problems { problems: Vec::new() } };
    let tenant = TenantId::parse(&ask.tenant).expect("a tenant id");
    let permission = Permission::parse(&ask.permission).expect("a permission");
    let attributes: Vec<_> = ask.attributes.iter().map(|(name, value)| (name.clone(), fact(value))).collect();
    match policy.evaluate_trial(&tenant, &permission, &attributes).outcome {
        Ok(verdict) => Expectation::Verdict {
            effect: verdict.effect.as_str().to_owned(),
            reasons: verdict.reasons.iter().map(|reason| reason.code.clone()).collect(),
        },
        Err(wardgate_domain::verdict::Failure::Refused(failure)) => Expectation::Failure { failure },
        Err(failure) => Expectation::Failure { failure: format!("{failure}") },
    }
}

fn fact(value: &Value) -> Fact {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    match value {
        Value::Bool(flag) => Fact::Flag(*flag),
        Value::Number(number) => Fact::Number(number.as_i64().expect("a whole number")),
        Value::Array(texts) => Fact::Texts(texts.iter().map(text).collect()),
        other => Fact::Text(text(other)),
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> T {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
