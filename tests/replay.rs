//! What a changed policy would have done to the calls of the past: the right flips, each with its ask, and no credential.

use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{Actor, CHAT, Key, PREMISE, SECOND, Server, decision_bytes};

const SHOP: &str = "https://shop.example.com";
const SUB: &str = "https://de.shop.example.com";
const EVIL: &str = "https://evil.example";

fn versions(tenant: &str) -> String {
    format!("/v1/tenants/{tenant}/policies/consumer-chat/versions")
}

/// Makes a version of the first tenant's policy, and answers with its number.
async fn version(admin: &Actor, new: &Value) -> u64 {
    admin.put(&versions(PREMISE), new).await.expect(201).json()["version"].as_u64().expect("a number")
}

async fn replay(admin: &Actor, version: u64, body: &Value) -> Value {
    admin.post(&format!("{}/{version}/replay", versions(PREMISE)), body).await.expect(200).json()
}

fn chat(key: &Key, origin: &str) -> Value {
    json!({ "headers": { "x-api-key": key.plain, "origin": origin, "user-agent": "curl" }, "method": "POST",
            "path": "/nexus/v3/chat/sessions?x=1", "client_address": "192.0.2.7", "size": 7 })
}

#[tokio::test]
async fn a_replay_lists_what_a_version_would_have_changed() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let mut ids = Vec::new();
    for origin in [SHOP, SUB, EVIL, SUB] {
        server.advance_s(1);
        ids.push(server.check(&chat(&key, origin)).await["id"].clone());
    }
    // Neither gets as far as the policy, or is about it.
    server.check(&json!({ "headers": { "x-api-key": key.plain }, "permission": "nexus:designer:chat" })).await;
    server.check(&json!({ "headers": { "x-api-key": "x".repeat(36) }, "permission": CHAT })).await;
    let same = json!({ "settings": { "origins": [SHOP, "https://*.shop.example.com"], "methods": ["POST"] } });
    let same = replay(&admin, version(&admin, &same).await, &json!({ "last": 1_000 })).await;
    assert_eq!((&same["flips"]["total"], &same["compared"]), (&json!(0), &json!(4)), "{same}");
    let narrow = version(&admin, &json!({ "settings": { "origins": [SHOP, EVIL] } })).await;
    let told = replay(&admin, narrow, &json!({})).await;
    for (member, expected) in [
        ("version", json!(narrow)),
        ("tenant", json!(PREMISE)),
        ("looked_at", json!(5)),
        ("covered", json!(4)),
        ("compared", json!(4)),
        ("not_kept", json!({ "unneeded": 0, "too_long": 0, "left_out": 0, "crowded": 0 })),
        ("finished", json!(true)),
    ] {
        assert_eq!(told[member], expected, "{member} of {told}");
    }
    let counts = json!({ "allow_to_deny": 2, "deny_to_allow": 1, "failure": 0, "obligations": 0, "reasons": 0 });
    assert_eq!(told["flips"], json!({ "total": 3, "kinds": counts, "permissions": { CHAT: counts } }));
    let listed: Vec<_> =
        told["list"].as_array().expect("a list").iter().map(|flip| (&flip["id"], &flip["kind"])).collect();
    let (stricter, wider) = (json!("allow_to_deny"), json!("deny_to_allow"));
    assert_eq!(listed, [(&ids[3], &stricter), (&ids[1], &stricter), (&ids[2], &wider)]);
    let flip = &told["list"][0];
    assert_eq!(flip["after"]["effect"], "deny");
    assert_eq!(flip["after"]["reasons"][0]["code"], "origin_not_allowed");
    assert_ne!(flip["before"]["effect"], "deny");
    let attributes = &flip["ask"]["attributes"];
    for (name, expected) in [
        ("request.header.origin", json!(SUB)),
        ("request.header.user-agent", json!("curl")),
        ("request.path", json!("/nexus/v3/chat/sessions")),
        ("request.query.x", json!("1")),
        ("request.size", json!(7)),
        ("client.address", json!("192.0.2.7")),
        ("subject.id", json!(key.handle)),
        ("rate.remaining", json!(119)),
        ("time.now-ms", json!(server.now_ms())),
    ] {
        assert_eq!(attributes[name], expected, "{name} of {attributes}");
    }
    assert!(told["cost"]["after"]["evaluations"].as_u64().is_some_and(|computed| computed > 0), "{told}");
    let latest = replay(&admin, narrow, &json!({ "last": 3 })).await;
    assert_eq!((&latest["looked_at"], &latest["flips"]["total"]), (&json!(3), &json!(2)), "{latest}");
    // Put into force, it decides as it was told.
    admin.post(&format!("{}/{narrow}/activate", versions(PREMISE)), &json!({})).await.expect(200);
    assert_eq!(server.check(&chat(&key, SUB)).await["code"], "policy_denied");
    assert_eq!(server.check(&chat(&key, EVIL)).await["decision"], "allow");
}

#[tokio::test]
async fn a_version_is_told_the_time_that_it_was() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    // 11 o'clock in Berlin, on a Wednesday.
    server.check(&chat(&key, SHOP)).await;
    server.advance_s(10 * 3_600);
    server.check(&chat(&key, SHOP)).await;
    let hours = json!([{ "days": ["wed"], "from": "08:00", "to": "18:00" }]);
    let settings = json!({ "origins": [SHOP], "time.zone": "Europe/Berlin", "hours": hours });
    let told = replay(&admin, version(&admin, &json!({ "settings": settings })).await, &json!({})).await;
    assert_eq!(told["flips"]["kinds"]["allow_to_deny"], 1, "{told}");
    assert_eq!(told["list"][0]["ask"]["attributes"]["time.now-ms"], server.now_ms());
}

#[tokio::test]
async fn a_version_that_answers_for_other_calls_is_asked_about_those() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key("nexus:*").await;
    server.check(&chat(&key, EVIL)).await;
    let other = json!({ "headers": { "x-api-key": key.plain, "origin": EVIL }, "permission": "nexus:designer:chat" });
    assert_eq!(server.check(&other).await["decision"], "allow");
    let moved = version(&admin, &json!({ "permissions": ["nexus:designer:*"] })).await;
    let told = replay(&admin, moved, &json!({})).await;
    let kinds: Vec<_> =
        told["list"].as_array().expect("a list").iter().map(|flip| (&flip["permission"], &flip["kind"])).collect();
    let (designer, chat) = (json!("nexus:designer:chat"), json!(CHAT));
    assert_eq!(kinds, [(&designer, &json!("allow_to_deny")), (&chat, &json!("deny_to_allow"))]);
    assert_eq!((&told["list"][0]["before"], &told["list"][1]["after"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn no_credential_is_in_what_is_kept_of_a_call() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let secret = "hunter2hunter2";
    let ask = json!({
        "headers": {
            "x-api-key": key.plain, "origin": EVIL, "cookie": format!("a={secret}"), "proxy-authorization": secret,
            "x-nexus-client-key": secret, "set-cookie": secret, "x-auth-token": secret, "x-plain": "seen",
        },
        "method": "POST", "path": format!("/nexus/v3/chat/sessions?access_token={secret}&api_key={secret}&q=seen"),
    });
    server.check(&ask).await;
    let mut twice = chat(&key, EVIL);
    twice["headers"]["x-copy"] = json!(key.plain);
    server.check(&twice).await;
    let bearer = json!({ "headers": { "authorization": format!("Bearer {secret}"), "x-api-key": key.plain },
                         "method": "POST", "path": "/nexus/v3/chat/sessions" });
    server.check(&bearer).await;
    let long = json!({ "headers": { "x-api-key": key.plain, "x-long": "a".repeat(9_000) }, "permission": CHAT });
    server.check(&long).await;
    let wide = version(&admin, &json!({ "settings": { "origins": [EVIL] } })).await;
    let told = replay(&admin, wide, &json!({})).await;
    assert_eq!(told["flips"]["kinds"]["deny_to_allow"], 1, "{told}");
    let attributes = &told["list"][0]["ask"]["attributes"];
    assert_eq!(
        (&attributes["request.header.x-plain"], &attributes["request.query.q"]),
        (&json!("seen"), &json!("seen"))
    );
    assert_eq!(told["not_kept"], json!({ "unneeded": 0, "too_long": 1, "left_out": 1, "crowded": 0 }));
    for text in [secret, &key.plain] {
        assert!(!told.to_string().contains(text), "a replay shows a credential");
    }
    let setup = server.stop();
    let bytes = decision_bytes(setup.data_dir()).await;
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(holds(b"x-plain"), "no asks were found");
    for text in [secret, &key.plain] {
        assert!(!holds(text.as_bytes()), "a credential is in the log");
    }
}

#[tokio::test]
async fn a_guard_is_asked_about_any_tenants_calls_by_the_cluster_alone() {
    let server = Server::start();
    let (operator, admin) = (server.operator().await, server.admin().await);
    let key = admin.make_key(CHAT).await;
    server.check(&chat(&key, SHOP)).await;
    let guard = "/v1/tenants/*/policies/cluster-guard/versions";
    let settings = json!({ "blocked_tenants": [PREMISE] });
    let made = operator.put(guard, &json!({ "settings": settings })).await.expect(201).json()["version"].clone();
    let path = format!("{guard}/{made}/replay");
    let told = operator.post(&path, &json!({ "tenant": PREMISE })).await.expect(200).json();
    assert_eq!((&told["tenant"], &told["flips"]["kinds"]["allow_to_deny"]), (&json!(PREMISE), &json!(1)));
    assert_eq!(operator.post(&path, &json!({})).await.expect(200).json()["flips"]["total"], 0);
    admin.post(&path, &json!({ "tenant": PREMISE })).await.expect(403);
    let own = format!("{}/1/replay", versions(PREMISE));
    let answer = admin.post(&own, &json!({ "tenant": SECOND })).await.expect(400);
    assert_eq!(answer.json()["errors"][0]["location"], "/tenant");
    server.stranger().await.post(&own, &json!({})).await.expect(404);
}

#[tokio::test]
async fn what_is_no_replay_is_refused() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = format!("{}/1/replay", versions(PREMISE));
    for last in [0, limits::REPLAY_DECISIONS + 1] {
        let answer = admin.post(&path, &json!({ "last": last })).await.expect(400);
        assert_eq!(answer.json()["errors"][0]["location"], "/last");
    }
    admin.post(&path, &json!({ "since": 1 })).await.expect(400);
    for gone in ["2/replay", "0/replay", "01/replay", "x/replay"] {
        admin.post(&format!("{}/{gone}", versions(PREMISE)), &json!({})).await.expect(404);
    }
}
