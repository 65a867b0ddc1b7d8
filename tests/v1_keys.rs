//! `/v1/keys`: the same keys in Wardgate's own words and own form.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, Key, PREMISE, SECOND, Server, WATCHED, member_names};

const KEYS: &str = "/v1/keys";

#[track_caller]
fn check_problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = answer.json();
    assert_eq!((&body["code"], &body["status"]), (&json!(code), &json!(status)), "{body}");
    body
}

async fn make(actor: &Actor, body: &Value) -> Key {
    let made = actor.post(KEYS, body).await.expect(201);
    Key { plain: made.field("key"), handle: made.field("id") }
}

fn one(key: &Key) -> String {
    format!("{KEYS}/{}", key.handle)
}

fn plain_body() -> Value {
    json!({ "name": "k", "permissions": [CHAT] })
}

#[tokio::test]
async fn a_key_of_our_own_form_is_shown_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let answer = admin.post(KEYS, &plain_body()).await.expect(201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let (id, plain) = (answer.field("id"), answer.field("key"));
    assert_eq!(answer.header("location"), Some(format!("{KEYS}/{id}").as_str()));
    assert!(plain.starts_with(&format!("wg_live_{id}")), "the handle is readable from the key");
    assert_eq!(plain.len(), 80);
    assert!(plain["wg_live_".len()..].bytes().all(|b| b.is_ascii_alphanumeric()));
    let expected = json!({
        "id": id, "tenant": PREMISE, "name": "k", "prefix": "wg_live_", "last4": &plain[76..], "permissions": [CHAT],
        "enabled": true, "rate": { "limit": 120, "window_seconds": 60 }, "origins": [], "addresses": [],
        "expires": null, "revoked": null, "replaced_by": null, "created": "2026-03-04T10:00:00.000Z",
        "created_by": "nexus", "last_used": null,
    });
    let mut made = answer.json();
    assert_eq!(made.as_object_mut().and_then(|made| made.remove("key")), Some(json!(plain)));
    assert_eq!(made, expected);
    let read = admin.get(&format!("{KEYS}/{id}")).await.expect(200);
    assert_eq!(read.json(), expected);
    assert_eq!(admin.get(KEYS).await.expect(200).json(), json!({ "keys": [expected], "next": null }));
    assert_eq!(admin.get(&format!("{KEYS}/{plain}")).await.expect(200).json(), expected);
    for text in [read.text(), admin.get(APIKEYS).await.text(), admin.get(&format!("{APIKEYS}/{id}")).await.text()] {
        assert!(!text.contains(&plain[30..]), "the key is shown again");
    }
    let key = Key { plain, handle: id };
    let told = server.check_key(&key, CHAT).await;
    assert_eq!((&told["decision"], &told["key"]), (&json!("allow"), &json!(key.handle)));
}

#[tokio::test]
async fn a_key_that_was_not_copied_whole_is_refused_before_any_look_up() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = make(&admin, &plain_body()).await;
    let (cut, swapped) = (&key.plain[..79], key.plain.replacen("wg_live_", "wg_test_", 1));
    let other = if key.plain.ends_with('a') { "b" } else { "a" };
    let slip = format!("{}{other}", &key.plain[..79]);
    for broken in [cut, &swapped, &slip, "wg_", "wg_live_"] {
        let told = server.check_key(&Key { plain: broken.to_owned(), ..key.clone() }, CHAT).await;
        assert_eq!(told["code"], "credential_malformed", "{broken}");
        let bearer = json!({ "headers": { "authorization": format!("Bearer {broken}") }, "permission": CHAT });
        assert_eq!(server.check(&bearer).await["code"], "credential_malformed", "{broken}");
    }
    // Whole, and nobody's.
    admin.delete(&one(&key)).await.expect(204);
    assert_eq!(server.check_key(&key, CHAT).await["code"], "credential_unknown");
}

#[tokio::test]
async fn a_page_ends_where_the_next_one_begins() {
    let server = Server::start();
    let admin = server.admin().await;
    let mut made = Vec::new();
    for n in 0..7 {
        made.push(make(&admin, &json!({ "name": format!("k{n}"), "permissions": [CHAT] })).await.handle);
        // Some of them within one millisecond.
        server.advance_s(n % 2);
    }
    for limit in [1, 2, 3, 7, 1_000] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{KEYS}?limit={limit}{cursor}")).await.expect(200).json();
            let keys = page["keys"].as_array().expect("a list").clone();
            assert!((1..=limit).contains(&keys.len()));
            seen.extend(keys.iter().map(|key| key["id"].as_str().expect("an id").to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            assert!(next.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{next}");
            cursor = format!("&cursor={next}");
        }
        let mut sorted = (seen.clone(), made.clone());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1, "each key once, {limit} a page");
    }
    // A cursor outlives the key that it names, and a key that comes meanwhile is not missed.
    let first = admin.get(&format!("{KEYS}?limit=2")).await.expect(200).json();
    let last = first["keys"][1]["id"].as_str().expect("an id").to_owned();
    admin.delete(&format!("{KEYS}/{last}")).await.expect(204);
    server.advance_s(1);
    let late = make(&admin, &plain_body()).await.handle;
    let next = first["next"].as_str().expect("a cursor");
    let rest = admin.get(&format!("{KEYS}?cursor={next}")).await.expect(200).json();
    let rest = rest["keys"].as_array().expect("a list").clone();
    assert_eq!((rest.len(), &rest[5]["id"]), (6, &json!(late)));
    // One tenant's cursor leads nobody to his keys.
    let stranger = server.stranger().await;
    let theirs = stranger.get(&format!("{KEYS}?cursor={next}")).await.expect(200).json();
    assert_eq!(theirs, json!({ "keys": [], "next": null }));
    for query in ["limit=0", "limit=1001", "limit=", "limit=x", "limit=1&limit=2", "cursor=", "cursor=AAAA", "cursor=%"]
    {
        let problem = check_problem(&admin.get(&format!("{KEYS}?{query}")).await, 400, "invalid_parameter");
        let location = query.split('=').next();
        assert_eq!(problem["errors"][0]["location"].as_str(), location, "{query}");
    }
}

#[tokio::test]
async fn a_key_is_changed_switched_off_and_revoked() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = make(&admin, &plain_body()).await;
    let change = json!({
        "name": "x", "permissions": ["a:b"], "enabled": false, "expires": "2027-01-31", "origins": ["https://a.example"],
        "addresses": ["10.0.0.0/8"], "rate": { "limit": 5, "window_seconds": 7 },
    });
    let changed = admin.patch(&one(&key), &change).await.expect(200).json();
    for (member, value) in change.as_object().expect("an object") {
        let expected = if member == "expires" { &json!("2027-01-31T00:00:00.000Z") } else { value };
        assert_eq!(&changed[member], expected, "{member}");
    }
    let never = admin.patch(&one(&key), &json!({ "expires": null })).await.expect(200).json();
    assert_eq!((&never["expires"], &never["name"]), (&Value::Null, &json!("x")));
    assert_eq!(admin.patch(&one(&key), &json!({})).await.expect(200).json(), never);
    let revoked = admin.patch(&one(&key), &json!({ "revoked": true })).await.expect(200).json();
    assert_eq!(revoked["revoked"], "2026-03-04T10:00:00.000Z");
    check_problem(&admin.patch(&one(&key), &json!({ "enabled": true })).await, 409, "conflict");
    assert_eq!(admin.patch(&one(&key), &json!({ "revoked": true })).await.expect(200).json(), revoked);
    admin.delete(&one(&key)).await.expect(204);
    check_problem(&admin.delete(&one(&key)).await, 404, "not_found");
}

#[tokio::test]
async fn a_rotation_makes_a_key_of_the_door_s_form() {
    let server = Server::start();
    let admin = server.admin().await;
    let nexus = admin.make_key(CHAT).await;
    let shown = admin.get(&one(&nexus)).await.expect(200).json();
    assert_eq!((&shown["prefix"], &shown["last4"]), (&Value::Null, &json!(&nexus.plain[32..])));
    let rotated = admin.post(&format!("{}/rotate", one(&nexus)), &json!({ "overlap": 60 })).await.expect(201);
    let ours = Key { plain: rotated.field("key"), handle: rotated.field("id") };
    assert!(ours.plain.starts_with(&format!("wg_live_{}", ours.handle)));
    assert_eq!(rotated.header("location"), Some(one(&ours).as_str()));
    assert_eq!(admin.get(&one(&nexus)).await.json()["replaced_by"], ours.handle.as_str());
    check_problem(&admin.post(&format!("{}/rotate", one(&nexus)), &json!({})).await, 409, "conflict");
    for key in [&nexus, &ours] {
        assert_eq!(server.check_key(key, CHAT).await["decision"], "allow");
    }
    server.advance_s(60);
    assert_eq!(server.check_key(&nexus, CHAT).await["decision"], "deny");
    let back = Key::of(&admin.post(&format!("{}/rotate", ours.path()), &json!({})).await.expect(201));
    assert_eq!(back.plain.len(), 36, "the dialect's clients know UUIDs");
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_place() {
    let server = Server::start();
    let admin = server.admin().await;
    let with = |name: &str, value: Value| {
        let mut body = plain_body();
        body[name] = value;
        body
    };
    for (body, code, location) in [
        (json!({ "permissions": [CHAT] }), "bad_json", ""),
        (with("id", json!("x")), "bad_json", "/id"),
        (with("name", json!("")), "invalid_parameter", "/name"),
        (with("permissions", json!([])), "invalid_parameter", "/permissions"),
        (with("rate", json!({ "limit": 0, "window_seconds": 1 })), "invalid_parameter", "/rate/limit"),
        (with("rate", json!({ "limit": 1, "window_seconds": 86_401 })), "invalid_parameter", "/rate/window_seconds"),
        (with("rate", json!({ "limit": 1 })), "bad_json", "/rate"),
        (with("expires", json!(false)), "invalid_parameter", "/expires"),
        (with("expires", json!("tomorrow")), "invalid_parameter", "/expires"),
        (with("origins", json!(["x"])), "invalid_parameter", "/origins"),
        (with("addresses", json!(["x"])), "invalid_parameter", "/addresses"),
        (with("tenant", json!("a b")), "invalid_parameter", "/tenant"),
    ] {
        let problem = check_problem(&admin.post(KEYS, &body).await, 400, code);
        assert_eq!(problem["errors"][0]["location"], location, "{body}");
    }
    let key = make(&admin, &plain_body()).await;
    for body in [json!({ "tenant": SECOND }), json!({ "revoked": "yes" }), json!({ "expires": false }), json!([])] {
        assert_eq!(admin.patch(&one(&key), &body).await.status, 400, "{body}");
    }
    let overlap = admin.post(&format!("{}/rotate", one(&key)), &json!({ "overlap": 2_592_001 })).await;
    assert_eq!(check_problem(&overlap, 400, "invalid_parameter")["errors"][0]["location"], "/overlap");
    let list = admin.get(KEYS).await.expect(200);
    assert_eq!(list.json()["keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(member_names(&list.text()), ["keys", "next"]);
}

#[tokio::test]
async fn another_tenant_s_keys_do_not_exist_here_either() {
    let server = Server::start();
    let (admin, stranger, viewer) = (server.admin().await, server.stranger().await, server.viewer().await);
    let key = make(&admin, &plain_body()).await;
    let missing = format!("{KEYS}/0000000000000000000000");
    let same = |one: &Answer, other: &Answer| {
        let anonymous = |answer: &Answer| {
            let id = answer.header("x-request-id").expect("an id").to_owned();
            (answer.status, answer.text().replace(&id, ""))
        };
        assert_eq!(anonymous(one), anonymous(other));
    };
    for path in [one(&key), format!("{KEYS}/{}", key.plain)] {
        let (rotate, no_rotate) = (format!("{path}/rotate"), format!("{missing}/rotate"));
        same(&stranger.get(&path).await.expect(404), &stranger.get(&missing).await);
        same(&stranger.delete(&path).await.expect(404), &stranger.delete(&missing).await);
        same(&stranger.patch(&path, &json!({})).await.expect(404), &stranger.patch(&missing, &json!({})).await);
        same(&stranger.post(&rotate, &json!({})).await.expect(404), &stranger.post(&no_rotate, &json!({})).await);
        let by_nexus = path.replace(KEYS, APIKEYS);
        let (rotate, no_rotate) = (format!("{by_nexus}/rotate"), format!("{APIKEYS}/no-such-key/rotate"));
        same(&stranger.post(&rotate, &json!({})).await.expect(404), &stranger.post(&no_rotate, &json!({})).await);
    }
    let mut body = plain_body();
    body["tenant"] = json!(PREMISE);
    let other = stranger.post(KEYS, &body).await.expect(404);
    body["tenant"] = json!("no-such-tenant");
    same(&other, &stranger.post(KEYS, &body).await);
    // An ops user names the tenant.
    let operator = server.operator().await;
    operator.get(&one(&key)).await.expect(404);
    operator.get(&format!("{}?tenant={PREMISE}", one(&key))).await.expect(200);
    let watched = json!({ "tenant": WATCHED, "name": "k", "permissions": [CHAT] });
    let made = operator.post(KEYS, &watched).await.expect(201);
    let place = made.header("location").expect("a location").to_owned();
    assert!(place.ends_with(&format!("?tenant={WATCHED}")), "{place}");
    operator.get(&place).await.expect(200);
    let watched = format!("{KEYS}/{}", made.field("id"));
    viewer.get(&watched).await.expect(200);
    for answer in [
        viewer.post(KEYS, &plain_body()).await,
        viewer.patch(&watched, &json!({ "name": "x" })).await,
        viewer.delete(&watched).await,
        viewer.post(&format!("{watched}/rotate"), &json!({})).await,
    ] {
        check_problem(&answer, 403, "forbidden");
    }
}
