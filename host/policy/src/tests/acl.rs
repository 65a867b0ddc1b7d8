//! The shipped `acl` takes the access lists that the domain takes, and says of others the same.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use serde_json::json;
use wardgate_domain::Permission;
use wardgate_domain::acl::{LINES, UNITS, check};
use wardgate_domain::fact::Fact;

use super::guests::{PATIENT, engine, tenant};
use crate::{Module, PrepareError, SHIPPED};

fn module() -> &'static Arc<Module> {
    static MODULE: OnceLock<Arc<Module>> = OnceLock::new();
    MODULE.get_or_init(|| {
        let (_, component) = SHIPPED.iter().find(|(name, _)| *name == "acl").expect("a shipped module");
        engine().load(component).expect("a module")
    })
}

/// The first thing that the module has to say about a list.
fn fault(text: &str) -> Option<String> {
    match module().prepare(&json!({ "acl": text }).to_string(), PATIENT) {
        Ok(_) => None,
        Err(PrepareError::Settings(problems)) => {
            assert!(problems.iter().all(|problem| problem.path == "/acl"), "{problems:?}");
            problems.into_iter().next().map(|problem| problem.message)
        }
        Err(failed) => panic!("{failed}"),
    }
}

/// Words of which many a line is a legal one.
fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "ALLOW",
        "DENY",
        "allow",
        "",
        "READ",
        "ALL",
        "kvdb/WRITE",
        "nobody/READ",
        "/ALL",
        "thread/threadGet",
        "thread/threadMessageGet",
        "store/threadGet",
        "thread/threadList",
        "threadId=1",
        "threadId=",
        "messageId=2",
        "storeId=3",
        "threadId",
        "threadId=1=2",
        "=",
        "=1",
        "\r",
    ])
}

fn line() -> impl Strategy<Value = String> {
    let legal = prop::sample::select(vec!["ALLOW ALL", "DENY thread/threadGet threadId=1", "ALLOW store/READ"]);
    prop_oneof![
        legal.prop_map(str::to_owned),
        (prop::sample::select(vec!["ALLOW", "DENY"]), prop::collection::vec(word(), 1..4))
            .prop_map(|(effect, words)| format!("{effect} {}", words.join(" "))),
        prop::collection::vec(word(), 0..4).prop_map(|words| words.join(" ")),
    ]
}

proptest! {
    #[test]
    fn the_policy_and_the_domain_take_the_same_lists(lines in prop::collection::vec(line(), 0..4)) {
        let text = lines.join("\n");
        prop_assert_eq!(fault(&text), check(&text).err().map(|fault| fault.to_string()));
    }
}

#[test]
fn the_policy_and_the_domain_know_the_same_bounds() {
    for lines in [LINES, LINES + 1] {
        let text = vec!["DENY ALL"; lines].join("\n");
        assert_eq!(fault(&text), check(&text).err().map(|fault| fault.to_string()), "{lines} lines");
    }
    // More faults than problems that a module may name.
    let text = vec!["ALLOW"; LINES].join("\n");
    assert_eq!(fault(&text), check(&text).err().map(|fault| fault.to_string()));
    let line = "ALLOW thread/threadGet threadId=";
    let value = "\u{1f600}".repeat((UNITS - line.len()) / 2);
    assert_eq!(fault(&format!("{line}{value}")), None);
    assert_eq!(fault(&format!("{line}{value}x")), Some(format!("at most {UNITS} characters")));
}

#[test]
fn every_function_of_the_table_is_known_and_in_its_groups() {
    let table = include_str!("../../../../guest-modules/acl/functions.txt");
    let permission = Permission::parse("privmx:call").expect("a permission");
    let ask = |acl: &str, function: &str, arguments: &[&str]| {
        let policy = module().prepare(&json!({ "acl": acl }).to_string(), PATIENT).expect("a policy");
        let mut attributes = vec![("resource.function".to_owned(), Fact::Text(function.to_owned()))];
        attributes.extend(arguments.iter().map(|name| (format!("resource.{name}"), Fact::Text((*name).to_owned()))));
        let verdict = policy.evaluate_trial(&tenant(), &permission, &attributes).outcome.expect("a verdict");
        verdict.effect.as_str() == "allow"
    };
    for line in table.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let (area, group, arguments) = (words[0], words[1], &words[3..]);
        let other = if group == "READ" { "WRITE" } else { "READ" };
        let function = format!("{area}/{}", words[2]);
        assert!(ask(&format!("ALLOW {group}\nDENY {other}"), &function, &[]), "{line}");
        assert!(ask(&format!("DENY ALL\nALLOW {area}/{group}"), &function, &[]), "{line}");
        assert!(!ask(&format!("ALLOW ALL\nDENY {area}/{group}"), &function, &[]), "{line}");
        let with = arguments.iter().map(|name| format!("{name}={name}"));
        let with = [format!("ALLOW {function}")].into_iter().chain(with).collect::<Vec<_>>().join(" ");
        assert!(ask(&with, &function, arguments), "{line}");
        assert_eq!(ask(&with, &function, &[]), arguments.is_empty(), "{line}");
    }
}
