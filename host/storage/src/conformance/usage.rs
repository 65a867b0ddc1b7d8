//! Decisions are counted once, by minute and hour, for their own tenant, and as long as they are to be.

use wardgate_domain::denial::DenialCode;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::usage::{UsageCount, UsageSpan, UsageStep};
use wardgate_domain::{Random, limits};

use super::Bench;
use super::samples::{at, decision, tenant};
use crate::StorageError;

promises!(
    decisions_are_counted_by_minute_and_hour,
    a_flush_that_is_repeated_counts_nothing_twice,
    usage_is_its_tenants_own_and_ends_with_it,
    old_counts_are_pruned_and_the_sum_stays,
    a_damaged_count_is_called_corrupt,
);

/// A minute and an hour, in milliseconds.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// [`at`] is 13 minutes and 20 seconds past the hour.
const PAST: i64 = 13 * MINUTE + 20_000;

async fn make_tenants(bench: &Bench) {
    for id in ["a", "b"] {
        bench.change(id, async |change| change.put_tenant(&tenant(id)).await.unwrap()).await;
    }
}

fn decide(bench: &Bench, random: &Random, all: &[(&str, i64, Option<DenialCode>)]) {
    for (tenant, ms, denial) in all {
        let record = DecisionRecord { denial: *denial, ..decision(tenant, at(*ms), random) };
        bench.store.decisions().record(record).unwrap();
    }
}

/// What is counted, each with its distance from [`at`]'s full minute or hour.
async fn counted(bench: &Bench, tenant: &str, step: UsageStep) -> Vec<(i64, &'static str, u64)> {
    let start = step.begin(at(0)).as_ms();
    let end = at(limits::USAGE_BUCKETS * step.ms() - 2 * HOUR);
    let span = UsageSpan::new(step, Some(at(-HOUR)), end).unwrap();
    let counts = bench.tenant(tenant).usage(span).await.unwrap();
    let shown = |one: UsageCount| (one.at.as_ms() - start, DenialCode::code_of(one.code), one.decisions);
    counts.into_iter().map(shown).collect()
}

async fn ever(bench: &Bench, tenant: &str) -> Vec<(&'static str, u64)> {
    let counts = bench.tenant(tenant).usage_ever().await.unwrap();
    counts.into_iter().map(|one| (DenialCode::code_of(one.code), one.decisions)).collect()
}

async fn decisions_are_counted_by_minute_and_hour(bench: Bench) {
    make_tenants(&bench).await;
    let (random, denied) = (Random::seeded(42), Some(DenialCode::PolicyDenied));
    decide(&bench, &random, &[("a", 0, None), ("a", 1, denied), ("b", 2, None), ("a", 39_999, None)]);
    assert_eq!(counted(&bench, "a", UsageStep::Minute).await, [], "it waits");
    bench.store.decisions().flush().await.unwrap();
    decide(&bench, &random, &[("a", 40_000, None), ("a", 39_998, None), ("a", HOUR - PAST, denied)]);
    bench.store.decisions().flush().await.unwrap();
    let minutes =
        [(0, "allowed", 3), (0, "policy_denied", 1), (MINUTE, "allowed", 1), (HOUR - 13 * MINUTE, "policy_denied", 1)];
    assert_eq!(counted(&bench, "a", UsageStep::Minute).await, minutes);
    let hours = [(0, "allowed", 4), (0, "policy_denied", 1), (HOUR, "policy_denied", 1)];
    assert_eq!(counted(&bench, "a", UsageStep::Hour).await, hours);
    assert_eq!(ever(&bench, "a").await, [("allowed", 4), ("policy_denied", 2)]);
    // A span has its first moment in it and its last not.
    let begin = UsageStep::Minute.begin(at(0));
    for (from, to, expected) in [(0, MINUTE, 2), (MINUTE, 2 * MINUTE, 1), (-MINUTE, 0, 0)] {
        let moment = |ms: i64| wardgate_domain::Timestamp::from_ms(begin.as_ms() + ms);
        let span = UsageSpan::new(UsageStep::Minute, Some(moment(from)), moment(to)).unwrap();
        assert_eq!(bench.tenant("a").usage(span).await.unwrap().len(), expected, "{from} {to}");
    }
}

async fn a_flush_that_is_repeated_counts_nothing_twice(mut bench: Bench) {
    make_tenants(&bench).await;
    let random = Random::seeded(42);
    let log = |bench: &Bench| bench.store.decisions().waiting();
    let record = decision("a", at(0), &random);
    bench.store.decisions().record(record.clone()).unwrap();
    // Neither the batch nor its count is there without the other.
    bench.run("ALTER TABLE usage RENAME TO gone").await;
    assert!(matches!(bench.store.decisions().flush().await, Err(StorageError::Unavailable(_))));
    bench.run("ALTER TABLE gone RENAME TO usage").await;
    assert_eq!(bench.store.decisions().prune(at(1), u64::MAX).await.unwrap(), 0, "the batch went without its count");
    bench.store.decisions().flush().await.unwrap();
    assert_eq!(ever(&bench, "a").await, [("policy_denied", 1)]);
    // As after a commit of which nobody was told.
    bench.store.decisions().record(record).unwrap();
    bench.store.decisions().flush().await.unwrap();
    assert_eq!(log(&bench), 0);
    assert_eq!(ever(&bench, "a").await, [("policy_denied", 1)]);
    bench.reopen().await;
    assert_eq!(counted(&bench, "a", UsageStep::Hour).await, [(0, "policy_denied", 1)]);
}

async fn usage_is_its_tenants_own_and_ends_with_it(bench: Bench) {
    make_tenants(&bench).await;
    let random = Random::seeded(42);
    decide(&bench, &random, &[("a", 0, None), ("b", 0, None), ("b", 1, None)]);
    bench.store.decisions().flush().await.unwrap();
    assert_eq!((ever(&bench, "a").await, ever(&bench, "b").await), (vec![("allowed", 1)], vec![("allowed", 2)]));
    decide(&bench, &random, &[("a", 2, None), ("b", 2, None)]);
    bench.change("a", async |change| assert!(change.delete_tenant().await.unwrap())).await;
    bench.store.decisions().flush().await.unwrap();
    for step in UsageStep::ALL {
        assert_eq!(counted(&bench, "a", step).await, [], "what was under way was counted for nobody");
        assert_eq!(counted(&bench, "b", step).await, [(0, "allowed", 3)]);
    }
    assert_eq!(ever(&bench, "a").await, []);
}

async fn old_counts_are_pruned_and_the_sum_stays(bench: Bench) {
    make_tenants(&bench).await;
    let random = Random::seeded(42);
    decide(&bench, &random, &[("a", 0, None), ("a", HOUR, None)]);
    bench.store.decisions().flush().await.unwrap();
    let (minutes, hours) = (limits::USAGE_MINUTES_KEPT_HOURS * HOUR, limits::USAGE_HOURS_KEPT_DAYS * 24 * HOUR);
    let prune = async |ms: i64| bench.store.decisions().prune_usage(at(ms)).await.unwrap();
    assert_eq!(prune(minutes - 20_000).await, 0);
    assert_eq!(prune(minutes + MINUTE).await, 1);
    assert_eq!(counted(&bench, "a", UsageStep::Minute).await, [(HOUR, "allowed", 1)]);
    assert_eq!(counted(&bench, "a", UsageStep::Hour).await, [(0, "allowed", 1), (HOUR, "allowed", 1)]);
    assert_eq!(prune(hours).await, 2, "the last minute and the first hour");
    assert_eq!(counted(&bench, "a", UsageStep::Hour).await, [(HOUR, "allowed", 1)]);
    assert_eq!(ever(&bench, "a").await, [("allowed", 2)]);
    let plan = bench.plan("SELECT * FROM usage WHERE step = 'minute' AND at_ms < 1 ORDER BY at_ms LIMIT 5").await;
    assert!(plan.contains("usage_by_age") && !plan.contains("SCAN"), "{plan}");
}

async fn a_damaged_count_is_called_corrupt(bench: Bench) {
    make_tenants(&bench).await;
    decide(&bench, &Random::seeded(42), &[("a", 0, None)]);
    bench.store.decisions().flush().await.unwrap();
    bench.tamper("UPDATE usage SET decisions = -1").await;
    let error = bench.tenant("a").usage_ever().await.unwrap_err();
    let told = matches!(&error, StorageError::Corrupt { table: "usage", id, column: "decisions" } if id == "allowed");
    assert!(told, "not told: {error}");
    bench.tamper("UPDATE usage SET code = 'nothing'").await;
    let error = bench.tenant("a").usage_ever().await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { column: "code", .. }), "not told: {error}");
}
