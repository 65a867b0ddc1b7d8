//! A recorded decision is found by its id at any time, and only by its own tenant.

use wardgate_domain::kept::{KeptAsk, RecordedAsk, join};
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::{Random, limits};

use super::Bench;
use super::samples::{at, decision, opinions, unknown_decision};
use crate::{LogFull, StorageError};

promises!(
    a_decision_is_found_while_it_waits_and_after_it_is_written,
    a_decision_with_every_kind_of_opinion_comes_back_the_same,
    a_decision_is_its_tenants_own,
    decisions_of_one_flush_share_a_row_up_to_its_bounds,
    a_full_log_refuses_and_takes_again_after_a_flush,
    a_flush_that_failed_or_was_given_up_loses_nothing_and_writes_nothing_twice,
    closing_writes_what_waits,
    old_decisions_are_pruned,
    a_damaged_batch_is_called_corrupt,
    all_decisions_are_read_from_the_newest_on,
    asks_come_back_as_they_were,
    asks_that_wait_have_a_bound,
);

async fn a_decision_is_found_while_it_waits_and_after_it_is_written(bench: Bench) {
    let random = Random::seeded(42);
    let record = decision("a", at(0), &random);
    let log = bench.store.decisions();
    log.record(record.clone()).unwrap();
    assert_eq!(log.waiting(), 1);
    assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), Some(record.clone()));
    log.flush().await.unwrap();
    assert_eq!(log.waiting(), 0);
    assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), Some(record));
    assert_eq!(bench.tenant("a").decision(unknown_decision()).await.unwrap(), None);
}

async fn a_decision_with_every_kind_of_opinion_comes_back_the_same(bench: Bench) {
    let mut full = decision("a", at(0), &Random::seeded(42));
    full.opinions = opinions();
    let mut bare = decision("a", at(1), &Random::seeded(43));
    bare.denial = None;
    bare.permission = None;
    bare.subject = None;
    bare.client_address = None;
    bare.method = None;
    bare.path = None;
    for record in [&full, &bare] {
        bench.store.decisions().record(record.clone()).unwrap();
    }
    bench.store.decisions().flush().await.unwrap();
    for record in [full, bare] {
        assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), Some(record));
    }
}

async fn a_decision_is_its_tenants_own(bench: Bench) {
    let record = decision("b", at(0), &Random::seeded(42));
    bench.store.decisions().record(record.clone()).unwrap();
    assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), None, "while it waits");
    bench.store.decisions().flush().await.unwrap();
    assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), None, "after it is written");
}

async fn decisions_of_one_flush_share_a_row_up_to_its_bounds(bench: Bench) {
    let random = Random::seeded(42);
    let log = bench.store.decisions();
    let mut records: Vec<_> = (0..5_000).map(|n| decision("a", at(n / 100), &random)).collect();
    records.extend((0..3).map(|n| decision("b", at(n * 60_001), &random)));
    for record in &records {
        log.record(record.clone()).unwrap();
    }
    log.flush().await.unwrap();
    // 4,096 and the rest for the first tenant; for the second a row each, since they lie more than a minute apart.
    assert_eq!(log.prune(at(1_000_000), u64::MAX).await.unwrap(), 2 + 3);
    for record in &records {
        log.record(record.clone()).unwrap();
    }
    log.flush().await.unwrap();
    for record in records.into_iter().rev().step_by(97) {
        assert_eq!(bench.store.tenant(&record.tenant).decision(record.id).await.unwrap(), Some(record));
    }
}

async fn a_full_log_refuses_and_takes_again_after_a_flush(bench: Bench) {
    let record = decision("a", at(0), &Random::seeded(42));
    let log = bench.store.decisions();
    for _ in 0..limits::DECISIONS_WAITING {
        log.record(record.clone()).unwrap();
    }
    assert_eq!(log.record(record.clone()), Err(LogFull));
    log.flush().await.unwrap();
    assert_eq!(log.record(record), Ok(()));
}

async fn a_flush_that_failed_or_was_given_up_loses_nothing_and_writes_nothing_twice(bench: Bench) {
    let random = Random::seeded(42);
    let log = bench.store.decisions();
    let first = decision("a", at(0), &random);
    let second = decision("a", at(1), &random);
    log.record(first.clone()).unwrap();
    bench.run("ALTER TABLE decision_batches RENAME TO gone").await;
    assert!(matches!(log.flush().await, Err(StorageError::Unavailable(_))));
    log.record(second.clone()).unwrap();
    assert_eq!(log.waiting(), 2);
    assert_eq!(bench.tenant("a").decision(first.id).await.ok(), Some(Some(first.clone())), "it is in flight");
    bench.run("ALTER TABLE gone RENAME TO decision_batches").await;
    let mut flush = Box::pin(log.flush());
    // Given up after its first step.
    let _ = std::future::poll_fn(|context| std::task::Poll::Ready(flush.as_mut().poll(context))).await;
    drop(flush);
    log.flush().await.unwrap();
    assert_eq!(log.waiting(), 0);
    for record in [first, second] {
        assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), Some(record));
    }
    assert_eq!(log.prune(at(1_000_000), u64::MAX).await.unwrap(), 2, "a row for each flush");
}

async fn closing_writes_what_waits(mut bench: Bench) {
    let record = decision("a", at(0), &Random::seeded(42));
    bench.store.decisions().record(record.clone()).unwrap();
    bench.reopen().await;
    assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), Some(record));
}

async fn old_decisions_are_pruned(bench: Bench) {
    let random = Random::seeded(42);
    let old = decision("a", at(0), &random);
    let young = decision("a", at(100_000), &random);
    for record in [&old, &young] {
        bench.store.decisions().record(record.clone()).unwrap();
    }
    bench.store.decisions().flush().await.unwrap();
    assert_eq!(bench.store.decisions().prune(at(50_000), u64::MAX).await.unwrap(), 1);
    assert_eq!(bench.tenant("a").decision(old.id).await.unwrap(), None);
    assert_eq!(bench.tenant("a").decision(young.id).await.unwrap(), Some(young));
}

async fn a_damaged_batch_is_called_corrupt(bench: Bench) {
    let record = decision("a", at(0), &Random::seeded(42));
    bench.store.decisions().record(record.clone()).unwrap();
    bench.store.decisions().flush().await.unwrap();
    for sql in ["UPDATE decision_batches SET records = x'01ff'", "UPDATE decision_batches SET records = x'03'"] {
        bench.tamper(sql).await;
        let error = bench.tenant("a").decision(record.id).await.unwrap_err();
        assert!(matches!(error, StorageError::Corrupt { column: "records", .. }), "not told: {error}");
    }
}

/// An ask of about `length` bytes, with `mark` in it.
fn ask(length: u16, mark: u8) -> RecordedAsk {
    let mut part = length.to_le_bytes().to_vec();
    part.resize(usize::from(length) + 2, mark);
    RecordedAsk::Kept(KeptAsk { bytes: join([&part[..]].into_iter()), rate_remaining: Some(mark.into()) })
}

async fn all_decisions_are_read_from_the_newest_on(bench: Bench) {
    let random = Random::seeded(42);
    let log = bench.store.decisions();
    let mut records: Vec<DecisionRecord> = Vec::new();
    // Many short rows, more than are read together, and a few long ones.
    for n in 0..700 {
        let mark = u8::try_from(n % 251).unwrap();
        records.push(DecisionRecord { ask: ask(4_000, mark), ..decision("a", at(n * 61_000), &random) });
    }
    records.extend((0..5_000).map(|n| decision("a", at(700 * 61_000 + n), &random)));
    for record in records.iter().chain([&decision("b", at(5), &random)]) {
        log.record(record.clone()).unwrap();
    }
    let tenant = bench.tenant("a");
    assert!(tenant.decisions_before(None).await.unwrap().is_empty(), "nothing is written yet");
    log.flush().await.unwrap();
    let (mut found, mut place, mut reads) = (Vec::new(), None, 0);
    loop {
        let batches = tenant.decisions_before(place.as_ref()).await.unwrap();
        let Some(last) = batches.last() else { break };
        place = Some(last.place.clone());
        for batch in &batches {
            found.extend(batch.read().unwrap());
        }
        reads += 1;
    }
    records.reverse();
    assert!(found == records, "{} of {} decisions, or not in their order", found.len(), records.len());
    assert_eq!(reads, 2);
}

async fn asks_come_back_as_they_were(bench: Bench) {
    let random = Random::seeded(42);
    let asks = [
        RecordedAsk::Unneeded,
        RecordedAsk::TooLong,
        RecordedAsk::Withheld,
        RecordedAsk::Crowded,
        ask(9, 1),
        ask(9, 2),
    ];
    let records: Vec<_> = asks.into_iter().map(|ask| DecisionRecord { ask, ..decision("a", at(0), &random) }).collect();
    for record in &records {
        bench.store.decisions().record(record.clone()).unwrap();
    }
    bench.store.decisions().flush().await.unwrap();
    for record in records {
        assert_eq!(bench.tenant("a").decision(record.id).await.unwrap(), Some(record));
    }
}

async fn asks_that_wait_have_a_bound(bench: Bench) {
    let log = bench.store.decisions();
    let one = DecisionRecord { ask: ask(8_000, 1), ..decision("a", at(0), &Random::seeded(42)) };
    let fit = limits::KEPT_ASKS_WAITING_BYTES / one.ask.len_bytes();
    let random = Random::seeded(43);
    let mut last = one.clone();
    for _ in 0..=fit {
        last = DecisionRecord { id: random.decision_id(at(1)), ..one.clone() };
        log.record(last.clone()).unwrap();
    }
    let kept = bench.tenant("a").decision(last.id).await.unwrap().map(|record| record.ask);
    assert_eq!(kept, Some(RecordedAsk::Crowded), "the decision is kept, without its ask");
    log.flush().await.unwrap();
    log.record(one.clone()).unwrap();
    assert_eq!(bench.tenant("a").decision(one.id).await.unwrap(), Some(one), "room again after a flush");
}
