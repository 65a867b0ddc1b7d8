//! `/v1/app-spaces`: applications, who says who their users are, and who may see and change them.

use serde_json::{Value, json};

use crate::harness::{Actor, Answer, BASE, CHAT, PREMISE, SECOND, Server, audit_in_full};

const SPACES: &str = "/v1/app-spaces";
const PASSWORD: &str = "correct horse battery";

fn openid() -> Value {
    json!({
        "type": "openid", "name": "Our people", "client_id": "wardgate", "client_secret": "s3cret-of-the-provider",
        "discovery_url": "https://id.example.com/.well-known/openid-configuration",
        "audiences": ["api"], "algorithms": ["ES256", "EdDSA"], "grants_claim": "scope", "grants": [CHAT],
    })
}

#[track_caller]
fn check_fault(answer: &Answer, location: &str) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.json()["errors"][0]["location"], location, "{}", answer.text());
}

async fn somebody(server: &Server, body: &Value) -> Actor {
    let (operator, name) = (server.operator().await, body["name"].as_str().expect("a name").to_owned());
    let mut body = body.clone();
    body["password"] = json!(PASSWORD);
    operator.post(&format!("/v1/users?tenant={PREMISE}"), &body).await.expect(201);
    let tokens = server.sign_in(&format!("{PREMISE}\\{name}"), PASSWORD).await.expect(200);
    server.anonymous().with_token(&tokens.field("access_token"))
}

#[tokio::test]
async fn an_app_space_has_one_provider_whose_secret_is_never_shown() {
    let server = Server::start();
    let admin = server.admin().await;
    let made = admin.post(SPACES, &json!({ "name": "Shop", "base_urls": [BASE] })).await.expect(201);
    let id = made.field("id");
    assert_eq!(made.header("location"), Some(format!("{SPACES}/{id}").as_str()));
    let mut expected = json!({
        "id": id, "tenant": PREMISE, "name": "Shop", "base_urls": [BASE], "provider": { "type": "simple" },
        "created": "2026-03-04T10:00:00.000Z",
    });
    assert_eq!(made.json(), expected);
    assert_eq!(admin.get(SPACES).await.expect(200).json(), json!({ "app_spaces": [expected] }));
    let one = format!("{SPACES}/{id}");
    let changed = admin.patch(&one, &json!({ "provider": openid() })).await.expect(200);
    expected["provider"] = json!({
        "type": "openid", "name": "Our people", "client_id": "wardgate", "has_secret": true,
        "discovery_url": "https://id.example.com/.well-known/openid-configuration", "issuer": "https://id.example.com",
        "scopes": ["openid"], "sign_in": false, "audiences": ["api"], "algorithms": ["ES256", "EdDSA"], "subject_claim": "sub",
        "grants_claim": "scope", "grants": [CHAT],
    });
    assert_eq!(changed.json(), expected);
    // What was read can be sent back, and what is left out stays.
    admin.patch(&one, &json!({ "provider": expected["provider"] })).await.expect(200);
    let part = json!({ "provider": { "type": "openid", "grants_claim": null, "subject_claim": "email" } });
    expected["provider"]["grants_claim"] = Value::Null;
    expected["provider"]["subject_claim"] = json!("email");
    assert_eq!(admin.patch(&one, &part).await.expect(200).json(), expected);
    assert_eq!(admin.get(&one).await.expect(200).json(), expected);
    // Whoever moves the provider must know its secret.
    let elsewhere = "https://elsewhere.example.com/.well-known/openid-configuration";
    let moved = json!({ "provider": { "type": "openid", "discovery_url": elsewhere } });
    check_fault(&admin.patch(&one, &moved).await, "/provider/client_secret");
    let moved = json!({ "provider": { "type": "openid", "discovery_url": elsewhere, "client_secret": null } });
    assert_eq!(admin.patch(&one, &moved).await.expect(200).json()["provider"]["has_secret"], false);
    let simple = json!({ "name": "Laden", "base_urls": [], "provider": { "type": "simple" } });
    admin.patch(&one, &simple).await.expect(200);
    admin.delete(&one).await.expect(204);
    for method in ["GET", "PATCH", "DELETE"] {
        admin.send(admin.request(method, &one).body("{}")).await.expect(404);
    }
    let log = audit_in_full(server.setup(), PREMISE).await;
    let told: Vec<_> = log.iter().filter(|entry| entry.contains("app-space.")).collect();
    assert_eq!(told.len(), 7, "one entry a change: {told:?}");
    assert!(told.iter().all(|entry| entry.contains(&id) && !entry.contains("s3cret")));
}

#[tokio::test]
async fn what_is_wrong_with_an_app_space_is_told_where() {
    let server = Server::start();
    let admin = server.admin().await;
    let cases = [
        (json!({ "name": " " }), "/name"),
        (json!({ "name": "a\u{7}" }), "/name"),
        (json!({ "name": "x".repeat(257) }), "/name"),
        (json!({ "name": "a", "base_urls": ["https://a/"] }), "/base_urls/0"),
        (json!({ "name": "a", "base_urls": vec!["https://a"; 5] }), "/base_urls"),
        (json!({ "name": "a", "provider": { "type": "saml" } }), "/provider/type"),
        (json!({ "name": "a", "provider": { "type": "openid" } }), "/provider/name"),
    ];
    for (body, location) in cases {
        check_fault(&admin.post(SPACES, &body).await, location);
    }
    for (member, value, location) in [
        ("discovery_url", json!("https://id.example.com"), "/provider/discovery_url"),
        ("discovery_url", json!("http://id.example.com/.well-known/openid-configuration"), "/provider/discovery_url"),
        ("client_id", json!(""), "/provider/client_id"),
        ("client_secret", json!("a b"), "/provider/client_secret"),
        ("client_secret", json!(7), "/provider/client_secret"),
        ("algorithms", json!(["none"]), "/provider/algorithms"),
        ("algorithms", json!(["HS256"]), "/provider/algorithms"),
        ("algorithms", json!([]), "/provider/algorithms"),
        ("audiences", json!([]), "/provider/audiences"),
        ("audiences", json!(["a", ""]), "/provider/audiences/1"),
        ("scopes", json!(vec!["a"; 17]), "/provider/scopes"),
        ("grants", json!(["a b"]), "/provider/grants"),
        ("subject_claim", json!("\u{e4}"), "/provider/subject_claim"),
    ] {
        let mut provider = openid();
        provider[member] = value;
        check_fault(&admin.post(SPACES, &json!({ "name": "a", "provider": provider })).await, location);
    }
    assert_eq!(admin.get(SPACES).await.expect(200).json(), json!({ "app_spaces": [] }));
}

#[tokio::test]
async fn an_app_space_of_another_tenant_does_not_exist() {
    let server = Server::start();
    let (admin, stranger) = (server.admin().await, server.stranger().await);
    let id = admin.make_app_space().await;
    let one = format!("{SPACES}/{id}");
    for method in ["GET", "PATCH", "DELETE"] {
        stranger.send(stranger.request(method, &one).body("{}")).await.expect(404);
        stranger.send(stranger.request(method, &format!("{one}?tenant={PREMISE}")).body("{}")).await.expect(404);
    }
    let origins = format!("{one}/origins");
    stranger.get(&origins).await.expect(404);
    stranger.post(&origins, &json!({ "name": "a" })).await.expect(404);
    assert_eq!(stranger.get(SPACES).await.expect(200).json(), json!({ "app_spaces": [] }));
    // The cluster's people name the tenant.
    let operator = server.operator().await;
    operator.get(&one).await.expect(404);
    operator.get(&format!("{one}?tenant={SECOND}")).await.expect(404);
    operator.get(&format!("{one}?tenant={PREMISE}")).await.expect(200);
}

#[tokio::test]
async fn nobody_trusts_a_provider_with_more_than_he_has() {
    let server = Server::start();
    let rights = json!(["Wardgate.AppSpaces.canManage"]);
    let body = json!({ "name": "spaces", "role": "member", "privileges": rights, "grants": ["shop:*"] });
    let actor = somebody(&server, &body).await;
    let with = |grants: &[&str]| {
        let mut provider = openid();
        provider["grants"] = json!(grants);
        json!({ "name": "a", "provider": provider })
    };
    actor.post(SPACES, &with(&[CHAT])).await.expect(403);
    actor.post(SPACES, &with(&["shop:order:read"])).await.expect(201);
}

#[tokio::test]
async fn who_is_given_app_spaces_sees_and_changes_no_other_thing() {
    let server = Server::start();
    let admin = server.admin().await;
    let (given, other) = (admin.make_app_space().await, admin.make_app_space().await);
    let mine = admin.make_origin(&given, &json!({ "name": "a", "grants": [CHAT] })).await;
    let theirs = admin.make_origin(&other, &json!({ "name": "a" })).await;
    let of = |name: &str, role: &str| json!({ "name": name, "role": role, "app_spaces": [given] });
    let (lead, support) =
        (somebody(&server, &of("lead", "app-space-admin")).await, somebody(&server, &of("help", "support")).await);
    for actor in [&lead, &support] {
        let listed = actor.get(SPACES).await.expect(200).json();
        assert_eq!(listed["app_spaces"].as_array().map(Vec::len), Some(1), "{listed}");
        actor.get(&format!("{SPACES}/{given}")).await.expect(200);
        actor.get(&format!("{SPACES}/{other}")).await.expect(404);
        actor.get(&format!("{SPACES}/{given}/origins")).await.expect(200);
        actor.get(&format!("{SPACES}/{other}/origins")).await.expect(404);
        actor.get(&mine.path()).await.expect(200);
        actor.get(&theirs.path()).await.expect(404);
        actor.patch(&format!("{SPACES}/{given}"), &json!({ "name": "x" })).await.expect(403);
        actor.delete(&format!("{SPACES}/{given}")).await.expect(403);
        actor.post(SPACES, &json!({ "name": "x" })).await.expect(403);
        for path in ["/v1/keys", "/v1/users", "/v1/tenants", "/nexus/v3/apikeys"] {
            actor.get(path).await.expect(403);
        }
    }
    support.patch(&mine.path(), &json!({ "name": "x" })).await.expect(403);
    support.post(&format!("{}/credentials", mine.path()), &json!({})).await.expect(403);
    support.post(&format!("{SPACES}/{given}/origins"), &json!({ "name": "x" })).await.expect(403);
    lead.patch(&mine.path(), &json!({ "callbacks": ["https://a.example/{*}"] })).await.expect(200);
    lead.post(&format!("{}/credentials", mine.path()), &json!({})).await.expect(201);
    lead.delete(&theirs.path()).await.expect(404);
    lead.post(&format!("{SPACES}/{other}/origins"), &json!({ "name": "x" })).await.expect(404);
    // What he does not have, he does not give.
    lead.post(&format!("{SPACES}/{given}/origins"), &json!({ "name": "x", "grants": [CHAT] })).await.expect(403);
    lead.post(&format!("{SPACES}/{given}/origins"), &json!({ "name": "x" })).await.expect(201);
    lead.delete(&mine.path()).await.expect(204);
    // He looks after supporters of his App Space, and after nobody else.
    let supporter = |spaces: &[&String], role: &str, more: Value| json!({ "name": "new", "role": role, "app_spaces": spaces, "password": PASSWORD, "privileges": more });
    for (spaces, role, more) in [
        (vec![&given], "app-space-admin", json!([])),
        (vec![&given], "support", json!(["Wardgate.Users.canRead"])),
        (vec![&given, &other], "support", json!([])),
        (vec![], "support", json!([])),
        (vec![], "member", json!([])),
    ] {
        lead.post("/v1/users", &supporter(&spaces, role, more)).await.expect(403);
    }
    support.post("/v1/users", &supporter(&[&given], "support", json!([]))).await.expect(403);
    lead.post("/v1/users", &supporter(&[&given], "support", json!([]))).await.expect(201);
    lead.patch("/v1/users/new", &json!({ "given_name": "N" })).await.expect(200);
    lead.get("/v1/users/new").await.expect(200);
    for wider in
        [json!({ "role": "admin", "app_spaces": [] }), json!({ "app_spaces": [other] }), json!({ "grants": [CHAT] })]
    {
        lead.patch("/v1/users/new", &wider).await.expect(403);
    }
    for name in ["nexus", "lead"] {
        lead.get(&format!("/v1/users/{name}")).await.expect(404);
        lead.patch(&format!("/v1/users/{name}"), &json!({ "given_name": "N" })).await.expect(404);
        lead.delete(&format!("/v1/users/{name}")).await.expect(404);
        lead.post(&format!("/v1/users/{name}/reset-password"), &json!({})).await.expect(403);
    }
    lead.delete("/v1/users/new").await.expect(204);
    // Of what was taken away, nothing is left.
    let users = admin.get("/v1/users").await.expect(200).json();
    let named = |user: &&Value| user["name"] == "lead";
    let user = users["users"].as_array().expect("a list").iter().find(named).expect("he is there");
    let one = format!("/v1/users/{}", user["id"].as_str().expect("an id"));
    assert_eq!(user["app_spaces"], json!([given]));
    admin.patch(&one, &json!({ "app_spaces": [other] })).await.expect(200);
    lead.get(&format!("{SPACES}/{given}")).await.expect(404);
    lead.get(&format!("{SPACES}/{other}")).await.expect(200);
    for wrong in [json!([other, other]), json!(["00000000-0000-4000-8000-000000000000"]), json!(["x"])] {
        admin.patch(&one, &json!({ "app_spaces": wrong })).await.expect(400);
    }
    admin.patch(&one, &json!({ "role": "viewer" })).await.expect(400);
    admin.patch(&one, &json!({ "role": "viewer", "app_spaces": [] })).await.expect(200);
}
