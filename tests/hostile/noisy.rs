//! A tenant whose policies take all the time that they may, without a pause: others go on being served. How fast, is said
//! for whoever reads it and asserted by nothing.

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::{Siege, report, versions};
use crate::harness::{Key, PREMISE, Server, guest};

/// Calls of a bystander that are timed, alone and beside the noise in turn.
const CALLS: usize = 1_000;
const ROUNDS: usize = 3;
/// Who makes the noise, all at the same time: more than a tenant has turns for.
const CALLERS: usize = 4;
/// Between two of their calls, so that policies are what is loud, and not the calls.
const BREATH: Duration = Duration::from_millis(1);
/// What they may ask for.
const ALL: &str = "nexus:consumer:*";

/// Never ends by itself.
const ENDLESS: &str = include_str!("../../host/policy/src/hostile/endless-evaluate.wat");
/// Ends in time, after much work: it fails never, so that nothing keeps it from being asked again. What it answers is all
/// zeros, which means deny.
const BUSY: &str = "(func $evaluate (type $evaluate) (local $n i32)
    (local.set $n (i32.const 6000000))
    (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 1200))";

#[tokio::test]
async fn endless_loops_hold_up_nobody_else() {
    beside("endless loops", ENDLESS, "policy_failed").await;
}

#[tokio::test]
async fn a_policy_that_is_always_busy_holds_up_nobody_else() {
    beside("a policy that is always busy", BUSY, "policy_denied").await;
}

/// Times a bystander's calls with and without a tenant beside him that asks a policy of this code without a pause, which
/// is answered with this code whenever it got its turn.
async fn beside(noise: &str, evaluate: &str, answered: &str) {
    let siege = Siege::start().await;
    let path = format!("{}?permissions={ALL}", versions(PREMISE, "noise"));
    let made = siege.thrower.put_component(&path, guest(evaluate)).await.expect(201).json();
    let activate = format!("{}/{}/activate", versions(PREMISE, "noise"), made["version"]);
    siege.thrower.post(&activate, &json!({})).await.expect(200);
    let key = json!({ "name": "noise", "permissions": [ALL], "capacity": 1_000_000, "frequency": 60 });
    let key = siege.thrower.make_key_with(&key).await;
    let (mut alone, mut beside, mut noises) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        timed(&siege, &mut alone).await;
        let (stop, stopped) = watch::channel(false);
        let bystander = async {
            timed(&siege, &mut beside).await;
            stop.send(true).expect("somebody makes noise");
        };
        let callers = (0..CALLERS).map(|n| calls_until(&siege.server, &key, (n, answered), stopped.clone()));
        let (counts, ()) = tokio::join!(futures_util::future::join_all(callers), bystander);
        noises += counts.iter().sum::<u32>();
    }
    assert!(noises > 0, "there was no noise");
    let (alone, beside) = (p99(alone), p99(beside));
    let grown = beside.as_secs_f64() / alone.as_secs_f64();
    report(&format!("p99 of a bystander: {alone:?}; beside {noise}, asked {noises} times: {beside:?} ({grown:.2})"));
}

async fn timed(siege: &Siege, times: &mut Vec<Duration>) {
    for _ in 0..CALLS {
        times.push(siege.serves_others().await);
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

/// How often it was answered with `answered` until it is to stop. Whoever gets no turn in time is told so. Each call is for
/// something else, so that no answer is remembered.
async fn calls_until(
    server: &Server,
    key: &Key,
    (caller, answered): (usize, &str),
    stopped: watch::Receiver<bool>,
) -> u32 {
    let (mut count, mut calls) = (0, 0);
    while !*stopped.borrow() {
        calls += 1;
        let code = server.check_key(key, &format!("nexus:consumer:n{caller}-{calls}")).await["code"].clone();
        tokio::time::sleep(BREATH).await;
        assert!(code == answered || code == "overloaded", "{code}");
        count += u32::from(code == answered);
    }
    count
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
