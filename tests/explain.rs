//! What would become of a call: the same as becomes of it, told in full to whoever may know, and without a trace.

use serde_json::{Value, json};

use crate::harness::{Actor, CHAT, Key, PREMISE, SECOND, Server};

const EXPLAIN: &str = "/v1/explain";

async fn explain(reader: &Actor, ask: &Value) -> Value {
    reader.post(EXPLAIN, ask).await.expect(200).json()
}

fn chat(key: &Key, origin: &str) -> Value {
    json!({ "headers": { "x-api-key": key.plain, "origin": origin }, "method": "POST",
            "path": "/nexus/v3/chat/sessions?x=1", "client_address": "192.0.2.7" })
}

/// The true code of a decision, as `reader` reads it.
async fn code(server: &Server, reader: &Actor, ask: &Value) -> Value {
    let decision = server.check(ask).await;
    reader.why(decision["id"].as_str().expect("an id")).await.expect(200).json()["code"].clone()
}

/// The step that ended a walk, with its code, after none but passed ones and before none but those not reached.
fn stopped(told: &Value) -> (String, Value) {
    let steps = told["steps"].as_array().expect("the steps");
    let results: Vec<_> = steps.iter().map(|step| step["result"].as_str().expect("a result")).collect();
    let Some(at) = results.iter().position(|result| *result == "stopped") else {
        assert!(results.iter().all(|result| *result == "passed"), "{told}");
        return ("none".to_owned(), Value::Null);
    };
    assert!(results[..at].iter().all(|result| *result == "passed"), "{told}");
    assert!(results[at + 1..].iter().all(|result| *result == "not_reached"), "{told}");
    assert_eq!(steps[at]["code"], told["code"], "{told}");
    (steps[at]["step"].as_str().expect("a step").to_owned(), told["code"].clone())
}

#[tokio::test]
async fn a_walk_is_told_with_all_that_was_found_on_it() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key("nexus:consumer:*").await;
    let told = explain(&admin, &chat(&key, "https://evil.example")).await;
    assert_eq!(stopped(&told), ("consult".to_owned(), json!("policy_denied")));
    for (member, expected) in [
        ("decision", json!("deny")),
        ("status", json!(403)),
        ("tenant", json!(PREMISE)),
        ("permission", json!(CHAT)),
        ("grant", json!("nexus:consumer:*")),
        ("route", json!({ "tenant": "*", "method": "POST", "path": "/nexus/v3/chat/sessions" })),
        ("rate", json!({ "limit": 120, "window_seconds": 60, "remaining": 119, "reset_seconds": 1 })),
        ("obligations", json!([])),
        (
            "credential",
            json!({ "tenant": PREMISE, "subject": key.handle, "kind": "api-key", "key": key.handle,
                    "grants": ["nexus:consumer:*"] }),
        ),
    ] {
        assert_eq!(told[member], expected, "{member}");
    }
    let policies = told["policies"].as_array().expect("the policies");
    let names: Vec<_> = policies.iter().map(|asked| (&asked["policy"], &asked["guard"])).collect();
    assert_eq!(names, [(&json!("cluster-guard"), &json!(true)), (&json!("consumer-chat"), &json!(false))]);
    let shop = &policies[1];
    assert_eq!(shop["given"]["request.header.origin"], "https://evil.example");
    assert_eq!(shop["given"]["request.method"], "POST");
    assert_eq!((&shop["effect"], &shop["reasons"][0]["code"]), (&json!("deny"), &json!("origin_not_allowed")));
    assert_eq!((&shop["in_memo"], &shop["remembered"]), (&json!(false), &json!(false)));
    assert!(shop["cost_us"].as_u64().is_some_and(|cost| cost > 0), "it was not evaluated: {shop}");
    assert!(!told.to_string().contains(&key.plain), "the credential comes back");
    // Once a call was answered, the next one is answered from memory; here it is evaluated all the same.
    server.check(&chat(&key, "https://evil.example")).await;
    let told = explain(&admin, &chat(&key, "https://evil.example")).await;
    assert_eq!(told["policies"][1]["in_memo"], true);
    assert!(told["policies"][1]["cost_us"].as_u64().is_some_and(|cost| cost > 0));
    let told = explain(&admin, &chat(&key, "https://shop.example.com")).await;
    assert_eq!((stopped(&told).0.as_str(), &told["decision"]), ("none", &json!("allow")));
}

#[tokio::test]
async fn every_end_of_a_walk_is_that_of_the_call_itself() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let made = |more: Value| {
        let (admin, mut body) = (admin.clone(), json!({ "name": "k", "permissions": [CHAT] }));
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        async move { admin.make_key_with(&body).await }
    };
    let disabled = made(json!({ "enabled": false })).await;
    let narrow = made(json!({ "capacity": 1, "frequency": 60 })).await;
    server.check_key(&narrow, CHAT).await;
    let ask = |key: &Key, permission: &str| json!({ "headers": { "x-api-key": key.plain }, "permission": permission });
    let cases = [
        (json!({ "headers": {}, "permission": CHAT }), "resolve", "credential_missing"),
        (json!({ "headers": { "x-api-key": ["a", "b"] }, "permission": CHAT }), "resolve", "credential_malformed"),
        (json!({ "headers": { "x-api-key": "x".repeat(36) }, "permission": CHAT }), "resolve", "credential_unknown"),
        (
            json!({ "headers": { "x-api-key": key.plain }, "tenant": SECOND, "permission": CHAT }),
            "resolve",
            "tenant_mismatch",
        ),
        (ask(&disabled, CHAT), "verify", "key_disabled"),
        (ask(&narrow, CHAT), "admit", "rate_limited"),
        (ask(&key, "nexus:designer:chat"), "permit", "permission_not_granted"),
        (chat(&key, "https://evil.example"), "consult", "policy_denied"),
        (chat(&key, "https://shop.example.com"), "none", "allowed"),
    ];
    for (ask, step, code) in cases {
        let told = explain(&admin, &ask).await;
        assert_eq!((stopped(&told).0.as_str(), &told["code"]), (step, &json!(code)), "{ask}");
        let decision = server.check(&ask).await;
        assert_eq!(decision["decision"], told["decision"], "{ask}");
    }
}

#[tokio::test]
async fn an_explanation_leaves_no_trace() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1, "frequency": 60 });
    let key = admin.make_key_with(&body).await;
    for _ in 0..5 {
        assert_eq!(explain(&admin, &chat(&key, "https://shop.example.com")).await["rate"]["remaining"], 0);
    }
    assert_eq!(server.check(&chat(&key, "https://shop.example.com")).await["code"], "allowed", "the room was taken");
    // A signature that was explained can still be used, and then no more.
    let path = "/nexus/v3/chat/sessions";
    let header = server.first_key().signer().header(server.now_ms(), "POST", path, b"");
    let signed = json!({ "headers": { "authorization": header }, "method": "POST", "path": path, "size": 0 });
    for _ in 0..2 {
        assert_ne!(explain(&admin, &signed).await["code"], "nonce_replayed");
    }
    assert_ne!(code(&server, &admin, &signed).await, "nonce_replayed");
    assert_eq!(explain(&admin, &signed).await["code"], "nonce_replayed");
    assert_eq!(code(&server, &admin, &signed).await, "nonce_replayed");
    // Failures of a network are not counted: hundreds of them turn nobody away.
    let guess = json!({ "headers": { "x-api-key": "x".repeat(36) }, "permission": CHAT,
                        "client_address": "198.51.100.9" });
    for _ in 0..310 {
        assert_eq!(explain(&admin, &guess).await["code"], "credential_unknown");
    }
    assert_eq!(code(&server, &server.operator().await, &guess).await, "credential_unknown");
}

#[tokio::test]
async fn what_is_not_the_readers_is_unknown_to_him() {
    let server = Server::start();
    let (admin, stranger, operator) = (server.admin().await, server.stranger().await, server.operator().await);
    let (own, cluster) = (admin.make_key(CHAT).await, operator.make_key("nexus:cluster:*").await);
    let unknown = explain(&stranger, &chat(&Key { plain: "x".repeat(36), ..own.clone() }, "https://a.example")).await;
    for key in [&own, &cluster] {
        let mut told = explain(&stranger, &chat(key, "https://a.example")).await;
        told["at"] = unknown["at"].clone();
        assert_eq!(told, unknown, "another tenant's credential is told from none");
    }
    // Also where it acts on the reader's own tenant.
    let mut acting = chat(&cluster, "https://shop.example.com");
    acting["tenant"] = json!(PREMISE);
    assert_eq!(explain(&admin, &acting).await["code"], "credential_unknown");
    let told = explain(&operator, &acting).await;
    assert_eq!((&told["decision"], &told["tenant"]), (&json!("allow"), &json!(PREMISE)));
    assert_eq!(explain(&operator, &chat(&own, "https://shop.example.com")).await["decision"], "allow");
    server.anonymous().post(EXPLAIN, &chat(&own, "https://a.example")).await.expect(401);
    let named = format!("{EXPLAIN}?tenant={PREMISE}");
    stranger.post(&named, &chat(&own, "https://a.example")).await.expect(404);
    admin.post(&named, &chat(&own, "https://shop.example.com")).await.expect(200);
}

#[tokio::test]
async fn what_is_no_ask_is_refused_with_its_place() {
    let server = Server::start();
    let admin = server.admin().await;
    for (body, location) in [
        (json!({ "headers": {} }), "/permission"),
        (json!({ "headers": {}, "permission": "a b" }), "/permission"),
        (json!([]), ""),
    ] {
        let answer = admin.post(EXPLAIN, &body).await.expect(400).json();
        assert_eq!(answer["errors"][0]["location"], location, "{answer}");
    }
}
