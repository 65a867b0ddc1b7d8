//! Changing what is in force while calls come in: every call is decided by the old version or by the new one, and the first
//! call after the answer by the new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{CHAT, PREMISE, Server, report};

/// Times that the version in force is changed.
const SWAPS: u32 = 20;
/// Callers at a time.
const CALLERS: usize = 4;

fn of(rest: &str) -> String {
    format!("/v1/tenants/{PREMISE}/policies/pages{rest}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_versions_change() {
    let server = Arc::new(Server::start());
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 1 });
    let key = admin.make_key_with(&body).await;
    let version = |settings: Value| json!({ "module": "consumer-chat", "permissions": ["nexus:consumer:*"], "settings": settings });
    let open = version(json!({}));
    let strict = version(json!({ "origins": ["https://help.example"], "origin_required": true }));
    for (number, version) in [(1, &open), (2, &strict)] {
        let made = admin.put(&of("/versions"), version).await.expect(201).json();
        assert_eq!(made["version"], number);
    }
    admin.post(&of("/versions/1/activate"), &json!({})).await.expect(200);
    let (stop, decided) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let (server, key) = (Arc::clone(&server), key.clone());
        let (stop, decided) = (Arc::clone(&stop), Arc::clone(&decided));
        callers.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let code = server.check_key(&key, CHAT).await["code"].clone();
                assert!(code == "allowed" || code == "policy_denied", "{code}");
                decided.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let mut took = Vec::new();
    for swap in 0..SWAPS {
        let (path, expected) = match swap % 2 {
            0 => (of("/versions/2/activate"), "policy_denied"),
            _ => (of("/rollback"), "allowed"),
        };
        let began = Instant::now();
        admin.post(&path, &json!({})).await.expect(200);
        assert_eq!(server.check_key(&key, CHAT).await["code"], expected, "swap {swap}");
        took.push(began.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("no call failed");
    }
    let decided = decided.load(Ordering::Relaxed);
    assert!(decided > SWAPS, "calls came in meanwhile");
    took.sort_unstable();
    let [median, .., slowest] = took[took.len() / 2..] else { panic!("no swaps") };
    report(&format!(
        "in force and asked {median:?} after it was sent, at the latest {slowest:?}, beside {decided} calls"
    ));
}

#[tokio::test]
async fn a_policy_that_is_deleted_in_the_middle_of_calls_lets_them_end() {
    let server = Arc::new(Server::start());
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 1 });
    let key = admin.make_key_with(&body).await;
    let strict = json!({ "module": "consumer-chat", "permissions": ["nexus:consumer:*"],
        "settings": { "origins": ["https://help.example"], "origin_required": true } });
    for _ in 0..5 {
        admin.put(&of(""), &strict).await.expect(201);
        let calls = (0..16).map(|_| {
            let (server, key) = (Arc::clone(&server), key.clone());
            tokio::spawn(async move { server.check_key(&key, CHAT).await["code"].clone() })
        });
        let calls: Vec<_> = calls.collect();
        admin.delete(&of("")).await.expect(204);
        for call in calls {
            let code = call.await.expect("an answer");
            assert!(code == "allowed" || code == "policy_denied", "{code}");
        }
        assert_eq!(server.check_key(&key, CHAT).await["code"], "allowed");
    }
}
