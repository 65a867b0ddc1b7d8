//! A version that is asked beside the one in force: it never answers, and what it would change is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Actor, CHAT, Key, PREMISE, Server};

const SHOP: &str = "https://shop.example.com";
const SUB: &str = "https://de.shop.example.com";
const POLICY: &str = "consumer-chat";

fn path(rest: &str) -> String {
    format!("/v1/tenants/{PREMISE}/policies/{POLICY}/{rest}")
}

/// Has a version of other settings watched.
async fn watch(admin: &Actor, settings: &Value, percent: u8) -> Value {
    let made = admin.put(&path("versions"), &json!({ "settings": settings })).await.expect(201).json();
    let shadow = json!({ "version": made["version"], "percent": percent });
    admin.put(&path("shadow"), &shadow).await.expect(200);
    made["version"].clone()
}

/// What is told of the shadow once it has been asked about so many calls.
async fn report(admin: &Actor, evaluated: u64) -> Value {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let told = admin.get(&path("shadow")).await.expect(200).json();
        if told["evaluated"].as_u64().is_some_and(|asked| asked >= evaluated) {
            return told;
        }
        assert!(Instant::now() < until, "it was not asked about {evaluated} calls: {told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn chat(key: &Key, origin: &str) -> Value {
    json!({ "headers": { "x-api-key": key.plain, "origin": origin }, "permission": CHAT })
}

#[tokio::test]
async fn a_shadow_never_answers_and_what_it_would_change_is_told() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    admin.get(&path("shadow")).await.expect(404);
    let version = watch(&admin, &json!({ "origins": [SHOP] }), 100).await;
    for origin in [SHOP, SUB, SUB, "https://evil.example"] {
        let expected = if origin.contains("evil") { "deny" } else { "allow" };
        assert_eq!(server.check(&chat(&key, origin)).await["decision"], expected, "{origin}");
    }
    // Not about the policy, or not as far as it.
    server.check(&json!({ "headers": { "x-api-key": key.plain }, "permission": "a:b" })).await;
    server.check(&chat(&Key { plain: "x".repeat(36), ..key.clone() }, SHOP)).await;
    let told = report(&admin, 4).await;
    let counts = json!({ "allow_to_deny": 2, "deny_to_allow": 0, "failure": 0, "obligations": 0, "reasons": 0 });
    for (member, expected) in [
        ("version", version),
        ("percent", json!(100)),
        ("since", json!("2026-03-04T10:00:00.000Z")),
        ("evaluated", json!(4)),
        ("same", json!(2)),
        ("failed", json!(0)),
        ("dropped", json!(0)),
        ("not_kept", json!(0)),
        ("flips", json!({ "total": 2, "kinds": counts, "permissions": { CHAT: counts } })),
    ] {
        assert_eq!(told[member], expected, "{member} of {told}");
    }
    let examples = told["examples"].as_array().expect("a list");
    assert_eq!(examples.len(), 2);
    assert_eq!(examples[0]["ask"]["attributes"]["request.header.origin"], SUB);
    assert_eq!(examples[0]["after"]["reasons"][0]["code"], "origin_not_allowed");
    admin.why(examples[0]["id"].as_str().expect("an id")).await.expect(200);
    assert!(!told.to_string().contains(&key.plain), "a credential is shown");
    let metrics = server.anonymous().get("/metrics").await.expect(200).text();
    for line in
        [r#"wardgate_shadow_calls_total{result="same"} 2"#, r#"wardgate_shadow_calls_total{result="changed"} 2"#]
    {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
}

#[tokio::test]
async fn what_was_seen_stays_as_long_as_the_version_is_a_shadow() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let version = watch(&admin, &json!({ "origins": [SHOP] }), 100).await;
    server.check(&chat(&key, SUB)).await;
    report(&admin, 1).await;
    // Another share, and other changes of the tenant, end nothing.
    admin.put(&path("shadow"), &json!({ "version": version, "percent": 99 })).await.expect(200);
    admin.make_key(CHAT).await;
    assert_eq!(report(&admin, 1).await["percent"], 99);
    // Another version begins anew, and so does the same one later.
    watch(&admin, &json!({ "origins": [SUB] }), 100).await;
    assert_eq!(report(&admin, 0).await["evaluated"], 0);
    admin.delete(&path("shadow")).await.expect(204);
    admin.get(&path("shadow")).await.expect(404);
    admin.put(&path("shadow"), &json!({ "version": version, "percent": 100 })).await.expect(200);
    assert_eq!(report(&admin, 0).await["evaluated"], 0);
}

#[tokio::test]
async fn a_share_of_the_calls_is_a_share() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 10_000, "frequency": 1 });
    let key = admin.make_key_with(&body).await;
    watch(&admin, &json!({ "origins": [SHOP] }), 25).await;
    for _ in 0..8 {
        server.check(&json!(vec![chat(&key, SUB); 50])).await;
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    let told = report(&admin, 1).await;
    let asked = told["evaluated"].as_u64().expect("a number");
    assert!((60..140).contains(&asked), "{asked} of 400 for a quarter");
    assert_eq!((&told["flips"]["total"], &told["dropped"]), (&json!(asked), &json!(0)));
    let examples = told["examples"].as_array().expect("a list").len();
    assert!((1..=20).contains(&examples), "{examples} examples");
}

#[tokio::test]
async fn a_shadow_is_its_tenants_own() {
    let server = Server::start();
    let admin = server.admin().await;
    watch(&admin, &json!({ "origins": [SHOP] }), 100).await;
    server.stranger().await.get(&path("shadow")).await.expect(404);
    server.anonymous().get(&path("shadow")).await.expect(401);
    server.operator().await.get(&path("shadow")).await.expect(200);
}
