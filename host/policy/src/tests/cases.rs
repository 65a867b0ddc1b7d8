//! The cases of the shipped policies, run against their built components, and what is no case.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::guests::{PATIENT, component, engine};
use crate::SHIPPED;
use crate::cases::{self, Case};

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
            let result = cases::run(&module, &sample, &read::<Case>(&file), PATIENT);
            assert!(result.passed(), "{name}: {}: {} instead of {}", result.name, result.got, result.expected);
        }
    }
}

#[test]
fn a_case_that_is_not_met_says_what_was_answered() {
    let module = engine().load(&component("", &[])).expect("a module");
    let ask = r#""ask": {"tenant": "demo", "permission": "a:b"}"#;
    for (expect, passed) in [
        (r#"{"effect": "allow"}"#, true),
        (r#"{"effect": "allow", "reasons": ["why"]}"#, false),
        (r#"{"effect": "deny"}"#, false),
        (r#"{"failure": "allow"}"#, false),
        (r#"{"problems": []}"#, false),
    ] {
        let case: Case =
            serde_json::from_str(&format!(r#"{{"name": "n", {ask}, "expect": {expect}}}"#)).expect("a case");
        let result = cases::run(&module, "{}", &case, PATIENT);
        assert_eq!((result.passed(), result.got.to_string().as_str()), (passed, "allow"), "{expect}");
    }
    let case = r#"{"name": "n", "settings": {"time.zone": "Mars/Olympus"}, "expect": {"problems": []}}"#;
    let result = cases::run(&module, "{}", &serde_json::from_str(case).expect("a case"), PATIENT);
    assert!(!result.passed());
    assert_eq!(result.got.to_string(), "problems at /time.zone");
    assert_eq!(result.messages, ["must be an IANA time zone such as Europe/Berlin"]);
}

#[test]
fn what_is_no_case_is_told() {
    for (case, why) in [
        (r#"{"name": "n"}"#, "missing field `expect`"),
        (r#"{"name": "n", "expect": {"effect": "dney"}}"#, "effect must be deny, allow or abstain"),
        (r#"{"name": "n", "expect": {"effect": "deny", "reason": []}}"#, "unknown field `reason`"),
        (r#"{"name": "n", "expect": {"failure": "x", "problems": []}}"#, "must have effect"),
        (r#"{"name": "n", "expect": {"effect": "deny"}, "ask": {"tenant": "a b", "permission": "a:b"}}"#, ""),
        (r#"{"name": "n", "expect": {"effect": "deny"}, "ask": {"tenant": "a", "permission": "a:*"}}"#, ""),
        (
            r#"{"name": "n", "expect": {"effect": "deny"}, "ask": {"tenant": "a", "permission": "a", "attributes": {"x": 1.5}}}"#,
            "x must be a text",
        ),
    ] {
        let error = serde_json::from_str::<Case>(case).err().unwrap_or_else(|| panic!("{case} was taken"));
        assert!(error.to_string().contains(why), "{case}: {error}");
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> T {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
