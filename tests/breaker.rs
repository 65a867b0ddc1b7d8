//! A policy that fails again and again is not asked for a while: the version before it answers, and says so.

use std::time::{Duration, Instant};

use crate::harness::{Actor, CHAT, Key, PREMISE, Server, guest};
use serde_json::{Value, json};

/// A policy that traps whatever it is asked.
const TRAPPING: &str = include_str!("../host/policy/src/hostile/unreachable.wat");

fn path(rest: &str) -> String {
    format!("/v1/tenants/{PREMISE}/policies/consumer-chat{rest}")
}

/// Asks, and answers with the code and what is written down of the policy.
async fn ask(server: &Server, admin: &Actor, key: &Key) -> (Value, Value) {
    let answer = server.check_key(key, CHAT).await;
    let record = admin.why(answer["id"].as_str().expect("an id")).await.expect(200).json();
    (answer["code"].clone(), record["policies"].as_array().expect("a list").last().expect("a policy").clone())
}

#[tokio::test]
async fn the_version_before_answers_for_one_that_fails_again_and_again() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 10_000, "frequency": 1 });
    let key = admin.make_key_with(&body).await;
    let put = admin.request("PUT", &path("/versions")).header("content-type", "application/wasm").body(guest(TRAPPING));
    let made = admin.send(put).await.expect(201).json();
    admin.post(&path(&format!("/versions/{}/activate", made["version"])), &json!({})).await.expect(200);
    for _ in 0..20 {
        let (code, asked) = ask(&server, &admin, &key).await;
        assert_eq!((code, &asked["failure"]["code"]), (json!("policy_failed"), &json!("trap")));
        assert_eq!((&asked["version"], &asked["fell_back"]), (&made["version"], &json!(false)));
    }
    // From here on it is not asked; who answers for it is found behind the calls.
    let until = Instant::now() + Duration::from_secs(10);
    let asked = loop {
        let (code, asked) = ask(&server, &admin, &key).await;
        assert_eq!(asked["fell_back"], true, "{asked}");
        if code == "allowed" {
            break asked;
        }
        assert_eq!(asked["failure"]["code"], "refused", "{asked}");
        assert!(Instant::now() < until, "nobody answers for it: {asked}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(asked["version"], 1);
    let shown = admin.get(&path("")).await.expect(200).json();
    assert_eq!(shown["breaker"], json!({ "until": "2026-03-04T10:00:30.000Z", "answered_by": 1 }), "{shown}");
    let metrics = server.anonymous().get("/metrics").await.expect(200).text();
    assert!(metrics.contains("wardgate_policy_breaker_trips_total 1"), "{metrics}");
    // After half a minute one call tries, and the next one is answered as before.
    server.advance_s(30);
    for (code, fell_back) in [("policy_failed", false), ("allowed", true), ("allowed", true)] {
        let (found, asked) = ask(&server, &admin, &key).await;
        assert_eq!((found, &asked["fell_back"]), (json!(code), &json!(fell_back)));
    }
    // Another version in force begins anew.
    admin.post(&path("/rollback"), &json!({})).await.expect(200);
    let (code, asked) = ask(&server, &admin, &key).await;
    assert_eq!((code, &asked["version"], &asked["fell_back"]), (json!("allowed"), &json!(1), &json!(false)));
    assert_eq!(admin.get(&path("")).await.expect(200).json().get("breaker"), None);
}
