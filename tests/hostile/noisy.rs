//! A tenant whose policies take all the time that they may, without a pause: others go on being served. How fast, is said
//! for whoever reads it and asserted by nothing.

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::{Siege, p99, versions};
use crate::harness::{Key, PREMISE, Server, guest, report};

/// Calls of a bystander that are timed, alone and beside the noise in turn.
const CALLS: usize = 500;
const ROUNDS: usize = 3;
/// Who makes the noise, all at the same time: more than a tenant has turns for.
const CALLERS: usize = 4;
/// Between two of their calls, so that policies are what is loud, and not the calls.
const BREATH: Duration = Duration::from_millis(1);

/// Never ends by itself.
const ENDLESS: &str = include_str!("../../host/policy/src/hostile/endless-evaluate.wat");
/// Ends in time, after much work: it fails never, so that nothing keeps it from being asked again. What it answers is all
/// zeros, which means deny.
const BUSY: &str = "(func $evaluate (type $evaluate) (local $n i32)
    (local.set $n (i32.const 6000000))
    (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 1200))";

/// Answers the same at once: what its callers cost others is what any calls cost.
const QUICK: &str = "(func $evaluate (type $evaluate) (i32.const 1200))";

#[tokio::test]
async fn endless_loops_hold_up_nobody_else() {
    beside("endless loops", ENDLESS, "policy_failed").await;
}

#[tokio::test]
async fn a_policy_that_is_always_busy_holds_up_nobody_else() {
    beside("a policy that is always busy", BUSY, "policy_denied").await;
}

/// Times a bystander's calls alone, beside a tenant that asks a quick policy without a pause, and beside one that asks a
/// policy of this code, which is answered with this code whenever it got its turn.
async fn beside(noise: &str, evaluate: &str, answered: &str) {
    let siege = Siege::start().await;
    let (quick, loud) = (siege.noise("quick", QUICK).await, siege.noise("loud", evaluate).await);
    let (mut alone, mut beside_quick, mut beside_loud) = (Vec::new(), Vec::new(), Vec::new());
    let mut noises = 0;
    for _ in 0..ROUNDS {
        alone.extend(siege.times_of_others(CALLS).await);
        siege.timed_beside(&quick, "policy_denied", &mut beside_quick).await;
        noises += siege.timed_beside(&loud, answered, &mut beside_loud).await;
    }
    assert!(noises > 0, "there was no noise");
    let (alone, beside_quick, beside_loud) = (p99(alone), p99(beside_quick), p99(beside_loud));
    let grown = |p99: Duration| p99.as_secs_f64() / alone.as_secs_f64();
    report(&format!(
        "p99 of a bystander: {alone:?}; beside a quick policy {beside_quick:?} ({:.2}); beside {noise}, asked {noises} times, \
         {beside_loud:?} ({:.2})",
        grown(beside_quick),
        grown(beside_loud)
    ));
}

/// Calls that a policy answers.
struct Noise {
    key: Key,
    name: &'static str,
}

impl Siege {
    async fn noise(&self, name: &'static str, evaluate: &str) -> Noise {
        let permissions = format!("nexus:{name}:*");
        let path = format!("{}?permissions={permissions}", versions(PREMISE, name));
        let made = self.thrower.put_component(&path, guest(evaluate)).await.expect(201).json();
        let activate = format!("{}/{}/activate", versions(PREMISE, name), made["version"]);
        self.thrower.post(&activate, &json!({})).await.expect(200);
        let key = json!({ "name": name, "permissions": [permissions], "capacity": 1_000_000, "frequency": 60 });
        Noise { key: self.thrower.make_key_with(&key).await, name }
    }

    /// Times a bystander's calls beside this noise, and says how often it was answered as it is to be.
    async fn timed_beside(&self, noise: &Noise, answered: &str, times: &mut Vec<Duration>) -> u32 {
        let (stop, stopped) = watch::channel(false);
        let bystander = async {
            times.extend(self.times_of_others(CALLS).await);
            stop.send(true).expect("somebody makes noise");
        };
        let callers = (0..CALLERS).map(|n| calls_until(&self.server, noise, (n, answered), stopped.clone()));
        let (counts, ()) = tokio::join!(futures_util::future::join_all(callers), bystander);
        counts.iter().sum()
    }
}

/// How often it was answered with `answered` until it is to stop. Whoever gets no turn in time is told so, and on a busy
/// machine a policy may not end in time. Each call is for something else, so that no answer is remembered.
async fn calls_until(
    server: &Server,
    noise: &Noise,
    (caller, answered): (usize, &str),
    stopped: watch::Receiver<bool>,
) -> u32 {
    let (mut count, mut calls) = (0, 0);
    while !*stopped.borrow() {
        calls += 1;
        let code =
            server.check_key(&noise.key, &format!("nexus:{}:n{caller}-{calls}", noise.name)).await["code"].clone();
        tokio::time::sleep(BREATH).await;
        assert!(code == answered || code == "overloaded" || code == "policy_failed", "{code}");
        count += u32::from(code == answered);
    }
    count
}
