//! What Wardgate reads in settings itself, and how problems come back.

use super::guests::{PATIENT, component, engine};
use crate::PrepareError;

/// Problems of `settings`, as pointers, of a module that takes everything.
fn problems(settings: &str) -> Vec<String> {
    let module = engine().load(&component("", &[])).expect("a module");
    match module.prepare(settings, PATIENT) {
        Ok(_) => Vec::new(),
        Err(PrepareError::Settings(problems)) => problems.into_iter().map(|problem| problem.path).collect(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn settings_are_json_within_their_bound() {
    assert_eq!(problems("{}"), Vec::<String>::new());
    assert_eq!(problems(""), [""]);
    assert_eq!(problems("{"), [""]);
    assert_eq!(problems(&format!("\"{}\"", "a".repeat(65_534))), Vec::<String>::new());
    assert_eq!(problems(&format!("\"{}\"", "a".repeat(65_535))), [""]);
}

#[test]
fn a_time_zone_must_exist() {
    assert_eq!(problems(r#"{"time.zone": "Europe/Berlin"}"#), Vec::<String>::new());
    for zone in [r#""Europe/Atlantis""#, "1", "null", r#""""#, r#""../../etc/passwd""#] {
        assert_eq!(problems(&format!("{{\"time.zone\": {zone}}}")), ["/time.zone"], "{zone}");
    }
}

#[test]
fn a_refusal_without_a_problem_is_a_bad_answer() {
    let text = "(func $prepare (param i32 i32) (result i32) (i32.store8 (i32.const 1100) (i32.const 1)) \
                (i32.const 1100))";
    let module = engine().load(&component(text, &[])).expect("a module");
    assert!(matches!(module.prepare("{}", PATIENT).unwrap_err(), PrepareError::Failed(_)));
}
