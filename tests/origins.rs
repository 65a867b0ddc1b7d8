//! Request Origins: what they sign lets them in once, in time, under their own address; what they send as Basic lets them
//! in; and every change of a credential counts at once.

use serde_json::{Value, json};

use crate::harness::{BASE, CHAT, Origin, PREMISE, Server, audit_in_full};

const POST: (&str, &str, &str) = ("POST", "/orders/1", "{\"n\":1}");

async fn made(server: &Server, kind: &str) -> (String, Origin) {
    let admin = server.admin().await;
    let space = admin.make_app_space().await;
    let origin = admin.make_origin(&space, &json!({ "name": "web", "kind": kind, "grants": [CHAT] })).await;
    (space, origin)
}

fn signed(server: &Server, origin: &Origin, after_ms: i64) -> String {
    origin.header(server.now_ms() + after_ms, POST.0, &format!("{BASE}{}", POST.1), POST.2)
}

async fn code(server: &Server, header: &str) -> Value {
    server.check_call(header, POST, CHAT).await["code"].clone()
}

/// The true code of a decision.
async fn true_code(server: &Server, header: &str) -> String {
    let told = server.check_call(header, POST, CHAT).await;
    assert_eq!(told["code"], "credential_unknown", "outsiders learn no more");
    server.admin().await.why(told["id"].as_str().expect("an id")).await.expect(200).field("code")
}

#[tokio::test]
async fn an_origin_s_secret_is_shown_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let space = admin.make_app_space().await;
    let body = json!({ "name": "web", "grants": [CHAT], "callbacks": ["https://shop.example.com/cb/{*}"] });
    let answer = admin.post(&format!("/v1/app-spaces/{space}/origins"), &body).await.expect(201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let origin = Origin::of(&answer);
    assert_eq!(answer.header("location"), Some(origin.path().as_str()));
    assert!(origin.secret.len() >= 43 && origin.id.len() == 36, "{origin:?}");
    let (last4, created) = (&origin.secret[origin.secret.len() - 4..], "2026-03-04T10:00:00.000Z");
    let expected = json!({
        "id": origin.id, "tenant": PREMISE, "app_space": space, "name": "web", "enabled": true, "role": "member",
        "grants": [CHAT], "kind": "hmac", "previous": null, "callbacks": ["https://shop.example.com/cb/{*}"],
        "credential": { "kind": "hmac", "last4": last4, "created": created, "expires": null },
        "created": created, "created_by": "nexus", "last_used": null,
    });
    let mut told = answer.json();
    assert_eq!(told.as_object_mut().and_then(|told| told.remove("secret")), Some(json!(origin.secret)));
    assert_eq!(told, expected);
    assert_eq!(admin.get(&origin.path()).await.expect(200).json(), expected);
    let list = admin.get(&format!("/v1/app-spaces/{space}/origins")).await.expect(200);
    assert_eq!(list.json(), json!({ "origins": [expected] }));
    let log = audit_in_full(server.setup(), PREMISE).await;
    assert!(log.iter().any(|entry| entry.contains("origin.created") && entry.contains(&origin.id)));
    assert!(log.iter().all(|entry| !entry.contains(&origin.secret)));
}

#[tokio::test]
async fn a_signed_call_passes_once() {
    let server = Server::start();
    let (_, origin) = made(&server, "hmac").await;
    let header = signed(&server, &origin, 0);
    let told = server.check_call(&header, POST, CHAT).await;
    assert_eq!(told["decision"], "allow", "{told}");
    assert_eq!((&told["subject"], &told["subject_kind"]), (&json!(origin.id), &json!("origin")));
    assert_eq!((&told["key"], &told["tenant"]), (&json!(origin.id), &json!(PREMISE)));
    assert_eq!(true_code(&server, &header).await, "nonce_replayed");
    assert_eq!(code(&server, &signed(&server, &origin, 1)).await, "allowed");
    let other = server.check_call(&signed(&server, &origin, 2), POST, "nexus:admin:all").await;
    assert_eq!(other["code"], "permission_not_granted");
    let at = server.admin().await.get(&origin.path()).await.expect(200).json();
    assert_eq!(at["last_used"], Value::Null, "written behind the calls");
}

#[tokio::test]
async fn what_was_signed_elsewhere_or_at_another_time_does_not_pass() {
    let server = Server::start();
    let (_, origin) = made(&server, "hmac").await;
    let now = server.now_ms();
    let url = format!("{BASE}{}", POST.1);
    for (header, why) in [
        (origin.header(now, "PUT", &url, POST.2), "signature_invalid"),
        (origin.header(now, POST.0, &format!("{BASE}/orders/2"), POST.2), "signature_invalid"),
        (origin.header(now, POST.0, &format!("https://other.example.com{}", POST.1), POST.2), "signature_invalid"),
        (origin.header(now, POST.0, &format!("http://shop.example.com{}", POST.1), POST.2), "signature_invalid"),
        (origin.header(now, POST.0, &url, "{\"n\":2}"), "signature_invalid"),
        (origin.header(now - 300_000, POST.0, &url, POST.2), "clock_skew"),
        (origin.header(now + 300_000, POST.0, &url, POST.2), "clock_skew"),
        (
            Origin { secret: "another".to_owned(), ..origin.clone() }.header(now, POST.0, &url, POST.2),
            "signature_invalid",
        ),
        (origin.basic(), "credential_unknown"),
    ] {
        assert_eq!(true_code(&server, &header).await, why, "{header}");
    }
    let nobody = Origin { id: "00000000-0000-4000-8000-000000000000".to_owned(), ..origin.clone() };
    assert_eq!(code(&server, &nobody.header(now, POST.0, &url, POST.2)).await, "credential_unknown");
    for edge in [-299_999, 299_999] {
        assert_eq!(code(&server, &origin.header(now + edge, POST.0, &url, POST.2)).await, "allowed", "{edge}");
    }
    for malformed in ["CX1-HMAC-SHA256,x", "CX1-HMAC-SHA256", "CX1-HMAC-SHA256 a,b/c,d"] {
        let told = code(&server, malformed).await;
        assert!(told == "credential_malformed" || told == "credential_unknown", "{malformed}: {told}");
    }
    // Where the host says another, nothing changes: no header is asked.
    let headers = json!({ "authorization": origin.header(now + 7, "GET", "https://evil.example/a", ""),
        "host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" });
    let told = server
        .check(&json!({ "headers": headers, "method": "GET", "path": "/a", "size": 0, "permission": CHAT }))
        .await;
    assert_eq!(told["code"], "credential_unknown");
}

#[tokio::test]
async fn a_query_may_be_signed_or_left_out_and_a_get_has_no_body() {
    let server = Server::start();
    let (_, origin) = made(&server, "hmac").await;
    let now = server.now_ms();
    let check = async |url: &str, at, path: &str, body: &str| {
        let header = origin.header(now + at, "GET", &format!("{BASE}{url}"), body);
        server.check_call(&header, ("GET", path, body), CHAT).await["code"].clone()
    };
    assert_eq!(check("/a?b=%2F&b=c", 0, "/a?b=%2F&b=c", "").await, "allowed");
    assert_eq!(check("/a", 1, "/a?b=c", "").await, "allowed");
    assert_eq!(check("/a?b=c", 2, "/a?b=d", "").await, "credential_unknown");
    assert_eq!(check("/a?b=c", 3, "/a", "").await, "credential_unknown");
    assert_eq!(check("/a", 4, "/a", "not signed").await, "credential_unknown");
    // As a proxy asks, which shows no body.
    let forward = async |method: &str, length: Option<&str>, at| {
        let header = origin.header(now + at, method, &format!("{BASE}/a"), "");
        let mut headers =
            vec![("authorization", header.as_str()), ("x-original-method", method), ("x-original-uri", "/a")];
        headers.extend(length.map(|length| ("x-original-length", length)));
        let path = format!("/forward/nginx?permission={CHAT}");
        server.forward_to(&path, &headers).await.status
    };
    assert_eq!(forward("GET", None, 5).await, 200);
    assert_eq!(forward("POST", Some("0"), 6).await, 200);
    assert_eq!(forward("POST", Some("5"), 7).await, 401);
    assert_eq!(forward("POST", None, 8).await, 401);
}

#[tokio::test]
async fn an_origin_by_basic_sends_its_guid_and_secret() {
    let server = Server::start();
    let (_, origin) = made(&server, "basic").await;
    assert_eq!(code(&server, &origin.basic()).await, "allowed");
    assert_eq!(code(&server, &origin.basic()).await, "allowed", "as often as it likes");
    let wrong = Origin { secret: format!("{}x", origin.secret), ..origin.clone() };
    assert_eq!(true_code(&server, &wrong.basic()).await, "credential_unknown");
    assert_eq!(true_code(&server, &signed(&server, &origin, 0)).await, "signature_invalid");
    let nobody = Origin { id: "00000000-0000-4000-8000-000000000000".to_owned(), ..origin };
    assert_eq!(code(&server, &nobody.basic()).await, "credential_unknown");
}

#[tokio::test]
async fn a_new_credential_takes_the_place_of_the_old_one_at_once_or_after_a_while() {
    let server = Server::start();
    let admin = server.admin().await;
    let (_, first) = made(&server, "hmac").await;
    let credentials = format!("{}/credentials", first.path());
    assert_eq!(code(&server, &signed(&server, &first, 0)).await, "allowed");
    let second = Origin::of(&admin.post(&credentials, &json!({})).await.expect(201));
    assert_eq!(second.id, first.id);
    assert_eq!(true_code(&server, &signed(&server, &first, 1)).await, "signature_invalid");
    assert_eq!(code(&server, &signed(&server, &second, 2)).await, "allowed");
    // To another type, with a while for both.
    let made = admin.post(&credentials, &json!({ "kind": "basic", "overlap_s": 60 })).await.expect(201);
    let third = Origin::of(&made);
    assert_eq!((&made.json()["kind"], &made.json()["previous"]["kind"]), (&json!("basic"), &json!("hmac")));
    assert_eq!(code(&server, &signed(&server, &second, 3)).await, "allowed");
    assert_eq!(code(&server, &third.basic()).await, "allowed");
    server.advance_s(59);
    assert_eq!(code(&server, &signed(&server, &second, 4)).await, "allowed");
    server.advance_s(1);
    assert_eq!(true_code(&server, &signed(&server, &second, 5)).await, "key_expired");
    assert_eq!(code(&server, &third.basic()).await, "allowed");
    for wrong in [json!({ "kind": "oauth" }), json!({ "overlap_s": 2_592_001 }), json!({ "overlap": 1 })] {
        admin.post(&credentials, &wrong).await.expect(400);
    }
    admin.delete(&credentials).await.expect(204);
    assert_eq!(true_code(&server, &third.basic()).await, "credential_unknown");
    let kept = admin.get(&first.path()).await.expect(200).json();
    assert_eq!((&kept["credential"], &kept["previous"], &kept["kind"]), (&Value::Null, &Value::Null, &json!("basic")));
    let fourth = Origin::of(&admin.post(&credentials, &json!({ "kind": "hmac" })).await.expect(201));
    assert_eq!(code(&server, &signed(&server, &fourth, 6)).await, "allowed");
}

#[tokio::test]
async fn a_change_of_an_origin_or_its_app_space_counts_at_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let (space, origin) = made(&server, "hmac").await;
    let space = format!("/v1/app-spaces/{space}");
    assert_eq!(code(&server, &signed(&server, &origin, 0)).await, "allowed");
    admin.patch(&origin.path(), &json!({ "enabled": false })).await.expect(200);
    assert_eq!(true_code(&server, &signed(&server, &origin, 1)).await, "key_disabled");
    admin.patch(&origin.path(), &json!({ "enabled": true, "grants": [] })).await.expect(200);
    assert_eq!(code(&server, &signed(&server, &origin, 2)).await, "permission_not_granted");
    admin.patch(&origin.path(), &json!({ "grants": [CHAT] })).await.expect(200);
    admin.patch(&space, &json!({ "base_urls": ["https://new.example.com"] })).await.expect(200);
    assert_eq!(true_code(&server, &signed(&server, &origin, 3)).await, "signature_invalid");
    admin.patch(&space, &json!({ "base_urls": [] })).await.expect(200);
    assert_eq!(true_code(&server, &signed(&server, &origin, 4)).await, "signature_invalid");
    admin.patch(&space, &json!({ "base_urls": ["https://new.example.com", BASE] })).await.expect(200);
    assert_eq!(code(&server, &signed(&server, &origin, 5)).await, "allowed");
    admin.delete(&space).await.expect(204);
    assert_eq!(code(&server, &signed(&server, &origin, 6)).await, "credential_unknown");
    admin.get(&origin.path()).await.expect(404);
}

#[tokio::test]
async fn a_credential_outlives_a_restart_and_so_does_its_use() {
    let server = Server::start();
    let (_, hmac) = made(&server, "hmac").await;
    let (_, basic) = made(&server, "basic").await;
    let header = signed(&server, &hmac, 0);
    assert_eq!(code(&server, &header).await, "allowed");
    assert_eq!(code(&server, &basic.basic()).await, "allowed");
    let server = server.stop().start();
    assert_eq!(true_code(&server, &header).await, "nonce_replayed");
    assert_eq!(code(&server, &signed(&server, &hmac, 1)).await, "allowed");
    assert_eq!(code(&server, &basic.basic()).await, "allowed");
    let told = server.admin().await.get(&hmac.path()).await.expect(200).json();
    assert_eq!(told["last_used"], "2026-03-04T10:00:00.000Z");
}

#[tokio::test]
async fn an_origin_signs_calls_to_our_own_doors_by_the_address_that_the_operator_named() {
    let named =
        crate::harness::Setup::new().configure(|config| config.public_url = "https://auth.example.com".to_owned());
    let server = named.start();
    let operator = server.operator().await;
    let space = operator.post("/v1/app-spaces", &json!({ "name": "Ops" })).await.expect(201).field("id");
    let ops = operator.make_origin(&space, &json!({ "name": "ops", "role": "admin" })).await;
    let anonymous = server.anonymous();
    let mut at = server.now_ms();
    let mut call = async |origin: &Origin, base: &str, method: &str, path: &str, body: &str| {
        at += 1;
        let actor = anonymous.with_authorization(&origin.header(at, method, &format!("{base}{path}"), body));
        let request = actor.request(method, path);
        let request = if body.is_empty() { request } else { request.body(body.to_owned()) };
        actor.send(request).await
    };
    let base = "https://auth.example.com";
    call(&ops, base, "GET", "/v1/tenants", "").await.expect(200);
    call(&ops, "https://shop.example.com", "GET", "/v1/tenants", "").await.expect(401);
    call(&ops, base, "POST", "/v1/app-spaces", "{\"name\":\"made by a machine\"}").await.expect(201);
    let log = audit_in_full(server.setup(), "*").await;
    let actor = format!("origin:{}", ops.id);
    assert!(log.iter().any(|entry| entry.contains("app-space.created") && entry.contains(&actor)));
    // A tenant's origin is no admin, whatever is asked for.
    let admin = server.admin().await;
    let own = admin.make_app_space().await;
    let body = json!({ "name": "x", "role": "admin" });
    admin.post(&format!("/v1/app-spaces/{own}/origins"), &body).await.expect(400);
    let member = admin.make_origin(&own, &json!({ "name": "x" })).await;
    call(&member, base, "GET", "/v1/keys", "").await.expect(403);
    admin.patch(&member.path(), &json!({ "role": "admin" })).await.expect(400);
}

#[tokio::test]
async fn callbacks_and_names_of_an_origin_are_checked() {
    let server = Server::start();
    let admin = server.admin().await;
    let space = admin.make_app_space().await;
    let origins = format!("/v1/app-spaces/{space}/origins");
    for (member, value) in [
        ("name", json!("")),
        ("kind", json!("jwt")),
        ("grants", json!(["a b"])),
        ("role", json!("king")),
        ("role", json!("viewer")),
        ("callbacks", json!(["http://a.example/cb"])),
        ("callbacks", json!(vec!["https://a.example/cb"; 33])),
        ("secret", json!("mine")),
    ] {
        let mut body = json!({ "name": "a" });
        body[member] = value;
        admin.post(&origins, &body).await.expect(400);
    }
    admin.post(&format!("/v1/app-spaces/{}/origins", "0".repeat(36)), &json!({ "name": "a" })).await.expect(404);
    admin.get("/v1/origins/00000000-0000-4000-8000-000000000000").await.expect(404);
}
