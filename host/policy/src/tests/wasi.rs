//! Sealed WASI, and guests that look for a way out of it.

use std::time::{Duration, Instant};

use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Effect, Failure};
use wardgate_domain::{Permission, Timestamp};

use super::guests::{PATIENT, ask, component, engine, load, permission, policy, prepared, tenant, text};
use crate::limits::LOG_BYTES;
use crate::{Bounds, Engine, EngineOptions, Evaluation, LoadError, LogLevel, LogLine};

/// Asks the guest `hostile/wasi/NAME.wat` at a moment of November 2023.
fn run(name: &str) -> Evaluation {
    let now = ("time.now-ms".to_owned(), Fact::Number(1_700_000_000_125));
    ask(&policy(&format!("wasi/{name}"), &[]), &[now])
}

#[track_caller]
fn check_allows(name: &str) {
    assert_eq!(run(name).outcome.expect("a verdict").effect, Effect::Allow, "{name}");
}

#[track_caller]
fn check_ends(name: &str, word: &str) {
    let Err(Failure::Trap(trap)) = run(name).outcome else { panic!("{name} did not trap") };
    assert!(trap.contains(word), "{name}: {trap}");
}

#[test]
fn clocks_show_the_time_of_the_ask_and_stand_still() {
    check_allows("clocks");
}

#[test]
fn chance_is_the_same_for_the_same_ask_and_for_no_other() {
    let draws = |text: &str, permission: &str, subject: &str, now_ms: i64| {
        let permission = Permission::parse(permission).expect("a permission");
        let attributes = [
            ("subject.id".to_owned(), Fact::Text(subject.to_owned())),
            ("time.now-ms".to_owned(), Fact::Number(now_ms)),
        ];
        let lines = prepared(text, &["subject.id"], PATIENT).evaluate_trial(&tenant(), &permission, &attributes).log;
        lines.into_iter().map(|line| line.message).collect::<Vec<_>>()
    };
    let text = text("wasi/chance");
    let one = draws(&text, "a:b", "s", 1);
    assert_eq!(one.len(), 2);
    assert_ne!(one[0], one[1]);
    assert_ne!(one, draws(&text, "a:c", "s", 1));
    assert_ne!(one, draws(&text, "a:b", "t", 1));
    // Not of the time, which it is not given, nor of its version.
    assert_eq!(one, draws(&text, "a:b", "s", 2));
    assert_eq!(one, draws(&format!("{text} (func $other)"), "a:b", "s", 1));
}

#[test]
fn chance_is_bounded() {
    check_ends("greedy-chance", "more than 16384 bytes");
}

#[test]
fn whoever_sleeps_is_ended_at_once() {
    let began = Instant::now();
    check_ends("sleep", "time stands still");
    check_ends("sleep-in-poll", "time stands still");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn what_is_ready_is_not_waited_for() {
    check_allows("nap");
}

#[test]
fn a_flood_of_output_is_bounded_in_bytes_and_time() {
    for name in ["output-flood", "output-flood-of-lines"] {
        let flood = prepared(&text(&format!("wasi/{name}")), &[], Bounds { wall_ms: 30, ..PATIENT });
        let evaluation = ask(&flood, &[]);
        assert_eq!(evaluation.outcome, Err(Failure::Timeout), "{name}");
        assert!(evaluation.log.iter().map(|line| line.message.len()).sum::<usize>() <= LOG_BYTES, "{name}");
        assert!((1..=LOG_BYTES).contains(&evaluation.log.len()), "{name}");
        assert!(evaluation.log.iter().all(|line| !line.message.contains(char::is_control)), "{name}");
    }
    check_ends("output-flood-of-zeros", "more than 4096 bytes");
}

#[test]
fn output_is_logged_line_by_line() {
    let line = |level, message: &str| LogLine { level, message: message.to_owned() };
    let evaluation = run("chatter");
    assert_eq!(evaluation.outcome.expect("a verdict").effect, Effect::Allow);
    // Lines without an end come last.
    let expected = [
        line(LogLevel::Error, "hi"),
        line(LogLevel::Info, "hi"),
        line(LogLevel::Info, "\u{fffd}?[31m"),
        line(LogLevel::Warn, "hi"),
    ];
    assert_eq!(evaluation.log, expected);
}

#[test]
fn handles_are_bounded_at_a_time() {
    check_ends("handles", "another handle");
    check_allows("handles-given-back");
}

#[test]
fn whoever_exits_has_not_allowed() {
    check_ends("exit", "wasi:cli/exit");
}

#[test]
fn there_is_nothing_to_find() {
    check_allows("snoop");
}

#[test]
fn there_is_no_network() {
    check_allows("network");
    check_ends("http", "wasi:http/types#[constructor]fields");
}

#[test]
fn a_handle_that_nobody_gave_is_refused() {
    let outcome = run("forger").outcome;
    assert!(matches!(outcome, Err(Failure::Trap(_) | Failure::BadAnswer(_))), "{outcome:?}");
}

#[test]
fn an_answer_that_asked_for_the_time_or_wrote_is_not_remembered() {
    use wardgate_domain::ask::Ask;
    use wardgate_domain::attribute::{CallFacts, SubjectKind};

    let headers = http::HeaderMap::new();
    let call = Ask::new(&headers);
    let grants = wardgate_domain::Grants::default();
    let facts = |now_ms| CallFacts {
        ask: &call,
        subject: "s",
        subject_kind: SubjectKind::ApiKey,
        grants: &grants,
        key: None,
        rate_remaining: None,
        now: Timestamp::from_ms(now_ms),
    };
    let second_is_remembered = |name: &str, permission: &Permission| {
        let (policy, memo) = (policy(&format!("wasi/{name}"), &[]), engine().memo());
        let ask = |now_ms| policy.evaluate(&memo, &tenant(), permission, &facts(now_ms));
        assert!(ask(1).outcome.is_ok(), "{name}");
        ask(2).remembered
    };
    assert!(second_is_remembered("innocent", &permission()));
    assert!(second_is_remembered("snoop", &permission()));
    let long = Permission::parse("nexus:consumer:chat:long").expect("a permission");
    assert!(!second_is_remembered("innocent", &long));
    for name in ["clocks", "chance", "chatter"] {
        assert!(!second_is_remembered(name, &permission()), "{name}");
    }
}

#[test]
fn a_server_without_wasi_refuses_it_by_name_and_takes_the_rest() {
    let engine =
        Engine::new(EngineOptions { instances: 1, wasi: false, ..EngineOptions::default() }).expect("an engine");
    let load = |name: &str| engine.load(&component(&text(name), &[]));
    let refused = load("wasi/clocks").unwrap_err();
    assert!(matches!(&refused, LoadError::NoWasi(import) if import.starts_with("wasi:clocks/")), "{refused:?}");
    assert!(refused.to_string().contains("wasi = false"), "{refused}");
    assert!(load("smuggler").is_ok() && load("log-flood").is_ok());
}

#[test]
fn every_hostile_guest_of_wasi_is_taken() {
    for name in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/hostile/wasi")).expect("a folder") {
        let name = name.expect("an entry").file_name().into_string().expect("UTF-8");
        if let Some(name) = name.strip_suffix(".wat") {
            let module = load(&format!("wasi/{name}")).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(module.world(), crate::World::Wasi, "{name}");
        }
    }
}
