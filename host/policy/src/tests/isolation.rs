//! Nothing survives an evaluation, and nobody sees what was not meant for him.

use std::sync::Arc;

use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Effect, Reason};

use super::guests::{PATIENT, ask, component, permission, policy, tenant, text};
use crate::{Engine, EngineOptions, Evaluation};
use wardgate_domain::TenantId;

fn effect(evaluation: Evaluation) -> Effect {
    evaluation.outcome.expect("a verdict").effect
}

#[test]
fn no_state_is_carried_from_call_to_call_or_tenant_to_tenant() {
    let smuggler = policy("smuggler", &[]);
    for name in ["a", "a", "b", "a"] {
        let tenant = TenantId::parse(name).expect("a tenant id");
        assert_eq!(effect(smuggler.evaluate_trial(&tenant, &permission(), &[])), Effect::Allow);
    }
}

#[test]
fn a_slot_of_the_pool_keeps_nothing_of_the_guest_before() {
    let engine = Engine::new(EngineOptions { instances: 1, ..EngineOptions::default() }).expect("an engine");
    let policy = |name: &str| {
        let module = engine.load(&component(&text(name), &[])).expect("a module");
        module.prepare("{}", PATIENT).expect("a policy")
    };
    let (hoarder, scavenger) = (policy("hoarder"), policy("scavenger"));
    for _ in 0..3 {
        assert_eq!(effect(ask(&hoarder, &[])), Effect::Allow);
        assert_eq!(effect(ask(&scavenger, &[])), Effect::Allow);
    }
}

#[test]
fn a_policy_is_given_what_it_declared_in_that_order_and_nothing_else() {
    let parrot = policy("parrot", &["context.b", "subject.id", "context.a", "resource.*", "key.id"]);
    let names = ["subject.id", "request.path", "context.a", "context.c", "context.b", "resource.z", "resource.a"];
    let attributes: Vec<_> = names.map(|name| (name.to_owned(), Fact::Text("v".to_owned()))).into();
    let verdict = ask(&parrot, &attributes).outcome.expect("a verdict");
    let told: Vec<_> = verdict.reasons.iter().map(|Reason { message, .. }| message.as_str()).collect();
    assert_eq!(told, ["context.b", "subject.id", "context.a", "resource.z", "resource.a"]);
}

#[test]
fn a_policy_that_declares_nothing_is_given_nothing() {
    let attributes = [("subject.id".to_owned(), Fact::Text("v".to_owned()))];
    let verdict = ask(&policy("parrot", &[]), &attributes).outcome.expect("a verdict");
    assert!(verdict.reasons.is_empty());
}

#[test]
fn many_threads_may_ask_one_policy_at_once() {
    let smuggler = Arc::new(policy("smuggler", &[]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(effect(smuggler.evaluate_trial(&tenant(), &permission(), &[])), Effect::Allow);
                }
            });
        }
    });
}
