//! Each bound, and the guest that tries to break it.

use std::time::Duration;

use wardgate_domain::verdict::Failure;

use super::guests::{PATIENT, ask, component, load, policy, prepared, text};
use crate::cost::Cost;
use crate::limits::LOG_BYTES;
use crate::{Bounds, Engine, EngineOptions, Evaluation, LoadError, PrepareError};

/// Asks the guest `name`, which ends at its bound of `wall_ms` if at no other.
fn run(name: &str, wall_ms: u32) -> Evaluation {
    ask(&prepared(&text(name), &[], Bounds { wall_ms, ..PATIENT }), &[])
}

#[test]
fn an_endless_evaluation_ends_at_its_wall_clock() {
    for name in ["endless-evaluate", "endless-memory-copy"] {
        let evaluation = run(name, 20);
        assert_eq!(evaluation.outcome, Err(Failure::Timeout), "{name}");
        let cost = Duration::from_micros(evaluation.cost_us.into());
        assert!(cost >= Duration::from_millis(20), "{name} was cut off after {cost:?}");
        assert!(cost < Duration::from_secs(2), "{name} ran for {cost:?}");
    }
}

#[test]
fn an_endless_description_ends_at_its_wall_clock() {
    assert_eq!(load("endless-describe").unwrap_err(), LoadError::Describe(Failure::Timeout));
}

#[test]
fn an_endless_preparation_ends_at_its_wall_clock() {
    let module = load("endless-prepare").expect("a module");
    assert_eq!(module.prepare("{}", PATIENT).unwrap_err(), PrepareError::Failed(Failure::Timeout));
}

#[test]
fn an_endless_allocation_ends_at_its_wall_clock() {
    let module = load("endless-realloc").expect("a module");
    assert_eq!(module.prepare("{}", PATIENT).unwrap_err(), PrepareError::Failed(Failure::Timeout));
}

#[test]
fn an_endless_start_ends_at_its_wall_clock() {
    assert_eq!(load("endless-start").unwrap_err(), LoadError::Describe(Failure::Timeout));
}

#[test]
fn memory_stops_growing_at_its_bound() {
    assert_eq!(run("memory-growth", 1_000).outcome, Err(Failure::Memory));
}

#[test]
fn memory_may_not_begin_above_its_bound() {
    let module = load("memory-at-birth").expect("the pool has 64 MiB for an instance");
    let tight = module.prepare("{}", PATIENT).unwrap_err();
    assert_eq!(tight, PrepareError::Failed(Failure::Memory));
    module.prepare("{}", Bounds { memory_mib: 64, ..PATIENT }).expect("32 MiB are within 64");
}

#[test]
fn tables_stop_growing_at_their_bound() {
    assert_eq!(run("table-growth", 1_000).outcome, Err(Failure::Memory));
}

#[test]
fn tables_may_not_begin_above_their_bound() {
    assert!(matches!(load("table-at-birth").unwrap_err(), LoadError::Invalid(_)));
}

#[test]
fn recursion_ends_at_the_stack() {
    let Err(Failure::Trap(trap)) = run("recursion", 1_000).outcome else { panic!("it did not trap") };
    assert!(trap.contains("stack"), "{trap}");
}

#[test]
fn traps_are_the_guests_fault_and_say_which_they_are() {
    for (name, word) in [("unreachable", "unreachable"), ("divide-by-zero", "divide by zero")] {
        let Err(Failure::Trap(trap)) = run(name, 1_000).outcome else { panic!("{name} did not trap") };
        assert!(trap.contains(word), "{trap}");
    }
}

#[test]
fn a_flood_of_log_is_bounded_in_bytes_and_time() {
    for name in ["log-flood", "log-flood-of-nothing"] {
        let evaluation = run(name, 30);
        assert_eq!(evaluation.outcome, Err(Failure::Timeout), "{name}");
        assert!(evaluation.log.iter().map(|line| line.message.len()).sum::<usize>() <= LOG_BYTES, "{name}");
        assert!((1..=LOG_BYTES).contains(&evaluation.log.len()), "{name}");
        assert!(evaluation.log.iter().all(|line| !line.message.contains(char::is_control)), "{name}");
    }
}

#[test]
fn a_full_pool_is_the_hosts_trouble_and_makes_nobody_wait() {
    let engine = Engine::new(EngineOptions { instances: 1, ..EngineOptions::default() }).expect("an engine");
    let load = |name: &str| engine.load(&component(&text(name), &[])).expect("a module");
    let spinner = load("endless-evaluate").prepare("{}", Bounds { wall_ms: 300, ..PATIENT }).expect("a policy");
    let other = load("smuggler").prepare("{}", PATIENT).expect("a policy");
    std::thread::scope(|scope| {
        let spinning = scope.spawn(|| while ask(&spinner, &[]).outcome != Err(Failure::Timeout) {});
        let refused = || matches!(ask(&other, &[]).outcome, Err(Failure::Host(_)));
        while !refused() {
            assert!(!spinning.is_finished(), "an instance was made beside the only one");
        }
    });
    assert!(ask(&other, &[]).outcome.is_ok(), "the pool did not get its instance back");
}

#[test]
fn the_clock_ends_with_its_engine() {
    let ticking = {
        let runtime = wasmtime::Engine::default();
        crate::engine::start_ticking(&runtime).expect("a clock")
    };
    ticking.join().expect("the clock ends by itself");
}

#[test]
fn a_policy_is_slow_while_it_takes_long() {
    let policy = prepared(&text("endless-evaluate"), &[], Bounds { wall_ms: 5, ..PATIENT });
    assert!(!policy.is_slow());
    assert_eq!(ask(&policy, &[]).outcome, Err(Failure::Timeout));
    assert!(policy.is_slow());
}

#[test]
fn a_policy_that_got_fast_again_is_no_longer_slow() {
    let cost = Cost::default();
    cost.note_timeout(10_000);
    (0..100).for_each(|_| cost.note(100));
    assert!(!cost.is_slow());
    (0..100).for_each(|_| cost.note(1_000));
    assert!(cost.is_slow());
}

#[test]
fn a_bound_that_was_reached_leaves_the_engine_usable() {
    for name in ["memory-growth", "recursion", "unreachable", "table-growth"] {
        assert!(run(name, 1_000).outcome.is_err(), "{name}");
        assert!(ask(&policy("smuggler", &[]), &[]).outcome.is_ok(), "after {name}");
    }
}
