//! May this call pass, and why not: both decision doors, every code that can be brought about from outside, what an
//! outsider is told of it and what the tenant's people read by the decision's id.

use serde_json::{Value, json};

use crate::harness::{
    APIKEYS, Actor, Answer, CHAT, Key, PREMISE, SECOND, SUSPENDED, Server, Setup, TOKEN, member_names,
};

const DESIGNER: &str = "nexus:designer:chat";
/// What an outsider is told of every credential that is not good.
const UNKNOWN: &str = "credential_unknown";
const CHAT_URI: &str = "/forward/nginx?permission=nexus:consumer:chat";
/// The door's own members, in order. `retry_after` is there only where another try makes sense.
const ANSWER_MEMBERS: [&str; 12] = [
    "id",
    "decision",
    "code",
    "status",
    "tenant",
    "subject",
    "subject_kind",
    "caller_kind",
    "key",
    "grants",
    "obligations",
    "rate",
];

/// An ask with `key` that needs `permission`.
fn ask(key: &Key, permission: &str) -> Value {
    json!({ "headers": { "x-api-key": key.plain }, "permission": permission })
}

/// `value` with one more member.
fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

/// What a refusal at the check door looks like to an outsider: everything but the decision's own name.
fn outward(mut answer: Value) -> Value {
    answer["id"] = Value::Null;
    answer
}

/// What a refusal at the forward door looks like to an outsider.
fn outward_headers(answer: &Answer) -> (u16, Vec<(String, String)>, usize) {
    let own = ["date", "x-request-id", "x-wardgate-decision"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let text = |value: &reqwest::header::HeaderValue| value.to_str().expect("visible ASCII").to_owned();
    (answer.status, headers.map(|(name, value)| (name.to_string(), text(value))).collect(), answer.body.len())
}

#[tokio::test]
async fn an_allowed_call_is_answered_with_who_called() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    let answer = server.anonymous().post("/v1/check", &ask(&key, CHAT)).await.expect(200);
    assert_eq!(member_names(&answer.text()), ANSWER_MEMBERS);
    let mut body = answer.json();
    assert!(uuid::Uuid::parse_str(body["id"].take().as_str().expect("text")).is_ok());
    assert_eq!(
        body,
        json!({
            "id": null, "decision": "allow", "code": "allowed", "status": 200, "tenant": PREMISE,
            "subject": key.handle, "subject_kind": "api-key", "caller_kind": "api-key", "key": key.handle, "grants": [CHAT], "obligations": [],
            "rate": { "limit": 120, "window_seconds": 60, "remaining": 119, "reset_seconds": 1 },
        })
    );
    let forwarded = server.forward_to(CHAT_URI, &[("x-api-key", &key.plain)]).await.expect(200);
    assert!(forwarded.body.is_empty(), "nginx drops the connection over a body");
    for (name, value) in [("tenant", PREMISE), ("subject", &key.handle), ("key", &key.handle), ("grants", CHAT)] {
        assert_eq!(forwarded.header(&format!("x-wardgate-{name}")), Some(value));
    }
    assert_eq!(forwarded.header("x-wardgate-decision"), forwarded.header("x-request-id"));
}

#[tokio::test]
async fn a_permission_is_named_by_the_caller_or_found_by_the_route() {
    let server = Server::start();
    let (admin, second) = (server.admin().await, server.stranger().await);
    let (key, designer) = (admin.make_key(CHAT).await, admin.make_key(DESIGNER).await);
    let theirs = second.make_key(CHAT).await;
    let cases = [
        (&key, "POST", "/nexus/v3/chat/sessions", "allow"),
        (&key, "POST", "/nexus/v3/chat/sessions?x=1", "allow"),
        (&key, "GET", "/nexus/v3/chat/sessions/7/messages", "allow"),
        (&key, "PUT", "/nexus/v3/chat/sessions", "deny"),
        (&key, "POST", "/nexus/v3/chat/sessions/", "deny"),
        (&key, "POST", "/nowhere", "deny"),
        (&key, "GET", "/designer/v3/chat/a/b", "deny"),
        (&designer, "GET", "/designer/v3/chat/a/b", "allow"),
        (&designer, "PATCH", "/designer/v3/chat/a", "allow"),
        (&designer, "GET", "/designer/v3/chat/../chat/a", "deny"),
        // The tenant's own route, which the other tenant does not have.
        (&theirs, "POST", "/help/chat", "allow"),
        (&key, "POST", "/help/chat", "deny"),
    ];
    for (key, method, path, expected) in cases {
        let origin = "https://help.example.org";
        let origin = if key.handle == theirs.handle { Some(origin) } else { None };
        let mut headers = vec![("x-api-key", key.plain.as_str()), ("x-original-method", method)];
        headers.push(("x-original-uri", path));
        headers.push(("x-original-length", "7"));
        headers.extend(origin.map(|origin| ("origin", origin)));
        let forwarded = server.forward(&headers).await;
        assert_eq!(forwarded.status, if expected == "allow" { 200 } else { 403 }, "{method} {path}");
        if path.contains("..") {
            continue;
        }
        let mut asked = json!({ "headers": { "x-api-key": key.plain }, "method": method, "path": path, "size": 7 });
        if let Some(origin) = origin {
            asked["headers"]["origin"] = json!(origin);
        }
        let answer = server.check(&asked).await;
        assert_eq!(answer["decision"], expected, "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_permission_fixed_in_the_proxy_goes_before_the_route() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    let call =
        [("x-api-key", key.plain.as_str()), ("x-original-method", "GET"), ("x-original-uri", "/designer/v3/chat/a")];
    server.forward(&call).await.expect(403);
    server.forward_to(CHAT_URI, &call).await.expect(200);
    // A mistake in the proxy's configuration opens nothing.
    for query in
        ["permission=", "permission=a%20b", "permision=nexus:consumer:chat", "permission=a:b&permission=c:d", "x"]
    {
        let answer = server.forward_to(&format!("/forward/nginx?{query}"), &call).await.expect(403);
        assert_eq!(answer.header("x-wardgate-tenant"), None, "{query}");
    }
}

#[tokio::test]
async fn a_list_of_asks_is_answered_in_its_order() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    let (yes, no) = (ask(&key, CHAT), ask(&key, DESIGNER));
    for (asks, expected) in [
        (json!([yes]), vec!["allow"]),
        (json!([yes, no, yes]), vec!["allow", "deny", "allow"]),
        (json!(vec![no.clone(); 50]), vec!["deny"; 50]),
    ] {
        let answers = server.check(&asks).await;
        let decisions: Vec<_> = answers.as_array().expect("a list").iter().map(|answer| &answer["decision"]).collect();
        assert_eq!(decisions, expected);
    }
    for asks in [json!([]), json!(vec![yes; 51])] {
        let answer = server.anonymous().post("/v1/check", &asks).await.expect(400);
        assert_eq!(answer.json()["code"], "invalid_parameter");
    }
}

#[tokio::test]
async fn each_ask_of_a_list_takes_its_own_room_and_a_bad_one_takes_none() {
    let server = Server::start();
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 2, "frequency": 60 });
    let key = server.admin().await.make_key_with(&body).await;
    let bad = json!([ask(&key, CHAT), ask(&key, CHAT), { "headers": {}, "permission": "a b" }]);
    let answer = server.anonymous().post("/v1/check", &bad).await.expect(400);
    assert_eq!(answer.json()["errors"][0]["location"], "/2/permission");
    let answers = server.check(&json!(vec![ask(&key, CHAT); 3])).await;
    let codes: Vec<_> = answers.as_array().expect("a list").iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, ["allowed", "allowed", "rate_limited"]);
}

#[tokio::test]
async fn what_is_wrong_with_an_ask_is_said_with_its_place() {
    let server = Server::start();
    let good = json!({ "headers": {}, "permission": CHAT });
    let facts: serde_json::Map<_, _> = (0..65).map(|n| (format!("m{n}"), json!(1))).collect();
    let cases = [
        (json!({ "permission": CHAT }), ""),
        (json!({ "headers": {} }), "/permission"),
        (json!({ "headers": {}, "method": "GET" }), "/permission"),
        (json!({ "headers": {}, "path": "/a" }), "/permission"),
        (with(good.clone(), "colour", json!(1)), "/colour"),
        (with(good.clone(), "permission", json!("a b")), "/permission"),
        (with(good.clone(), "permission", json!("nexus:*")), "/permission"),
        (with(good.clone(), "permission", json!(7)), "/permission"),
        (with(good.clone(), "headers", json!([])), "/headers"),
        (with(good.clone(), "headers", json!({ "a b": "c" })), "/headers/a b"),
        (with(good.clone(), "headers", json!({ "a": "b\r\nc: d" })), "/headers/a"),
        (with(good.clone(), "headers", json!({ "a": 7 })), "/headers/a"),
        (with(good.clone(), "headers", json!({ "a": vec!["b"; 65] })), "/headers/a"),
        (with(good.clone(), "method", json!("G T")), "/method"),
        (with(good.clone(), "path", json!("a/b")), "/path"),
        (with(good.clone(), "path", json!("/a/../b")), "/path"),
        (with(good.clone(), "path", json!("/a%2fb")), "/path"),
        (with(good.clone(), "client_address", json!("10.0.0")), "/client_address"),
        (with(good.clone(), "size", json!(-1)), "/size"),
        (with(good.clone(), "resource", json!({ "a": 1.5 })), "/resource/a"),
        (with(good.clone(), "resource", json!({ "a": { "b": 1 } })), "/resource/a"),
        (with(good.clone(), "context", json!({ "a": ["b", 1] })), "/context/a"),
        (with(good.clone(), "context", json!(facts)), "/context"),
    ];
    for (body, location) in cases {
        for (body, location) in [(json!([good, body]), format!("/1{location}")), (body, location.to_owned())] {
            let answer = server.anonymous().post("/v1/check", &body).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let found = answer.json()["errors"][0]["location"].as_str().expect("a location").to_owned();
            assert!(found.starts_with(&location), "{body}: {found} instead of {location}");
        }
    }
}

/// One way to be refused: what is asked, what an outsider is told and what really happened.
struct Refusal {
    ask: Value,
    outward: &'static str,
    status: u16,
    code: &'static str,
    step: &'static str,
    /// Whose people may read why.
    reader: Actor,
}

#[tokio::test]
async fn every_refusal_says_little_outwards_and_the_truth_by_its_id() {
    let server = Server::start();
    let (admin, second, operator) = (server.admin().await, server.stranger().await, server.operator().await);
    let of_suspended = json!({ "tenant": SUSPENDED, "name": "k", "permissions": [CHAT] });
    let suspended = Key::of(&operator.post(APIKEYS, &of_suspended).await.expect(201));
    let key = admin.make_key(CHAT).await;
    let disabled = admin.make_key_with(&json!({ "name": "k", "permissions": [CHAT], "enabled": false })).await;
    let short = json!({ "name": "k", "permissions": [CHAT], "expires": "2026-03-04T10:00:01Z" });
    let expired = admin.make_key_with(&short).await;
    let revoked = admin.make_key(CHAT).await;
    admin.patch(&revoked.path(), &json!({ "revoked": true })).await.expect(200);
    let scarce = json!({ "name": "k", "permissions": [CHAT], "capacity": 1, "frequency": 86_400 });
    let scarce = admin.make_key_with(&scarce).await;
    assert_eq!(server.check_key(&scarce, CHAT).await["decision"], "allow");
    let cluster = operator.make_key("nexus:cluster:*").await;
    let (username, password) = server.login_of(PREMISE);
    let ended = server.sign_in(&username, &password).await.field("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", ended.as_str())];
    let ended = server.client().form(TOKEN, &form).await.expect(200).field("access_token");
    server.client().form(TOKEN, &form).await.expect(400);
    let late = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.field("access_token");
    server.advance_s(43_200);
    let (admin_again, second_again, operator_again) =
        (server.admin().await, server.stranger().await, server.operator().await);
    drop((admin, second));
    let bearer = |token: &str| json!({ "headers": { "authorization": token }, "permission": CHAT });
    let own = |ask: Value, outward, status, code, step| Refusal {
        ask,
        outward,
        status,
        code,
        step,
        reader: admin_again.clone(),
    };
    let theirs = |ask: Value, outward, status, code, step| Refusal {
        reader: operator_again.clone(),
        ..own(ask, outward, status, code, step)
    };
    let none = json!({ "headers": {}, "permission": CHAT });
    let twice = json!({ "headers": { "x-api-key": [key.plain, key.plain] }, "permission": CHAT });
    let named = |tenant: &str| with(ask(&key, CHAT), "tenant", json!(tenant));
    let by_cluster = |tenant: &str| with(ask(&cluster, CHAT), "tenant", json!(tenant));
    let cases = [
        theirs(none, "credential_missing", 401, "credential_missing", "resolve"),
        theirs(twice, "credential_malformed", 401, "credential_malformed", "resolve"),
        theirs(bearer("Digest x"), "credential_malformed", 401, "credential_malformed", "resolve"),
        theirs(bearer("no-such-token"), UNKNOWN, 401, UNKNOWN, "resolve"),
        theirs(by_cluster("no-such-tenant"), UNKNOWN, 401, "tenant_unknown", "resolve"),
        theirs(by_cluster("not a tenant"), UNKNOWN, 401, "tenant_unknown", "resolve"),
        own(named(SECOND), UNKNOWN, 401, "tenant_mismatch", "resolve"),
        own(named("no-such-tenant"), UNKNOWN, 401, "tenant_mismatch", "resolve"),
        own(named("*"), UNKNOWN, 401, "tenant_mismatch", "resolve"),
        own(ask(&disabled, CHAT), UNKNOWN, 401, "key_disabled", "verify"),
        own(ask(&expired, CHAT), UNKNOWN, 401, "key_expired", "verify"),
        own(ask(&revoked, CHAT), UNKNOWN, 401, "key_revoked", "verify"),
        own(bearer(&ended), UNKNOWN, 401, "token_revoked", "verify"),
        theirs(bearer(&late), UNKNOWN, 401, "token_expired", "verify"),
        own(ask(&key, DESIGNER), "permission_not_granted", 403, "permission_not_granted", "permit"),
        own(
            json!({ "headers": { "x-api-key": key.plain }, "method": "GET", "path": "/nowhere" }),
            "permission_not_granted",
            403,
            "permission_not_granted",
            "permit",
        ),
        own(
            json!({ "headers": { "x-api-key": key.plain, "origin": "https://evil.example" }, "permission": CHAT }),
            "policy_denied",
            403,
            "policy_denied",
            "consult",
        ),
        own(
            with(ask(&key, CHAT), "client_address", json!("203.0.113.9")),
            "policy_denied",
            403,
            "policy_denied",
            "consult",
        ),
    ];
    for refusal in cases {
        let answer = server.check(&refusal.ask).await;
        assert_eq!(answer["decision"], "deny", "{}", refusal.ask);
        assert_eq!(answer["code"], refusal.outward, "{}", refusal.ask);
        assert_eq!(answer["status"], refusal.status, "{}", refusal.ask);
        let id = answer["id"].as_str().expect("an id");
        let why = refusal.reader.why(id).await.expect(200).json();
        assert_eq!((&why["id"], &why["decision"]), (&answer["id"], &json!("deny")));
        assert_eq!((why["code"].as_str(), why["step"].as_str()), (Some(refusal.code), Some(refusal.step)));
        // Nobody else's people find it.
        second_again.why(id).await.expect(404);
    }
    // A full key after a day: spend it again first.
    assert_eq!(server.check_key(&scarce, CHAT).await["code"], "rate_limited");
    let limited = server.check_key(&scarce, CHAT).await;
    let why = admin_again.why(limited["id"].as_str().expect("an id")).await.expect(200).json();
    assert_eq!((&why["code"], &why["step"]), (&json!("rate_limited"), &json!("admit")));
    let asked = server.check_key(&suspended, CHAT).await;
    assert_eq!((&asked["code"], &asked["status"]), (&json!(UNKNOWN), &json!(401)));
    let path = format!("/v1/decisions/{}?tenant={SUSPENDED}", asked["id"].as_str().expect("an id"));
    assert_eq!(operator_again.get(&path).await.expect(200).json()["code"], "tenant_suspended");
}

#[tokio::test]
async fn unknown_and_no_longer_good_keys_look_the_same() {
    let server = Server::start();
    let (admin, operator) = (server.admin().await, server.operator().await);
    let unknown = Key { plain: "9b7682b7-cbce-422f-9bbb-ecda85e61695".to_owned(), handle: String::new() };
    let revoked = admin.make_key(CHAT).await;
    admin.patch(&revoked.path(), &json!({ "revoked": true })).await.expect(200);
    let deleted = admin.make_key(CHAT).await;
    assert_eq!(server.check_key(&deleted, CHAT).await["decision"], "allow");
    admin.delete(&deleted.path()).await.expect(204);
    let disabled = admin.make_key_with(&json!({ "name": "k", "permissions": [CHAT], "enabled": false })).await;
    let expired = admin.make_key_with(&json!({ "name": "k", "permissions": [CHAT], "expires": "2020-01-01" })).await;
    let of_suspended = json!({ "tenant": SUSPENDED, "name": "k", "permissions": [CHAT] });
    let suspended = Key::of(&operator.post(APIKEYS, &of_suspended).await.expect(201));
    let good = admin.make_key(CHAT).await;
    let handle = Key { plain: good.handle.clone(), handle: String::new() };
    let cases = [
        ("an unknown key", &unknown, None),
        ("a revoked key", &revoked, None),
        ("a deleted key", &deleted, None),
        ("a disabled key", &disabled, None),
        ("an expired key", &expired, None),
        ("a suspended tenant's key", &suspended, None),
        ("a handle instead of its key", &handle, None),
        ("another tenant's key", &good, Some(SECOND)),
        ("a key in an unknown tenant", &good, Some("no-such-tenant")),
    ];
    let mut checks = Vec::new();
    let mut forwards = Vec::new();
    for (case, key, tenant) in cases {
        let mut asked = ask(key, CHAT);
        let mut headers = vec![("x-api-key", key.plain.as_str())];
        if let Some(tenant) = tenant {
            asked["headers"]["x-ccid"] = json!(tenant);
            headers.push(("x-ccid", tenant));
        }
        checks.push((case, outward(server.check(&asked).await)));
        forwards.push((case, outward_headers(&server.forward_to(CHAT_URI, &headers).await)));
    }
    for ((case, check), (_, forward)) in checks.iter().zip(&forwards) {
        assert_eq!(check, &checks[0].1, "{case} looks different at the check door");
        assert_eq!(forward, &forwards[0].1, "{case} looks different at the forward door");
    }
    assert_eq!(forwards[0].1.0, 401);
}

#[tokio::test]
async fn a_policy_s_reason_is_read_by_the_decision_s_id_and_told_to_nobody_else() {
    let server = Server::start();
    let (admin, stranger, operator) = (server.admin().await, server.stranger().await, server.operator().await);
    let key = admin.make_key(CHAT).await;
    let shop = |origin: &str| {
        json!({ "headers": { "x-api-key": key.plain, "origin": origin }, "method": "POST",
                "path": "/nexus/v3/chat/sessions?x=1", "client_address": "192.0.2.7" })
    };
    for origin in ["https://shop.example.com", "https://de.shop.example.com"] {
        assert_eq!(server.check(&shop(origin)).await["decision"], "allow", "{origin}");
    }
    let answer = server.anonymous().post("/v1/check", &shop("https://evil.example")).await.expect(200);
    assert!(!answer.text().contains("origin_not_allowed"), "an outsider is not told the reason");
    let id = answer.field("id");
    let mut why = admin.why(&id).await.expect(200).json();
    assert!(why["policies"].as_array_mut().expect("a list").iter_mut().all(|asked| asked["cost_us"].take().is_u64()));
    assert_eq!(
        why,
        json!({
            "id": id, "at": "2026-03-04T10:00:00.000Z", "decision": "deny", "step": "consult", "code": "policy_denied",
            "status": 403, "tenant": PREMISE, "permission": CHAT, "subject": key.handle,
            "client_address": "192.0.2.7", "method": "POST", "path": "/nexus/v3/chat/sessions",
            "policies": [
                { "policy": "cluster-guard", "version": 1, "fell_back": false, "guard": true, "effect": "abstain", "reasons": [], "failure": null,
                  "remembered": true, "cost_us": null },
                { "policy": "consumer-chat", "version": 1, "fell_back": false, "guard": false, "effect": "deny", "failure": null, "remembered": false,
                  "reasons": [{ "code": "origin_not_allowed",
                                "message": "the call comes from a web origin that is not allowed" }],
                  "cost_us": null },
            ],
        })
    );
    stranger.why(&id).await.expect(404);
    assert_eq!(operator.get(&format!("/v1/decisions/{id}?tenant={PREMISE}")).await.expect(200).json()["id"], id);
    operator.why(&id).await.expect(404);
    for no_id in ["x", "00000000-0000-7000-8000-000000000000", "9b7682b7-cbce-422f-9bbb-ecda85e61695"] {
        admin.why(no_id).await.expect(404);
    }
}

#[tokio::test]
async fn policies_of_the_second_tenant_keep_its_hours_sizes_and_origins() {
    let server = Server::start();
    let key = server.stranger().await.make_key_with(&json!({ "name": "k", "permissions": [CHAT, DESIGNER] })).await;
    let chat = json!({ "headers": { "x-api-key": key.plain, "origin": "https://help.example.org" },
                       "method": "POST", "path": "/help/chat", "size": 100 });
    assert_eq!(server.check(&chat).await["decision"], "allow");
    let mut elsewhere = chat.clone();
    elsewhere["headers"]["origin"] = json!("https://shop.example.com");
    for (case, changed) in [
        ("another origin", elsewhere),
        ("a large body", with(chat.clone(), "size", json!(65_537))),
        ("a body of unknown size", json!({ "headers": chat["headers"], "method": "POST", "path": "/help/chat" })),
    ] {
        assert_eq!(server.check(&changed).await["code"], "policy_denied", "{case}");
    }
    let designer = with(ask(&key, DESIGNER), "context", json!({ "application": "designer" }));
    assert_eq!(server.check(&designer).await["code"], "policy_denied", "no address");
    let near = with(designer.clone(), "client_address", json!("192.0.2.200"));
    assert_eq!(server.check(&near).await["decision"], "allow");
    assert_eq!(server.check(&with(near, "context", json!({}))).await["code"], "policy_denied", "no application");
    // Seven hours later it is 18 o'clock in Berlin, and the office is closed.
    server.advance_s(7 * 3_600 - 1);
    assert_eq!(server.check(&chat).await["decision"], "allow");
    server.advance_s(1);
    assert_eq!(server.check(&chat).await["code"], "policy_denied");
}

#[tokio::test]
async fn a_cluster_key_acts_on_the_tenant_that_the_call_names() {
    let server = Server::start();
    let cluster = server.operator().await.make_key("nexus:cluster:*").await;
    for (name, member) in
        [("tenant", json!(PREMISE)), ("headers", json!({ "x-api-key": cluster.plain, "x-ccid": PREMISE }))]
    {
        let answer = server.check(&with(ask(&cluster, CHAT), name, member)).await;
        assert_eq!((&answer["decision"], &answer["tenant"]), (&json!("allow"), &json!(PREMISE)), "{answer}");
    }
    let forwarded =
        server.forward_to(CHAT_URI, &[("x-api-key", &cluster.plain), ("x-ccid", PREMISE)]).await.expect(200);
    assert_eq!(forwarded.header("x-wardgate-tenant"), Some(PREMISE));
    // The tenant's policies are asked for a cluster key, too.
    let evil = json!({ "x-api-key": cluster.plain, "x-ccid": PREMISE, "origin": "https://evil.example" });
    assert_eq!(server.check(&json!({ "headers": evil, "permission": CHAT })).await["code"], "policy_denied");
    // Two names that differ are none.
    let both = json!({ "x-api-key": cluster.plain, "x-ccid": PREMISE });
    let answer = server.check(&json!({ "headers": both, "permission": CHAT, "tenant": SECOND })).await;
    assert_eq!(answer["code"], "credential_unknown");
    let none = server.check_key(&cluster, CHAT).await;
    assert_eq!((&none["decision"], &none["tenant"]), (&json!("allow"), &json!("*")));
}

#[tokio::test]
async fn a_cluster_key_acts_on_the_tenant_that_the_path_names() {
    let server = Server::start();
    let (operator, admin) = (server.operator().await, server.admin().await);
    let cluster = operator.make_key("nexus:cluster:*").await;
    let own = admin.make_key("nexus:iwd:provisioning").await;
    let delete = |key: &Key, tenant: &str| {
        let path = format!("/iwd/v3/provisioning/{tenant}");
        json!({ "headers": { "x-api-key": key.plain }, "method": "DELETE", "path": path })
    };
    let allowed = |answer: &Value| (answer["decision"].clone(), answer["tenant"].clone());
    assert_eq!(allowed(&server.check(&delete(&cluster, PREMISE)).await), (json!("allow"), json!(PREMISE)));
    assert_eq!(allowed(&server.check(&delete(&cluster, SECOND)).await), (json!("allow"), json!(SECOND)));
    assert_eq!(allowed(&server.check(&delete(&own, PREMISE)).await), (json!("allow"), json!(PREMISE)));
    let agreed = with(delete(&cluster, PREMISE), "tenant", json!(PREMISE));
    assert_eq!(server.check(&agreed).await["decision"], "allow");
    // The path counts also where the door was told what the call needs.
    let told = with(delete(&own, SECOND), "permission", json!("nexus:iwd:provisioning"));
    let suspended = delete(&cluster, SUSPENDED);
    let contradicting = with(delete(&cluster, PREMISE), "tenant", json!(SECOND));
    for (case, ask, code) in [
        ("another tenant's key", delete(&own, SECOND), "tenant_mismatch"),
        ("another tenant's key and a permission", told, "tenant_mismatch"),
        ("a tenant that is not there", delete(&cluster, "no-such-tenant"), "tenant_unknown"),
        ("a name that cannot be one", delete(&cluster, "a%20b"), "tenant_unknown"),
        ("two names", contradicting, "tenant_mismatch"),
        ("a suspended tenant", suspended, "tenant_suspended"),
    ] {
        let answer = server.check(&ask).await;
        assert_eq!((&answer["code"], &answer["status"]), (&json!("credential_unknown"), &json!(401)), "{case}");
        let path = format!("/v1/decisions/{}", answer["id"].as_str().expect("an id"));
        let own_path = if ask["headers"]["x-api-key"] == own.plain { &admin } else { &operator };
        let named = if case == "a suspended tenant" { format!("{path}?tenant={SUSPENDED}") } else { path };
        assert_eq!(own_path.get(&named).await.expect(200).json()["code"], code, "{case}");
    }
    // Other methods and paths name nobody.
    let post = json!({ "headers": { "x-api-key": own.plain }, "method": "POST", "path": "/iwd/v3/provisioning" });
    assert_eq!(server.check(&post).await["decision"], "allow");
}

#[tokio::test]
async fn a_blocked_tenant_is_stopped_by_the_guard() {
    let blocked = format!("blocked_tenants = [\"{PREMISE}\"]");
    let from = "blocked_tenants = [\"00000000-0000-4000-8000-000000000000\"]";
    let server = Setup::new().edit_tenant("_cluster", from, &blocked).start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let answer = server.check_key(&key, CHAT).await;
    let why = admin.why(answer["id"].as_str().expect("an id")).await.expect(200).json();
    assert_eq!(why["policies"][0]["reasons"][0]["code"], "tenant_blocked");
    assert_eq!(why["policies"].as_array().map(Vec::len), Some(1), "the first no ends the round");
    let other = server.stranger().await.make_key("nexus:mail:read").await;
    assert_eq!(server.check_key(&other, "nexus:mail:read").await["decision"], "allow");
}

#[tokio::test]
async fn a_token_is_a_credential_like_a_key_and_brings_its_holder_s_grants() {
    let role = "name = \"nexus\"\nrole = \"admin\"";
    let granted = format!("{role}\ngrants = [\"{CHAT}\"]");
    let server = Setup::new().edit_tenant("premise_tenant", role, &granted).start();
    let (username, password) = server.login_of(PREMISE);
    let token = server.sign_in(&username, &password).await.field("access_token");
    for authorization in [token.clone(), format!("Bearer {token}")] {
        let answer = server.check(&json!({ "headers": { "authorization": authorization }, "permission": CHAT })).await;
        assert_eq!((&answer["decision"], &answer["subject"]), (&json!("allow"), &json!("nexus")));
        assert_eq!((&answer["subject_kind"], &answer["key"]), (&json!("token"), &Value::Null));
        assert_eq!(answer["caller_kind"], "user");
    }
    // A key beside a token goes first, as the dialect's clients send both.
    let both = json!({ "authorization": token, "x-api-key": "unknown" });
    let answer = server.check(&json!({ "headers": both, "permission": CHAT })).await;
    assert_eq!(answer["code"], "credential_unknown");
    // A refresh token is no credential.
    let refresh = server.sign_in(&username, &password).await.field("refresh_token");
    let answer = server.check(&json!({ "headers": { "authorization": refresh }, "permission": CHAT })).await;
    assert_eq!(answer["code"], "credential_unknown");
}

#[tokio::test]
async fn a_remembered_answer_is_the_same_and_says_that_it_was_remembered() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    for (origin, expected) in [("https://shop.example.com", "allow"), ("https://evil.example", "deny")] {
        let mut asked = ask(&key, CHAT);
        asked["headers"]["origin"] = json!(origin);
        for remembered in [false, true, true] {
            let answer = server.check(&asked).await;
            assert_eq!(answer["decision"], expected);
            let why = admin.why(answer["id"].as_str().expect("an id")).await.expect(200).json();
            let policy = &why["policies"][1];
            assert_eq!((&policy["policy"], &policy["remembered"]), (&json!("consumer-chat"), &json!(remembered)));
        }
    }
}

#[tokio::test]
async fn a_policy_that_is_changed_in_the_file_answers_anew_after_a_restart() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    let mut asked = ask(&key, CHAT);
    asked["headers"]["origin"] = json!("https://shop.example.com");
    for _ in 0..2 {
        assert_eq!(server.check(&asked).await["decision"], "allow");
    }
    let from = "\"https://shop.example.com\", ";
    let server = server.stop().edit_tenant("premise_tenant", from, "").start();
    assert_eq!(server.check(&asked).await["code"], "policy_denied");
    asked["headers"]["origin"] = json!("https://de.shop.example.com");
    assert_eq!(server.check(&asked).await["decision"], "allow");
}

#[tokio::test]
async fn a_user_and_a_client_of_one_name_are_told_apart() {
    let role = "name = \"nexus\"\nrole = \"admin\"";
    let server = Setup::new().edit_tenant("premise_tenant", role, &format!("{role}\ngrants = [\"{CHAT}\"]")).start();
    let data = json!({
        "client_id": "nexus", "client_secret": "a-secret_of-20-chars", "authorizedGrantTypes": ["client_credentials"],
        "contactCenterIds": [PREMISE], "permissions": [CHAT],
    });
    server.operator().await.post("/auth/v3/ops/clients", &json!({ "data": data })).await.expect(201);
    let client = server.anonymous().with_basic("nexus", "a-secret_of-20-chars");
    let own = client.form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200).field("access_token");
    let (username, password) = server.login_of(PREMISE);
    let token = server.sign_in(&username, &password).await.field("access_token");
    let key = server.admin().await.make_key(CHAT).await;
    let named = "nexus".to_owned();
    for (header, value, subject, kind) in [
        ("authorization", &own, &named, "client"),
        ("authorization", &token, &named, "user"),
        ("x-api-key", &key.plain, &key.handle, "api-key"),
    ] {
        let answer = server.forward_to(CHAT_URI, &[(header, value)]).await.expect(200);
        assert_eq!(answer.header("x-wardgate-subject"), Some(subject.as_str()));
        assert_eq!(answer.header("x-wardgate-subject-kind"), Some(kind));
        let answer = server.check(&json!({ "headers": { header: value }, "permission": CHAT })).await;
        assert_eq!((&answer["subject"], &answer["caller_kind"]), (&json!(subject), &json!(kind)));
    }
}
