//! `/nexus/v3/apikeys`: the life of a key, from its making to its end, and who may do what to it.

use serde_json::{Value, json};

use crate::harness::{
    APIKEYS, Actor, Answer, CHAT, Key, PREMISE, SECOND, SUSPENDED, Server, Setup, WATCHED, member_names,
};

/// What the envelope of a refusal says.
#[track_caller]
fn check_refusal(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(member_names(&answer.text()), ["referenceId", "operationId", "status", "data"]);
    let body = answer.json();
    assert_eq!(body["data"], Value::Null);
    assert_eq!(body["operationId"], "apikeys");
    assert_eq!(body["referenceId"].as_str(), answer.header("x-request-id"));
    assert_eq!(body["status"]["code"], code, "{body}");
    body["status"]["detail"].as_str().expect("a detail").to_owned()
}

async fn list(actor: &Actor) -> Vec<Value> {
    actor.get(APIKEYS).await.expect(200).json().as_array().expect("a list").clone()
}

#[tokio::test]
async fn lists_show_handles_and_never_a_key() {
    let server = Server::start();
    let admin = server.admin().await;
    let keys = [admin.make_key(CHAT).await, admin.make_key(CHAT).await, admin.make_key(CHAT).await];
    let answer = admin.get(APIKEYS).await.expect(200);
    let listed: Vec<_> = list(&admin).await.iter().map(|key| key["id"].as_str().expect("text").to_owned()).collect();
    for key in &keys {
        assert!(!answer.text().contains(&key.plain), "the list shows a key");
        assert!(listed.contains(&key.handle));
        let shown = list(&admin).await.into_iter().find(|shown| shown["id"] == key.handle.as_str()).expect("listed");
        assert_eq!(shown["last4"].as_str(), Some(&key.plain[32..]));
        assert_eq!(shown.get("lastUsed"), None, "never used");
    }
    assert_eq!(listed.len(), 3);
}

#[tokio::test]
async fn a_key_is_read_by_its_handle_and_by_itself() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let by_handle = admin.get(&key.path()).await.expect(200);
    let by_key = admin.get(&format!("{APIKEYS}/{}", key.plain)).await.expect(200);
    assert_eq!(by_handle.text(), by_key.text());
    assert_eq!(by_handle.json()["id"], key.handle.as_str());
    assert!(!by_key.text().contains(&key.plain));
}

#[tokio::test]
async fn put_states_the_whole_key_and_patch_what_changes() {
    let server = Server::start();
    let admin = server.admin().await;
    let made = json!({
        "name": "before", "permissions": [CHAT], "enabled": false, "expires": "2027-01-31", "capacity": 5, "frequency": 7,
    });
    let key = admin.make_key_with(&made).await;
    let patched = admin.patch(&key.path(), &json!({ "name": "patched" })).await.expect(200).json();
    let kept = json!({
        "id": key.handle, "tenant": PREMISE, "name": "patched", "permissions": [CHAT], "enabled": false,
        "created": "2026-03-04T10:00:00.000Z", "revoked": false, "expires": "2027-01-31T00:00:00.000Z",
        "createdby": "nexus", "capacity": 5, "frequency": 7, "last4": &key.plain[32..],
    });
    assert_eq!(patched, kept);
    let put = json!({ "name": "put", "permissions": ["nexus:designer:chat", "nexus:mail:*"] });
    let replaced = admin.put(&key.path(), &put).await.expect(200).json();
    let mut whole = kept;
    for (name, value) in [("name", json!("put")), ("permissions", put["permissions"].clone()), ("enabled", json!(true))]
    {
        whole[name] = value;
    }
    for (name, value) in [("expires", json!(false)), ("capacity", json!(120)), ("frequency", json!(60))] {
        whole[name] = value;
    }
    assert_eq!(replaced, whole);
    // What a list shows may be put back as it is.
    assert_eq!(admin.put(&key.path(), &replaced).await.expect(200).json(), whole);
    assert_eq!(admin.put(&key.path(), &json!({ "data": replaced })).await.expect(200).json()["data"], whole);
    for (body, location) in [(json!({ "permissions": [CHAT] }), "/name"), (json!({ "name": "k" }), "/permissions")] {
        let detail = check_refusal(&admin.put(&key.path(), &body).await, 400, "INVALID_PARAMETER");
        assert!(detail.contains(location), "{detail}");
    }
    assert_eq!(admin.get(&key.path()).await.expect(200).json(), whole, "a refused change changes nothing");
}

#[tokio::test]
async fn a_disabled_key_is_refused_until_it_is_enabled() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    for enabled in [true, false, true, false] {
        let shown = admin.patch(&key.path(), &json!({ "enabled": enabled })).await.expect(200).json();
        assert_eq!(shown["enabled"], enabled);
        let expected = if enabled { "allow" } else { "deny" };
        assert_eq!(server.check_key(&key, CHAT).await["decision"], expected);
    }
}

#[tokio::test]
async fn a_key_works_until_the_millisecond_of_its_expiry_and_again_after_a_later_one() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "expires": "2026-03-04T11:00:10+01:00" });
    let key = admin.make_key_with(&body).await;
    assert_eq!(admin.get(&key.path()).await.json()["expires"], "2026-03-04T10:00:10.000Z");
    server.advance_s(9);
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "allow");
    server.advance_s(1);
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "deny");
    admin.patch(&key.path(), &json!({ "expires": "2026-03-05" })).await.expect(200);
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "allow");
    let never = admin.patch(&key.path(), &json!({ "expires": false })).await.expect(200);
    assert_eq!(never.json()["expires"], false);
    server.advance_s(40_000);
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "allow");
}

#[tokio::test]
async fn a_revoked_key_is_revoked_for_good() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let revoked = admin.patch(&key.path(), &json!({ "revoked": true })).await.expect(200).json();
    assert_eq!(revoked["revoked"], "2026-03-04T10:00:00.000Z");
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "deny");
    server.advance_s(5);
    let again = admin.patch(&key.path(), &json!({ "revoked": true })).await.expect(200).json();
    assert_eq!(again, revoked, "the first time counts");
    for change in [json!({ "revoked": false, "name": "x" }), json!({ "enabled": true }), json!({ "expires": false })] {
        check_refusal(&admin.patch(&key.path(), &change).await, 409, "CONFLICT");
    }
    let whole = json!({ "name": "x", "permissions": [CHAT] });
    check_refusal(&admin.put(&key.path(), &whole).await, 409, "CONFLICT");
    assert_eq!(admin.get(&key.path()).await.json(), revoked);
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "deny");
}

#[tokio::test]
async fn a_deleted_key_is_gone() {
    let server = Server::start();
    let admin = server.admin().await;
    let (gone, kept) = (admin.make_key(CHAT).await, admin.make_key(CHAT).await);
    let deleted = admin.delete(&gone.path()).await.expect(204);
    assert!(deleted.body.is_empty());
    for answer in [admin.get(&gone.path()).await, admin.delete(&gone.path()).await] {
        check_refusal(&answer, 404, "NOT_FOUND");
    }
    check_refusal(&admin.patch(&gone.path(), &json!({ "name": "x" })).await, 404, "NOT_FOUND");
    assert_eq!(server.check_key(&gone, CHAT).await["decision"], "deny");
    assert_eq!(server.check_key(&kept, CHAT).await["decision"], "allow");
    assert_eq!(list(&admin).await.len(), 1);
}

#[tokio::test]
async fn a_key_s_capacity_is_enforced_at_both_doors() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 3, "frequency": 30 });
    let key = admin.make_key_with(&body).await;
    let uri = "/forward/nginx?permission=nexus:consumer:chat";
    let first = server.check_key(&key, CHAT).await;
    assert_eq!(first["rate"], json!({ "limit": 3, "window_seconds": 30, "remaining": 2, "reset_seconds": 10 }));
    assert_eq!(first.get("retry_after"), None);
    assert_eq!(server.check_key(&key, CHAT).await["rate"]["remaining"], 1);
    server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(200);
    let full = server.check_key(&key, CHAT).await;
    assert_eq!((&full["decision"], &full["code"]), (&json!("deny"), &json!("rate_limited")));
    assert_eq!((&full["status"], &full["retry_after"]), (&json!(429), &json!(10)));
    let full = server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(429);
    assert_eq!(full.header("retry-after"), Some("10"));
    assert!(full.body.is_empty());
    server.advance_s(9);
    let full = server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(429);
    assert_eq!(full.header("retry-after"), Some("1"));
    server.advance_s(1);
    server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(200);
    server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(429);
    // A change of the record forgives nothing, and a wider rate refills faster.
    admin.patch(&key.path(), &json!({ "name": "renamed" })).await.expect(200);
    server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(429);
    admin.patch(&key.path(), &json!({ "capacity": 1000 })).await.expect(200);
    server.advance_s(1);
    server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(200);
    server.forward_to(uri, &[("x-api-key", &key.plain)]).await.expect(200);
}

#[tokio::test]
async fn a_tenant_s_keys_share_the_tenant_s_rate() {
    let server = Setup::new().edit_tenant("second_tenant", "capacity = 600", "capacity = 2").start();
    let admin = server.tenant_user(SECOND).await;
    let keys = [admin.make_key("nexus:mail:read").await, admin.make_key("nexus:mail:read").await];
    for key in &keys {
        assert_eq!(server.check_key(key, "nexus:mail:read").await["decision"], "allow");
    }
    let full = server.check_key(&keys[0], "nexus:mail:read").await;
    assert_eq!((&full["code"], &full["retry_after"]), (&json!("rate_limited"), &json!(30)));
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_said_with_its_place() {
    let server = Server::start();
    let admin = server.admin().await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "name": "k", "permissions": [CHAT] });
        body[name] = value;
        body
    };
    let many: Vec<_> = (0..129).map(|n| format!("a:b{n}")).collect();
    let cases = [
        (json!({ "permissions": [CHAT] }), "/name"),
        (json!({ "name": "k" }), "/permissions"),
        (with("colour", json!("red")), "/colour"),
        (json!({ "data": with("colour", json!("red")) }), "/data/colour"),
        (with("name", json!("")), "/name"),
        (with("name", json!("  ")), "/name"),
        (with("name", json!("a\nb")), "/name"),
        (with("name", json!("x".repeat(257))), "/name"),
        (with("name", json!(7)), "/name"),
        (with("permissions", json!([])), "/permissions"),
        (with("permissions", json!(["a b"])), "/permissions"),
        (with("permissions", json!(["a::b"])), "/permissions"),
        (with("permissions", json!([CHAT, 7])), "/permissions/1"),
        (with("permissions", json!("a:b")), "/permissions"),
        (with("permissions", json!(many)), "/permissions"),
        (with("tenant", json!("not a tenant")), "/tenant"),
        (with("enabled", json!("yes")), "/enabled"),
        (with("expires", json!("tomorrow")), "/expires"),
        (with("expires", json!(true)), "/expires"),
        (with("expires", json!(1_800_000_000)), "/expires"),
        (with("revoked", json!(true)), "/revoked"),
        (with("revoked", json!("maybe")), "/revoked"),
        (with("capacity", json!(0)), "/capacity"),
        (with("capacity", json!(-1)), "/capacity"),
        (with("capacity", json!(1_000_001)), "/capacity"),
        (with("frequency", json!(0)), "/frequency"),
        (with("frequency", json!(86_401)), "/frequency"),
        (with("frequency", json!(1.5)), "/frequency"),
        (json!([]), ""),
        (json!("key"), ""),
    ];
    for (body, location) in cases {
        let detail = check_refusal(&admin.post(APIKEYS, &body).await, 400, "INVALID_PARAMETER");
        assert!(detail.contains(&format!("; {location}")), "{body}: {detail}");
    }
    assert_eq!(list(&admin).await.len(), 0, "a refused key is not made");
}

#[tokio::test]
async fn a_tenant_has_as_many_keys_as_its_file_allows() {
    let server = Setup::new().edit_tenant("premise_tenant", "keys = 1000", "keys = 2").start();
    let admin = server.admin().await;
    let first = admin.make_key(CHAT).await;
    admin.make_key(CHAT).await;
    let third = admin.post(APIKEYS, &json!({ "name": "k", "permissions": [CHAT] })).await;
    check_refusal(&third, 409, "CONFLICT");
    admin.delete(&first.path()).await.expect(204);
    admin.make_key(CHAT).await;
}

/// Of two answers that must not be told apart: everything but the request's own name.
#[track_caller]
fn check_same(one: &Answer, other: &Answer) {
    let anonymous = |answer: &Answer| {
        let id = answer.header("x-request-id").expect("an id").to_owned();
        (answer.status, answer.text().replace(&id, ""), answer.header("content-length").map(str::to_owned))
    };
    assert_eq!(anonymous(one), anonymous(other));
}

#[tokio::test]
async fn another_tenant_s_keys_do_not_exist() {
    let server = Server::start();
    let (admin, stranger) = (server.admin().await, server.stranger().await);
    let key = admin.make_key(CHAT).await;
    let missing = format!("{APIKEYS}/{}", "0".repeat(36));
    let change = json!({ "name": "mine" });
    let whole = json!({ "name": "mine", "permissions": [CHAT] });
    for path in [key.path(), format!("{APIKEYS}/{}", key.plain)] {
        check_same(&stranger.get(&path).await.expect(404), &stranger.get(&missing).await);
        check_same(&stranger.delete(&path).await.expect(404), &stranger.delete(&missing).await);
        check_same(&stranger.patch(&path, &change).await.expect(404), &stranger.patch(&missing, &change).await);
        check_same(&stranger.put(&path, &whole).await.expect(404), &stranger.put(&missing, &whole).await);
    }
    // Naming the other tenant, or one that does not exist, changes nothing.
    for path in [APIKEYS.to_owned(), key.path()] {
        let naming = async |tenant: &str| stranger.send(stranger.request("GET", &path).header("x-ccid", tenant)).await;
        check_same(&naming(PREMISE).await.expect(404), &naming("no-such-tenant").await);
        check_same(&naming(PREMISE).await, &naming("not a tenant").await);
    }
    let mut body = whole.clone();
    body["tenant"] = json!(PREMISE);
    let other = stranger.post(APIKEYS, &body).await.expect(404);
    body["tenant"] = json!("no-such-tenant");
    check_same(&other, &stranger.post(APIKEYS, &body).await);
    assert_eq!(list(&admin).await.len(), 1);
    assert_eq!(list(&stranger).await.len(), 0);
}

#[tokio::test]
async fn the_cluster_s_keys_are_known_to_be_there_and_are_the_operator_s_alone() {
    let server = Server::start();
    let (admin, operator) = (server.admin().await, server.operator().await);
    let cluster = operator.make_key("nexus:cluster:*").await;
    let naming = |actor: &Actor, method: &str, path: &str| actor.request(method, path).header("x-ccid", "*");
    check_refusal(&admin.send(naming(&admin, "GET", APIKEYS)).await, 403, "FORBIDDEN");
    check_refusal(&admin.send(naming(&admin, "DELETE", &cluster.path())).await, 403, "FORBIDDEN");
    let body = json!({ "tenant": "*", "name": "k", "permissions": [CHAT] });
    check_refusal(&admin.post(APIKEYS, &body).await, 403, "FORBIDDEN");
    assert_eq!(list(&operator).await.len(), 1);
}

#[tokio::test]
async fn the_operator_acts_on_the_tenant_that_he_names() {
    let server = Server::start();
    let (admin, operator) = (server.admin().await, server.operator().await);
    let body = json!({ "tenant": PREMISE, "name": "k", "permissions": [CHAT] });
    let key = Key::of(&operator.post(APIKEYS, &body).await.expect(201));
    assert_eq!(list(&admin).await[0]["id"], key.handle.as_str());
    operator.get(&key.path()).await.expect(404);
    let by_header = operator.send(operator.request("GET", &key.path()).header("x-ccid", PREMISE)).await.expect(200);
    let by_query = operator.get(&format!("{}?tenant={PREMISE}", key.path())).await.expect(200);
    assert_eq!(by_header.text(), by_query.text());
    let two = operator.request("GET", &format!("{APIKEYS}?tenant={PREMISE}")).header("x-ccid", SECOND);
    check_refusal(&operator.send(two).await, 400, "INVALID_PARAMETER");
    let unknown = json!({ "tenant": "no-such-tenant", "name": "k", "permissions": [CHAT] });
    check_refusal(&operator.post(APIKEYS, &unknown).await, 404, "NOT_FOUND");
    operator.delete(&format!("{}?tenant={PREMISE}", key.path())).await.expect(204);
    assert_eq!(list(&admin).await.len(), 0);
}

#[tokio::test]
async fn a_key_does_not_move_to_another_tenant() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    for tenant in [SECOND, "*", "no-such-tenant"] {
        check_refusal(&admin.patch(&key.path(), &json!({ "tenant": tenant })).await, 400, "INVALID_PARAMETER");
    }
    admin.patch(&key.path(), &json!({ "tenant": PREMISE })).await.expect(200);
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let server = Server::start();
    let (viewer, operator) = (server.viewer().await, server.operator().await);
    let body = json!({ "tenant": WATCHED, "name": "k", "permissions": [CHAT] });
    let key = Key::of(&operator.post(APIKEYS, &body).await.expect(201));
    let before = list(&viewer).await;
    assert_eq!(before.len(), 1);
    let whole = json!({ "name": "mine", "permissions": [CHAT] });
    check_refusal(&viewer.post(APIKEYS, &whole).await, 403, "FORBIDDEN");
    check_refusal(&viewer.put(&key.path(), &whole).await, 403, "FORBIDDEN");
    check_refusal(&viewer.patch(&key.path(), &json!({ "enabled": false })).await, 403, "FORBIDDEN");
    check_refusal(&viewer.delete(&key.path()).await, 403, "FORBIDDEN");
    // He may not learn by it which keys there are, either.
    check_refusal(&viewer.delete(&format!("{APIKEYS}/no-such-key")).await, 403, "FORBIDDEN");
    assert_eq!(list(&viewer).await, before);
}

#[tokio::test]
async fn a_suspended_tenant_s_keys_are_kept_and_refused() {
    let server = Server::start();
    let operator = server.operator().await;
    let body = json!({ "tenant": SUSPENDED, "name": "k", "permissions": [CHAT] });
    let key = Key::of(&operator.post(APIKEYS, &body).await.expect(201));
    assert_eq!(server.check_key(&key, CHAT).await["code"], "credential_unknown");
    let server = server.stop().edit_tenant("suspended_tenant", "suspended = true", "suspended = false").start();
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "allow");
    // And a tenant that is suspended later takes its people's tokens with it.
    let admin = server.tenant_user(SUSPENDED).await;
    admin.get(APIKEYS).await.expect(200);
    let server = server.stop().edit_tenant("suspended_tenant", "suspended = false", "suspended = true").start();
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "deny");
}

#[tokio::test]
async fn the_time_of_last_use_is_shown_to_the_minute() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    server.advance_s(100);
    server.check_key(&key, CHAT).await;
    server.advance_s(10);
    server.check_key(&key, CHAT).await;
    for _ in 0..100 {
        let shown = admin.get(&key.path()).await.expect(200).json();
        if let Some(used) = shown.get("lastUsed") {
            assert_eq!(used, "2026-03-04T10:01:40.000Z");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the time of last use is never written");
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_and_no_refused_one() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    admin.patch(&key.path(), &json!({ "name": "x" })).await.expect(200);
    admin.patch(&key.path(), &json!({ "capacity": 0 })).await.expect(400);
    admin.patch(&key.path(), &json!({ "revoked": true })).await.expect(200);
    admin.patch(&key.path(), &json!({ "name": "y" })).await.expect(409);
    admin.delete(&key.path()).await.expect(204);
    admin.delete(&key.path()).await.expect(404);
    let actions = crate::harness::audit(&server.stop(), PREMISE).await;
    let expected = ["tenant.declared", "token.issued", "key.created", "key.changed", "key.revoked", "key.deleted"];
    assert_eq!(actions, expected);
}
