//! Remembered answers are the same as fresh ones.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wardgate_domain::ask::Ask;
use wardgate_domain::attribute::{CallFacts, SubjectKind};
use wardgate_domain::fact::{Fact, Facts};
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::route::Target;
use wardgate_domain::verdict::Failure;
use wardgate_domain::{Grants, Permission, TenantId, Timestamp};

use super::guests::{PATIENT, engine, permission, policy, prepared, tenant};
use crate::{Memo, Policy, SHIPPED};

const MEMO_BYTES: u64 = 1024 * 1024;

/// A call, owned, from so small a world that calls are repeated and calls that are alike are many.
#[derive(Debug, Clone)]
struct Call {
    tenant: &'static str,
    permission: &'static str,
    method: Option<&'static str>,
    query: String,
    headers: Vec<(&'static str, &'static str)>,
    context: Facts,
    size: Option<u64>,
    now_ms: i64,
}

impl Call {
    fn with<R>(&self, look: impl FnOnce(&TenantId, &Permission, &CallFacts<'_>) -> R) -> R {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let target = format!("/p?{}", self.query);
        let ask = Ask {
            method: self.method,
            target: Some(Target::parse(&target)),
            context: Some(&self.context),
            size: self.size,
            ..Ask::new(&headers)
        };
        let facts = CallFacts {
            ask: &ask,
            subject: "s",
            subject_kind: SubjectKind::ApiKey,
            grants: &Grants::default(),
            key: None,
            rate_remaining: None,
            now: Timestamp::from_ms(self.now_ms),
        };
        let tenant = TenantId::parse(self.tenant).expect("a tenant id");
        look(&tenant, &Permission::parse(self.permission).expect("a permission"), &facts)
    }
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        "[ab]{0,2}".prop_map(Fact::Text),
        (0..2_i64).prop_map(Fact::Number),
        any::<bool>().prop_map(Fact::Flag),
        prop::collection::vec("[ab]{0,1}", 0..3).prop_map(Fact::Texts),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    let header = prop::sample::select(vec![
        ("x-a", "1"),
        ("x-a", "2"),
        ("x-b", "1"),
        ("origin", "https://shop.example.com"),
        ("cookie", "c"),
    ]);
    (
        prop::sample::select(vec!["a", "b", "ab"]),
        prop::sample::select(vec!["b:c", "c", "nexus:consumer:chat"]),
        prop::option::of(prop::sample::select(vec!["GET", "POST"])),
        "(q=[ab]?)?(&(q|r)=[ab]?)?",
        prop::collection::vec(header, 0..3),
        prop::collection::btree_map("[xy]", fact(), 0..3),
        prop::option::of(0..3_u64),
        0..200_000_i64,
    )
        .prop_map(|(tenant, permission, method, query, headers, context, size, now_ms)| Call {
            tenant,
            permission,
            method,
            query,
            headers,
            context,
            size,
            now_ms,
        })
}

fn check_same(policy: &Policy, memo: &Memo, calls: &[Call]) {
    for call in calls.iter().chain(calls) {
        call.with(|tenant, permission, facts| {
            let fresh = policy.evaluate_fresh(tenant, permission, facts).outcome;
            let looked = policy.evaluate(memo, tenant, permission, facts);
            assert_eq!(looked.outcome, fresh, "remembered: {}, {call:?}", looked.remembered);
            let kept = RecordedAsk::of(facts, None).kept().expect("short enough").clone();
            let kept = kept.read(facts.now).expect("ours");
            let again = policy.evaluate_kept(&Memo::new(0), tenant, permission, &kept).expect("nothing was left out");
            assert_eq!((&again.outcome, again.remembered), (&fresh, false), "kept: {call:?}");
            let known = policy.remembered(memo, tenant, permission, facts);
            assert_eq!(known, fresh.ok(), "{call:?}");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_remembered_answer_is_the_fresh_answer(calls in prop::collection::vec(call(), 1..40)) {
        let reads = [
            "request.method", "request.header.x-a", "request.header.*", "request.query.*", "context.*", "context.x",
            "request.size", "time.minute", "time.date", "subject.kind",
        ];
        let memo = Memo::new(MEMO_BYTES);
        check_same(&policy("hasher", &reads), &memo, &calls);
        prop_assert!(memo.hits() > 0);
    }
}

#[test]
fn a_shipped_policys_remembered_answers_are_its_fresh_answers() {
    let (_, component) = SHIPPED.iter().find(|(name, _)| *name == "consumer-chat").expect("a shipped module");
    let settings = r#"{"origins": ["https://shop.example.com"], "methods": ["POST"], "max_body_bytes": 1}"#;
    let policy = engine().load(component).expect("a module").prepare(settings, PATIENT).expect("a policy");
    let mut runner = TestRunner::deterministic();
    let calls = prop::collection::vec(call(), 200).new_tree(&mut runner).expect("calls").current();
    check_same(&policy, &Memo::new(MEMO_BYTES), &calls);
}

fn plain(tenant: &'static str) -> Call {
    let nothing = BTreeMap::new();
    let (query, headers) = (String::new(), Vec::new());
    Call { tenant, permission: "p", method: None, query, headers, context: nothing, size: None, now_ms: 0 }
}

fn ask(policy: &Policy, memo: &Memo, call: &Call) -> crate::Evaluation {
    call.with(|tenant, permission, facts| policy.evaluate(memo, tenant, permission, facts))
}

#[test]
fn the_second_look_is_remembered_and_counted() {
    let (policy, memo) = (policy("hasher", &[]), Memo::new(MEMO_BYTES));
    assert!(!ask(&policy, &memo, &plain("a")).remembered);
    assert!(ask(&policy, &memo, &plain("a")).remembered);
    assert!(!ask(&policy, &memo, &plain("b")).remembered);
    assert_eq!((memo.hits(), memo.misses()), (1, 2));
}

#[test]
fn settings_and_modules_do_not_share_answers() {
    let memo = Memo::new(MEMO_BYTES);
    let hasher = policy("hasher", &[]);
    let other = hasher.module().prepare("{\"a\": 1}", PATIENT).expect("a policy");
    let third = policy("smuggler", &[]);
    for policy in [&hasher, &other, &third] {
        assert!(!ask(policy, &memo, &plain("a")).remembered);
    }
    assert_ne!(hasher.version(), other.version());
}

#[test]
fn a_failure_is_not_remembered() {
    let (policy, memo) = (policy("unreachable", &[]), Memo::new(MEMO_BYTES));
    for _ in 0..2 {
        let evaluation = ask(&policy, &memo, &plain("a"));
        assert!(matches!(evaluation.outcome, Err(Failure::Trap(_))) && !evaluation.remembered);
    }
}

#[test]
fn what_may_write_a_log_or_sees_the_millisecond_is_never_remembered() {
    let chatty = r#"(import "wardgate:policy/log@1.0.0" "emit" (func $emit (param i32 i32 i32)))
      (func $evaluate (type $evaluate)
        (call $emit (i32.const 1) (i32.const 16) (i32.const 4)) (i32.const 1200))"#;
    for policy in [prepared(chatty, &[], PATIENT), policy("hasher", &["time.now-ms"])] {
        let memo = Memo::new(MEMO_BYTES);
        ask(&policy, &memo, &plain("a"));
        assert!(!ask(&policy, &memo, &plain("a")).remembered);
        assert!(plain("a").with(|t, p, facts| policy.remembered(&memo, t, p, facts)).is_none());
    }
}

#[test]
fn what_was_logged_comes_with_the_answer() {
    let chatty = r#"(import "wardgate:policy/log@1.0.0" "emit" (func $emit (param i32 i32 i32)))
      (func $evaluate (type $evaluate)
        (call $emit (i32.const 3) (i32.const 16) (i32.const 4)) (i32.const 1200))"#;
    let log = prepared(chatty, &[], PATIENT).evaluate_trial(&tenant(), &permission(), &[]).log;
    assert_eq!(log, [crate::LogLine { level: crate::LogLevel::Error, message: "test".to_owned() }]);
}

#[test]
fn the_memo_stays_within_its_bytes() {
    let (policy, memo) = (policy("hasher", &["request.query.*"]), Memo::new(64 * 1024));
    for nth in 0..2_000 {
        ask(&policy, &memo, &Call { query: format!("q={nth}"), ..plain("a") });
    }
    assert!(memo.bytes() <= 64 * 1024, "{} bytes", memo.bytes());
}

#[test]
fn an_ask_that_is_too_long_to_remember_is_still_answered() {
    let (policy, memo) = (policy("hasher", &["request.query.*"]), Memo::new(MEMO_BYTES));
    let call = Call { query: format!("q={}", "x".repeat(9_000)), ..plain("a") };
    for _ in 0..2 {
        let evaluation = ask(&policy, &memo, &call);
        assert!(evaluation.outcome.is_ok() && !evaluation.remembered);
    }
}
