//! Where keys come from beside creation: rotation, which lets a key and its successor overlap, and keys that the caller
//! brings.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, Key, PREMISE, SECOND, Server, Setup, audit, member_names};

const CHOSEN: &str = "3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77";

async fn rotate(actor: &Actor, key: &Key, body: &Value) -> Answer {
    actor.post(&format!("{}/rotate", key.path()), body).await
}

async fn allowed(server: &Server, key: &Key) -> bool {
    server.check_key(key, CHAT).await["decision"] == "allow"
}

#[track_caller]
fn check_refusal(answer: &Answer, status: u16, word: &str) {
    assert_eq!((answer.status, &answer.json()["status"]["code"]), (status, &json!(word)), "{}", answer.text());
}

#[tokio::test]
async fn a_rotated_key_and_its_successor_overlap_and_then_the_old_one_dies() {
    let server = Server::start();
    let admin = server.admin().await;
    let made = json!({
        "name": "shop", "permissions": [CHAT, "nexus:mail:*"], "capacity": 9, "frequency": 3, "expires": "2027-01-31",
        "origins": ["https://shop.example"], "addresses": ["10.0.0.0/8"],
    });
    let old = admin.make_key_with(&made).await;
    let before = admin.get(&old.path()).await.expect(200).json();
    server.advance_s(5);
    let answer = rotate(&admin, &old, &json!({ "overlap": 60 })).await.expect(201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let new = Key::of(&answer);
    assert!(new.plain != old.plain && new.handle != old.handle && new.plain != new.handle);
    let shown = admin.get(&new.path()).await.expect(200).json();
    for member in ["tenant", "name", "permissions", "enabled", "revoked", "expires", "capacity", "frequency", "origins"]
    {
        assert_eq!(shown[member], before[member], "{member}");
    }
    assert_eq!(shown["addresses"], before["addresses"]);
    assert_eq!((&shown["created"], &shown["createdby"]), (&json!("2026-03-04T10:00:05.000Z"), &json!("nexus")));
    assert_eq!((shown.get("replacedby"), shown.get("lastUsed")), (None, None));
    let replaced = admin.get(&old.path()).await.expect(200).json();
    assert_eq!(replaced["replacedby"], new.handle.as_str());
    assert_eq!(replaced["expires"], "2026-03-04T10:01:05.000Z");
    let ask = |key: &Key| {
        let headers = json!({ "x-api-key": key.plain, "origin": "https://shop.example" });
        json!({ "headers": headers, "permission": "nexus:mail:read", "client_address": "10.0.0.1" })
    };
    let decision = async |key: &Key| server.check(&ask(key)).await["decision"].clone();
    server.advance_s(59);
    assert_eq!((decision(&old).await, decision(&new).await), (json!("allow"), json!("allow")));
    server.advance_s(1);
    assert_eq!((decision(&old).await, decision(&new).await), (json!("deny"), json!("allow")));
}

#[tokio::test]
async fn an_overlap_is_a_day_unless_said_otherwise_and_never_longer_than_the_key_had() {
    let server = Server::start();
    let admin = server.admin().await;
    let expires = async |key: &Key| admin.get(&key.path()).await.expect(200).json()["expires"].clone();
    for (body, end) in [
        (json!({}), json!("2026-03-05T10:00:00.000Z")),
        (json!({ "overlap": null }), json!("2026-03-05T10:00:00.000Z")),
        (json!({ "overlap": 2_592_000 }), json!("2026-04-03T10:00:00.000Z")),
        (json!({ "overlap": 0 }), json!("2026-03-04T10:00:00.000Z")),
    ] {
        let key = admin.make_key(CHAT).await;
        let new = Key::of(&rotate(&admin, &key, &body).await.expect(201));
        assert_eq!((expires(&key).await, expires(&new).await), (end, json!(false)));
        assert_eq!(allowed(&server, &key).await, body["overlap"] != 0, "{body}");
        assert!(allowed(&server, &new).await);
    }
    let bare = admin.make_key(CHAT).await;
    let nothing = admin.request("POST", &format!("{}/rotate", bare.path()));
    admin.send(nothing).await.expect(201);
    assert_eq!(expires(&bare).await, "2026-03-05T10:00:00.000Z");
    let soon = json!({ "name": "k", "permissions": [CHAT], "expires": "2026-03-04T10:00:30Z" });
    let soon = admin.make_key_with(&soon).await;
    let new = Key::of(&rotate(&admin, &soon, &json!({ "overlap": 60 })).await.expect(201));
    assert_eq!((expires(&soon).await, expires(&new).await), (json!("2026-03-04T10:00:30.000Z"), expires(&soon).await));
    let key = admin.make_key(CHAT).await;
    for overlap in [json!(-1), json!(2_592_001), json!(1.5), json!("60"), json!(4_294_967_296_u64), json!([1])] {
        check_refusal(&rotate(&admin, &key, &json!({ "overlap": overlap })).await, 400, "INVALID_PARAMETER");
    }
    for body in [json!({ "overlap": 1, "x": 1 }), json!([]), json!(null), json!({ "data": null })] {
        check_refusal(&rotate(&admin, &key, &body).await, 400, "INVALID_PARAMETER");
    }
    assert_eq!(expires(&key).await, false, "a refused rotation changes nothing");
}

#[tokio::test]
async fn a_rotation_is_answered_in_the_shape_of_its_request() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let wrapped = rotate(&admin, &key, &json!({ "data": { "overlap": 5 } })).await.expect(201);
    let new = wrapped.json()["data"].clone();
    assert_eq!(wrapped.json().as_object().map(serde_json::Map::len), Some(1));
    let handle = wrapped.header("location").and_then(|path| path.rsplit('/').next().map(str::to_owned));
    let new = Key { plain: new["id"].as_str().expect("a key").to_owned(), handle: handle.expect("a handle") };
    assert!(allowed(&server, &new).await);
    let bare = rotate(&admin, &new, &json!({})).await.expect(201);
    let seed = ["id", "tenant", "name", "permissions", "enabled", "created", "revoked", "expires", "createdby"];
    assert_eq!(member_names(&bare.text())[..9], seed);
    let listed = admin.get(APIKEYS).await.expect(200);
    for plain in [&key.plain, &new.plain, &bare.field("id")] {
        assert!(!listed.text().contains(plain.as_str()), "the list shows a key");
    }
    let operator = server.operator().await;
    let third = Key::of(&bare);
    let path = format!("{}/rotate?tenant={PREMISE}", third.path());
    let by_ops = operator.post(&path, &json!({})).await.expect(201);
    let place = by_ops.header("location").expect("a location").to_owned();
    assert!(place.ends_with(&format!("?tenant={PREMISE}")), "{place}");
    operator.get(&place).await.expect(200);
}

#[tokio::test]
async fn a_key_is_rotated_once_and_only_while_it_works() {
    let server = Server::start();
    let admin = server.admin().await;
    let rotated = admin.make_key(CHAT).await;
    let successor = Key::of(&rotate(&admin, &rotated, &json!({})).await.expect(201));
    let (disabled, revoked, expired) =
        (admin.make_key(CHAT).await, admin.make_key(CHAT).await, admin.make_key(CHAT).await);
    admin.patch(&disabled.path(), &json!({ "enabled": false })).await.expect(200);
    admin.patch(&revoked.path(), &json!({ "revoked": true })).await.expect(200);
    admin.patch(&expired.path(), &json!({ "expires": "2026-03-04T10:00:00Z" })).await.expect(200);
    let count = async || admin.get(APIKEYS).await.json().as_array().map(Vec::len);
    let before = count().await;
    for key in [&rotated, &disabled, &revoked, &expired] {
        check_refusal(&rotate(&admin, key, &json!({})).await, 409, "CONFLICT");
    }
    let missing = Key { handle: "no-such-key".to_owned(), ..rotated.clone() };
    check_refusal(&rotate(&admin, &missing, &json!({})).await, 404, "NOT_FOUND");
    assert_eq!(count().await, before);
    // The line goes on with its newest key.
    rotate(&admin, &successor, &json!({})).await.expect(201);
}

#[tokio::test]
async fn of_any_number_of_rotations_at_once_one_wins() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let (admin, key) = (admin.clone(), key.clone());
            tokio::spawn(async move { rotate(&admin, &key, &json!({})).await })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        let answer = racer.await.expect("no panic");
        match answer.status {
            201 => winners.push(Key::of(&answer)),
            _ => check_refusal(&answer, 409, "CONFLICT"),
        }
    }
    let [winner] = winners.as_slice() else { panic!("{} winners", winners.len()) };
    assert_eq!(admin.get(&key.path()).await.json()["replacedby"], winner.handle.as_str());
    assert_eq!(admin.get(APIKEYS).await.json().as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_line_of_keys_has_one_rate() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 3, "frequency": 30 });
    let first = admin.make_key_with(&body).await;
    assert!(allowed(&server, &first).await);
    let second = Key::of(&rotate(&admin, &first, &json!({})).await.expect(201));
    assert!(allowed(&server, &second).await);
    let third = Key::of(&rotate(&admin, &second, &json!({})).await.expect(201));
    assert!(allowed(&server, &third).await);
    for key in [&first, &second, &third] {
        assert_eq!(server.check_key(key, CHAT).await["code"], "rate_limited", "one rate, whichever key is used");
    }
    // Whoever is deleted: nothing is forgiven.
    admin.delete(&first.path()).await.expect(204);
    assert_eq!(server.check_key(&third, CHAT).await["code"], "rate_limited");
    admin.patch(&third.path(), &json!({ "capacity": 30 })).await.expect(200);
    assert_eq!(admin.get(&second.path()).await.json()["capacity"], 30, "a rate is its line's");
    server.advance_s(1);
    assert!(allowed(&server, &second).await);
}

#[tokio::test]
async fn a_key_that_was_rotated_cannot_be_given_a_later_end() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    rotate(&admin, &key, &json!({ "overlap": 60 })).await.expect(201);
    for expires in [json!(false), json!("2026-03-04T10:01:00.001Z"), json!("2030-01-01")] {
        check_refusal(&admin.patch(&key.path(), &json!({ "expires": expires })).await, 409, "CONFLICT");
    }
    check_refusal(&admin.put(&key.path(), &json!({ "name": "k", "permissions": [CHAT] })).await, 409, "CONFLICT");
    let shown = admin.get(&key.path()).await.expect(200).json();
    admin.put(&key.path(), &shown).await.expect(200);
    admin.patch(&key.path(), &json!({ "name": "old", "expires": "2026-03-04T10:00:30Z" })).await.expect(200);
    server.advance_s(30);
    assert!(!allowed(&server, &key).await);
    admin.patch(&key.path(), &json!({ "expires": "2026-03-04T10:01:00Z" })).await.expect(409);
}

#[tokio::test]
async fn a_rotation_needs_room_for_the_new_key() {
    let server = Setup::new().edit_tenant("premise_tenant", "keys = 1000", "keys = 1").start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    check_refusal(&rotate(&admin, &key, &json!({})).await, 409, "CONFLICT");
    assert_eq!(admin.get(&key.path()).await.json()["expires"], false);
    assert!(allowed(&server, &key).await);
}

#[tokio::test]
async fn a_key_that_is_in_use_elsewhere_is_taken_over() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = |id: &str| json!({ "id": id, "name": "iWD", "permissions": [CHAT] });
    let (stranger, operator) = (server.stranger().await, server.operator().await);
    let (here, there) = (format!("{APIKEYS}?tenant={PREMISE}"), format!("{APIKEYS}?tenant={SECOND}"));
    let key = Key::of(&operator.post(&here, &body(CHOSEN)).await.expect(201));
    assert_eq!(key.plain, CHOSEN);
    assert!(key.handle != CHOSEN && allowed(&server, &key).await);
    assert!(!admin.get(APIKEYS).await.text().contains(CHOSEN));
    let upper = "9B1DEB4D-3B7D-4BAD-9BDD-2B0D7B3DCB6D";
    let key = Key::of(&operator.post(&here, &body(upper)).await.expect(201));
    assert!(key.plain == upper && allowed(&server, &key).await, "a key is what it was");
    let made = admin.make_key(CHAT).await;
    let others = Key::of(&operator.post(&there, &body("550e8400-e29b-41d4-a716-446655440000")).await.expect(201));
    for taken in [
        CHOSEN,
        &CHOSEN.to_uppercase(),
        &upper.to_lowercase(),
        &made.plain,
        &made.handle,
        &key.handle,
        &others.plain,
        &others.handle,
        PREMISE,
        SECOND,
    ] {
        for path in [&here, &there, APIKEYS] {
            let answer = operator.post(path, &body(taken)).await;
            check_refusal(&answer, 409, "CONFLICT");
            assert!(!answer.text().contains(taken), "a refusal repeats a key");
        }
        // A tenant's own admin is told the same of what is taken and of what is not.
        for actor in [&admin, &stranger] {
            check_refusal(&actor.post(APIKEYS, &body(taken)).await, 403, "FORBIDDEN");
        }
    }
    for bad in [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "3f0c2b6e-9d41-1a7c-8e55-0b6f2d9c1a77",
        "3f0c2b6e-9d41-7a7c-8e55-0b6f2d9c1a77",
        "3f0c2b6e-9d41-4a7c-ce55-0b6f2d9c1a77",
        "3f0c2b6e9d414a7c8e550b6f2d9c1a77",
        "{3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77}",
        "3F0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77",
        " 3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a7",
        "wg_live_x",
        "secret",
        "",
    ] {
        check_refusal(&operator.post(&here, &body(bad)).await, 400, "INVALID_PARAMETER");
    }
    for actor in [&admin, &stranger] {
        for free in ["3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77", "secret"] {
            check_refusal(&actor.post(APIKEYS, &body(free)).await, 403, "FORBIDDEN");
        }
    }
    for bad in [json!(7), json!(true), json!([CHOSEN]), json!({})] {
        let body = json!({ "id": bad, "name": "k", "permissions": [CHAT] });
        check_refusal(&admin.post(APIKEYS, &body).await, 400, "INVALID_PARAMETER");
    }
    admin.post(APIKEYS, &json!({ "id": null, "name": "k", "permissions": [CHAT] })).await.expect(201);
    // Taken away, it is nobody's again.
    admin.delete(&key.path()).await.expect(204);
    stranger.post(APIKEYS, &body(upper)).await.expect(403);
    operator.post(&there, &body(upper)).await.expect(201);
}

#[tokio::test]
async fn of_any_number_who_bring_one_key_one_has_it() {
    let server = Server::start();
    let operator = server.operator().await;
    let racers: Vec<_> = (0..16)
        .map(|n| {
            // In both spellings: to people they are one.
            let (tenant, id) = if n % 2 == 0 { (PREMISE, CHOSEN.to_owned()) } else { (SECOND, CHOSEN.to_uppercase()) };
            let (actor, body) = (operator.clone(), json!({ "id": id, "name": "k", "permissions": [CHAT] }));
            tokio::spawn(async move { actor.post(&format!("{APIKEYS}?tenant={tenant}"), &body).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for racer in racers {
        statuses.push(racer.await.expect("no panic"));
    }
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, [409; 15].as_slice()));
}

#[tokio::test]
async fn what_is_done_to_a_line_is_in_the_audit_log() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "id": CHOSEN, "name": "k", "permissions": [CHAT] });
    let key = Key::of(&server.operator().await.post(&format!("{APIKEYS}?tenant={PREMISE}"), &body).await.expect(201));
    rotate(&admin, &key, &json!({})).await.expect(201);
    rotate(&admin, &key, &json!({})).await.expect(409);
    let actions = audit(&server.stop(), PREMISE).await;
    assert_eq!(actions[2..], ["key.imported", "key.rotated"]);
}
