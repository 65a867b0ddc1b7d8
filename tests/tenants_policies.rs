//! Policies by `/v1/tenants/{ccId}/policies`: who may, what is answered, and that they are asked from the next call on.

use serde_json::{Value, json};

use crate::harness::{CHAT, PREMISE, SECOND, Server, member_names};

fn policies_of(tenant: &str) -> String {
    format!("/v1/tenants/{tenant}/policies")
}

fn hours() -> Value {
    json!({ "module": "consumer-chat", "permissions": ["nexus:consumer:*"],
        "settings": { "origins": ["https://help.example"], "origin_required": true } })
}

#[tokio::test]
async fn a_policy_is_put_asked_changed_and_taken_away() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let path = format!("{}/pages", policies_of(PREMISE));
    let decide = async || server.check_key(&key, CHAT).await["code"].clone();
    assert_eq!(decide().await, "allowed");
    let made = admin.put(&path, &hours()).await.expect(201);
    assert_eq!(member_names(&made.text()), ["name", "version", "module", "digest", "permissions", "settings"]);
    let body = made.json();
    assert_eq!((&body["name"], &body["module"]), (&json!("pages"), &json!("consumer-chat")));
    assert_eq!(body["settings"], hours()["settings"]);
    assert_eq!(decide().await, "policy_denied");
    assert_eq!(admin.get(&path).await.expect(200).json(), body);
    assert_eq!(
        admin.put(&path, &body).await.expect(200).json(),
        body,
        "what was read can be sent back, and is no change"
    );
    // By digest it is the same module.
    let digest = json!({ "module": body["digest"], "permissions": ["nexus:consumer:*"] });
    let by_digest = admin.put(&path, &digest).await.expect(200).json();
    assert_eq!((&by_digest["module"], &by_digest["settings"]), (&json!("consumer-chat"), &json!({})));
    assert_eq!(decide().await, "allowed");
    admin.put(&path, &hours()).await.expect(200);
    assert_eq!(decide().await, "policy_denied");
    let names = admin.get(&policies_of(PREMISE)).await.expect(200).json();
    let names: Vec<_> = names["policies"].as_array().expect("a list").iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, ["consumer-chat", "pages"]);
    admin.delete(&path).await.expect(204);
    assert_eq!(decide().await, "allowed");
    admin.delete(&path).await.expect(404);
    admin.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_policy_that_cannot_run_is_refused_with_its_places_and_changes_nothing() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = format!("{}/p", policies_of(PREMISE));
    let with = |member: &str, value: Value| {
        let mut policy = hours();
        policy[member] = value;
        policy
    };
    let unknown = format!("sha256:{}", "0".repeat(64));
    for (body, place) in [
        (with("module", json!("no-such-module")), "/module"),
        (with("module", json!(unknown)), "/module"),
        (with("module", json!("sha256:xyz")), "/module"),
        (with("permissions", json!([])), "/permissions"),
        (with("permissions", json!(["a b"])), "/permissions"),
        (with("permissions", json!(vec!["a:b"; 129])), "/permissions"),
        (with("settings", json!({ "origin": [] })), "/settings/origin"),
        (with("settings", json!({ "origins": ["nowhere"] })), "/settings/origins/0"),
        (with("settings", json!({ "time.zone": "Mars/Olympus" })), "/settings/time.zone"),
        (with("settings", json!({ "origins": ["x".repeat(70_000)] })), "/settings"),
        (with("name", json!("other")), "/name"),
        (with("more", json!(1)), "/more"),
    ] {
        let answer = admin.put(&path, &body).await.expect(400).json();
        assert_eq!(answer["errors"][0]["location"], place, "{answer}");
    }
    admin.put(&path, &json!({ "module": "consumer-chat" })).await.expect(400);
    for name in ["a%20b", &"x".repeat(65)] {
        admin.put(&format!("{}/{name}", policies_of(PREMISE)), &hours()).await.expect(400);
        admin.get(&format!("{}/{name}", policies_of(PREMISE))).await.expect(404);
        admin.delete(&format!("{}/{name}", policies_of(PREMISE))).await.expect(404);
    }
    admin.get(&path).await.expect(404);
    for n in 0..31 {
        let light = json!({ "module": "consumer-chat", "permissions": ["a:b"] });
        admin.put(&format!("{}/p{n}", policies_of(PREMISE)), &light).await.expect(201);
    }
    admin.put(&path, &hours()).await.expect(409);
}

#[tokio::test]
async fn a_tenant_sees_to_its_own_policies_and_the_cluster_to_the_guards() {
    let server = Server::start();
    let (admin, stranger, operator) = (server.admin().await, server.stranger().await, server.operator().await);
    let guards = policies_of("*");
    for tenant in [PREMISE, "no-such-tenant"] {
        let path = policies_of(tenant);
        stranger.get(&path).await.expect(404);
        stranger.get(&format!("{path}/consumer-chat")).await.expect(404);
        stranger.put(&format!("{path}/consumer-chat"), &hours()).await.expect(404);
        stranger.delete(&format!("{path}/consumer-chat")).await.expect(404);
    }
    admin.get(&guards).await.expect(403);
    admin.put(&format!("{guards}/cluster-guard"), &hours()).await.expect(403);
    admin.delete(&format!("{guards}/cluster-guard")).await.expect(403);
    let viewer = server.viewer().await;
    viewer.get(&policies_of(crate::harness::WATCHED)).await.expect(200);
    viewer.put(&format!("{}/p", policies_of(crate::harness::WATCHED)), &hours()).await.expect(403);

    // A guard stands before every tenant's calls.
    let (key, other) = (admin.make_key("a:b").await, stranger.make_key("a:b").await);
    let guard = json!({ "module": "cluster-guard", "permissions": ["a:*"],
        "settings": { "blocked_tenants": [PREMISE, SECOND] } });
    operator.put(&format!("{guards}/ban"), &guard).await.expect(201);
    for key in [&key, &other] {
        assert_eq!(server.check_key(key, "a:b").await["code"], "policy_denied");
    }
    operator.delete(&format!("{guards}/ban")).await.expect(204);
    for key in [&key, &other] {
        assert_eq!(server.check_key(key, "a:b").await["decision"], "allow");
    }
    operator.get(&policies_of("no-such-tenant")).await.expect(404);
    operator.put(&format!("{}/p", policies_of("no-such-tenant")), &hours()).await.expect(404);
    // The cluster's people see to a tenant's policies, too.
    let by_operator = operator.put(&format!("{}/p", policies_of(PREMISE)), &hours()).await.expect(201);
    assert_eq!(by_operator.json()["name"], "p");
}

#[tokio::test]
async fn nobody_has_to_write_code() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let path = format!("{}/pages", policies_of(PREMISE));
    let cedar = |policies: &str| json!({ "module": "cedar", "permissions": ["nexus:consumer:*"], "settings": { "policies": policies } });
    let decide = async || server.check_key(&key, CHAT).await["code"].clone();
    admin.put(&path, &cedar("permit(principal, action, resource);")).await.expect(201);
    assert_eq!(decide().await, "allowed");
    let forbid = "permit(principal, action, resource);\n@id(\"closed\")\nforbid(principal, action == Action::\"nexus:consumer:chat\", resource);";
    admin.put(&path, &cedar(forbid)).await.expect(200);
    assert_eq!(decide().await, "policy_denied");
    // What is wrong with a text is told with its line and column, and what is in force stays.
    let wrong = admin.put(&path, &cedar("permit(principal, action, resource);\npermit(principal action);")).await;
    let wrong = wrong.expect(400).json();
    assert_eq!(wrong["errors"][0]["location"], "/settings/policies", "{wrong}");
    assert!(wrong["errors"][0]["message"].as_str().expect("a text").contains("line 2"), "{wrong}");
    assert_eq!(decide().await, "policy_denied");
}
