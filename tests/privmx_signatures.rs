//! Signatures (reference privmx.md, section 2.2): the given vectors, the clock's window, what a nonce is good for, and
//! that a signature is good for its own call and no other.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{
    ALL_SCOPES, API, ApiKey, LIST, Pair, Privmx, SECOND, Server, Setup, Signer, exchange, hmac, import, nonce, signed,
};

const WINDOW_MS: i64 = 600_000;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/privmx-signatures.json")).expect("JSON")
}

/// A call of [`API`] with a header, byte for byte as given.
async fn call(nobody: &Privmx, target: &str, header: &str, body: &str) -> Option<i64> {
    let caller = nobody.header(header);
    caller.exchange(caller.request(target, body.into())).await.code()
}

/// Whether a call of [`API`] with this header is taken.
async fn taken(nobody: &Privmx, header: &str) -> bool {
    match call(nobody, API, header, LIST).await {
        None => true,
        Some(24879) => false,
        Some(code) => panic!("{code} to {header}"),
    }
}

/// A server whose time is the first vector's, with the keys of all of them.
fn with_keys(vectors: &[&Value]) -> Server {
    let setup = Setup::new().at_ms(at_ms(vectors[0])).start().stop();
    let mut known = BTreeSet::new();
    let is_new = |vector: &&&Value| known.insert(vector["apiKeyId"].to_string());
    let keys: Vec<_> = vectors.iter().filter(is_new).map(|vector| imported_key(vector)).collect();
    import(&setup, &json!([{ "id": "vectors", "keys": keys, "tenant": SECOND }]));
    setup.start()
}

fn at_ms(vector: &Value) -> i64 {
    vector["timestamp"].as_i64().expect("a time")
}

fn imported_key(vector: &Value) -> Value {
    let mut key = json!({ "id": vector["apiKeyId"], "name": "vector", "scope": ALL_SCOPES });
    match vector.get("publicKeyPem") {
        Some(pem) => key["publicKey"] = pem.clone(),
        None => key["secret"] = vector["apiKeySecret"].clone(),
    }
    key
}

/// Whether one server can take both: they are not of one key with two natures, nor with the same nonce.
fn go_together(one: &Value, other: &Value) -> bool {
    let same = |member: &str| one.get(member) == other.get(member);
    !same("apiKeyId") || (same("publicKeyPem") && !same("nonce"))
}

/// Each vector through the door that it is made for, and at the check door, where it must be known as used: the nonce is
/// looked at after the signature.
#[tokio::test]
async fn the_given_vectors_are_taken_once() {
    let vectors = vectors();
    let mut groups: Vec<Vec<&Value>> = Vec::new();
    for vector in ["hmac", "ed25519"].iter().flat_map(|kind| vectors[kind].as_array().expect("a list")) {
        match groups.iter_mut().find(|group| group.iter().all(|other| go_together(vector, other))) {
            Some(group) => group.push(vector),
            None => groups.push(vec![vector]),
        }
    }
    assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 8);
    for group in groups {
        let server = with_keys(&group);
        for vector in group {
            let text = |member: &str| vector[member].as_str().unwrap_or_else(|| panic!("no {member} in {vector}"));
            server.advance_s(u64::try_from(at_ms(vector) - server.now_ms()).expect("they are in order") / 1_000);
            let (nobody, header, body) = (server.privmx(), text("authorization"), text("body"));
            let headers = json!({ "authorization": header });
            let ask = json!({
                "body": body, "headers": headers, "method": text("httpMethod"), "path": text("urlPath"),
                "permission": "privmx:solution:read",
            });
            if text("httpMethod") == "POST" {
                assert_eq!(call(&nobody, text("urlPath"), header, body).await, None, "{}", vector["name"]);
                assert_eq!(call(&nobody, text("urlPath"), header, body).await, Some(24879), "{}", vector["name"]);
            } else {
                // No HTTP call has such a method, but who asks may know one.
                assert_eq!(server.check(&ask).await["decision"], "allow", "{}", vector["name"]);
            }
            let truly = async |ask: &Value| {
                let answer = server.check(ask).await;
                assert_eq!(answer["code"], "credential_unknown", "{}", vector["name"]);
                server.stranger().await.why(answer["id"].as_str().expect("an id")).await.expect(200).field("code")
            };
            assert_eq!(truly(&ask).await, "nonce_replayed", "{}", vector["name"]);
            let mut forged = ask;
            forged["body"] = json!(format!("{body} "));
            assert_eq!(truly(&forged).await, "signature_invalid", "{}", vector["name"]);
        }
    }
}

#[tokio::test]
async fn what_the_vectors_say_is_refused_is_refused_and_uses_up_nothing() {
    let vectors = vectors();
    let good = &vectors["hmac"][2];
    let text = |member: &str| good[member].as_str().expect("a text");
    let server = with_keys(&[good]);
    let rejected = vectors["reject"].as_array().expect("a list");
    assert_eq!(rejected.len(), 5);
    for reject in rejected {
        let header = reject["authorization"].as_str().expect("a header");
        let code = call(&server.privmx(), API, header, reject["body"].as_str().expect("a body")).await;
        assert_eq!(code, Some(24879), "{}", reject["why"]);
    }
    assert_eq!(call(&server.privmx(), API, text("authorization"), text("body")).await, None);
}

/// The tests' own signatures are those of the vectors, so that what they prove is what clients do.
#[test]
fn the_tests_sign_as_clients_do() {
    let vectors = vectors();
    for kind in ["hmac", "ed25519"] {
        for vector in vectors[kind].as_array().expect("a list") {
            let text = |member: &str| vector[member].as_str().expect("a text");
            let signer = match vector.get("privateKeyPem") {
                Some(pem) => {
                    let pair = Pair::from_private_pem(pem.as_str().expect("a text"));
                    assert_eq!(pair.public_pem(), text("publicKeyPem"));
                    pair.signer(text("apiKeyId"))
                }
                None => ApiKey::new(text("apiKeyId"), text("apiKeySecret")).signer(),
            };
            let (at, body) = (vector["timestamp"].as_i64().expect("a time"), text("body").as_bytes());
            let bytes = signed(&at.to_string(), text("nonce"), text("httpMethod"), text("urlPath"), body);
            assert_eq!(String::from_utf8_lossy(&bytes), text("data_to_sign"));
            let made = signer.header_with(text("nonce"), at, text("httpMethod"), text("urlPath"), body);
            assert_eq!(made, text("authorization"));
        }
    }
}

#[tokio::test]
async fn the_clock_may_be_off_by_less_than_ten_minutes_both_ways() {
    let server = Server::start();
    let nobody = server.privmx();
    for signer in server.signers().await {
        for (off_ms, good) in [
            (0, true),
            (599_000, true),
            (WINDOW_MS - 1, true),
            (WINDOW_MS, false),
            (601_000, false),
            (86_400_000, false),
        ] {
            for off_ms in [-off_ms, off_ms] {
                let header = signer.header(server.now_ms() + off_ms, "POST", API, LIST.as_bytes());
                assert_eq!(taken(&nobody, &header).await, good, "{off_ms} ms");
            }
        }
        for at_ms in [0, i64::MAX] {
            assert!(!taken(&nobody, &signer.header(at_ms, "POST", API, LIST.as_bytes())).await, "{at_ms}");
        }
    }
}

#[tokio::test]
async fn a_key_s_window_is_the_operator_s_to_set() {
    assert_eq!(limits::CLOCK_WINDOW_MS, 600_000);
    let server = Setup::new().configure(|config| config.privmx.clock_window_ms = 10_000).start();
    let (nobody, signer) = (server.privmx(), server.first_key().signer());
    for (off_ms, good) in [(9_999, true), (-9_999, true), (10_000, false), (-10_000, false)] {
        let header = signer.header(server.now_ms() + off_ms, "POST", API, LIST.as_bytes());
        assert_eq!(taken(&nobody, &header).await, good, "{off_ms} ms");
    }
}

#[tokio::test]
async fn a_nonce_is_good_once_for_each_key() {
    let server = Server::start();
    let nobody = server.privmx();
    let [one, other] = server.signers().await;
    let header =
        |signer: &Signer, nonce: &str| signer.header_with(nonce, server.now_ms(), "POST", API, LIST.as_bytes());
    let longest = "n".repeat(128);
    for nonce in ["3xUee4EA0gr8dg==", "3xUee4EA0gr8dg", "n", "N", "a:b,c\"d'", longest.as_str()] {
        for signer in [&one, &other] {
            assert!(taken(&nobody, &header(signer, nonce)).await, "{nonce}");
            assert!(!taken(&nobody, &header(signer, nonce)).await, "{nonce} again");
        }
        // Not with another time, nor for another call either.
        let later = one.header_with(nonce, server.now_ms() + 1, "POST", API, LIST.as_bytes());
        assert!(!taken(&nobody, &later).await, "{nonce} with another time");
        let elsewhere = one.header_with(nonce, server.now_ms(), "POST", "/api?x", LIST.as_bytes());
        assert_eq!(call(&nobody, "/api?x", &elsewhere, LIST).await, Some(24879), "{nonce} for another call");
    }
    for nonce in ["", &"n".repeat(129)] {
        assert!(!taken(&nobody, &header(&one, nonce)).await, "{} characters", nonce.len());
    }
}

#[tokio::test]
async fn a_nonce_is_remembered_for_as_long_as_a_signature_with_it_could_pass() {
    let server = Server::start();
    let (nobody, signer) = (server.privmx(), server.first_key().signer());
    let header = |at_ms: i64, nonce: &str| signer.header_with(nonce, at_ms, "POST", API, LIST.as_bytes());
    // Of a clock that is as far ahead as may be.
    let (ahead, now) = (header(server.now_ms() + WINDOW_MS - 1, "ahead"), header(server.now_ms(), "now"));
    assert!(taken(&nobody, &ahead).await && taken(&nobody, &now).await);
    for _ in 0..23 {
        server.advance_s(52);
        assert!(!taken(&nobody, &ahead).await && !taken(&nobody, &now).await);
        assert!(!taken(&nobody, &header(server.now_ms(), "now")).await);
    }
    // Twenty minutes and a little more later nothing old can pass, and the word is free again.
    server.advance_s(8);
    assert!(!taken(&nobody, &ahead).await && !taken(&nobody, &now).await);
    assert!(taken(&nobody, &header(server.now_ms(), "now")).await);
}

#[tokio::test]
async fn whatever_is_refused_uses_up_no_nonce() {
    let own = "127.0.0.1/32".parse().expect("a range");
    let server = Setup::new().configure(|config| config.doors.trusted_proxies = vec![own]).start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["solution", "ipAddr:203.0.113.9"]).await;
    let here = nobody.from("203.0.113.9");
    let nonce = nonce();
    let header = |signer: &Signer, at_ms: i64| signer.header_with(&nonce, at_ms, "POST", API, LIST.as_bytes());
    let now = server.now_ms();
    let good = header(&key.signer(), now);
    assert!(!taken(&here, &header(&ApiKey::new(&key.id, "wrong").signer(), now)).await);
    assert!(!taken(&here, &good[..good.len() - 1]).await);
    assert!(!taken(&here, &header(&key.signer(), now - WINDOW_MS)).await);
    assert!(!taken(&nobody.from("203.0.113.10"), &good).await);
    for (enabled, good_now) in [(false, false), (true, true)] {
        owner.call("manager/updateApiKey", json!({ "enabled": enabled, "id": key.id })).await.ok();
        assert_eq!(taken(&here, &good).await, good_now);
    }
    assert!(!taken(&here, &good).await, "and now it is used");
}

#[tokio::test]
async fn a_signature_is_good_for_its_own_call_alone() {
    let server = Server::start();
    let nobody = server.privmx();
    for signer in server.signers().await {
        let now = server.now_ms();
        let header = |method: &str, target: &str, body: &str| signer.header(now, method, target, body.as_bytes());
        for (target, body) in [(API, LIST), ("/api?x=1", LIST), ("/api?", LIST), ("/api?x=%C5%BC&x", LIST)] {
            assert_eq!(call(&nobody, target, &header("POST", target, body), body).await, None, "{target}");
        }
        let spaced = LIST.replace(',', " ,\n");
        assert_eq!(call(&nobody, API, &header("POST", API, &spaced), &spaced).await, None);
        for (method, target, body) in [
            ("GET", API, LIST),
            ("POST", "/api?x=1", LIST),
            ("POST", "/api?", LIST),
            ("POST", "/API", LIST),
            ("POST", "/", LIST),
            ("POST", "", LIST),
            ("POST", "http://localhost/api", LIST),
            ("POST", API, ""),
            ("POST", API, &spaced),
            ("POST", API, &format!("{LIST}\n")),
        ] {
            let code = call(&nobody, API, &header(method, target, body), LIST).await;
            assert_eq!(code, Some(24879), "{method} {target} {body}");
        }
        // Where one part ends and the next begins cannot be moved.
        let moved = signer.sign(&signed(&now.to_string(), "a", "POST", API, LIST.as_bytes()));
        let key = header("POST", API, LIST).split([' ', ';']).nth(1).expect("a name").to_owned();
        let forged = format!("pmx-hmac-sha256 {key};1;{now};a;POST\n{API}\n;{moved}");
        assert!(forged.contains('\n'), "which is no header value");
        let raw = format!(
            "POST /api HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: {forged}\r\ncontent-length: 0\r\n\r\n"
        );
        assert_eq!(exchange(server.address, raw.as_bytes()).map(|raw| raw.status), Some(400));
    }
}

/// How a body is cut on the way is no part of it.
#[tokio::test]
async fn a_body_in_chunks_is_signed_as_a_whole() {
    let server = Server::start();
    let signer = server.first_key().signer();
    let (start, end) = LIST.split_at(20);
    for (signed_over, good) in [(LIST, true), (start, false), (end, false), ("", false)] {
        let header = signer.header(server.now_ms(), "POST", API, signed_over.as_bytes());
        let head = format!("POST /api HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: {header}\r\n");
        let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len());
        let raw = format!("{head}transfer-encoding: chunked\r\n\r\n{}{}0\r\n\r\n", chunk(start), chunk(end));
        let answer = exchange(server.address, raw.as_bytes()).expect("an answer");
        assert_eq!((answer.status, answer.body.contains("\"result\"")), (200, good), "{}", answer.body);
        assert_eq!(answer.body.contains("24879"), !good, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_signature_has_one_form_and_a_time_is_read_up_to_its_last_digit() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let signer = key.signer();
    let now = server.now_ms();
    let sign = |at: &str, nonce: &str| signer.sign(&signed(at, nonce, "POST", API, LIST.as_bytes()));
    let written =
        |at: &str, nonce: &str, signature: &str| format!("pmx-hmac-sha256 {};1;{at};{nonce};{signature}", key.id);
    // Trailing junk is not read; the number is what is signed.
    for junk in ["x", ".5", "e3", " "] {
        let nonce = nonce();
        let header = written(&format!("{now}{junk}"), &nonce, &sign(&now.to_string(), &nonce));
        assert_eq!(taken(&nobody, &header).await, junk != " ", "{junk:?}");
        let nonce = crate::harness::nonce();
        let with_junk = format!("{now}{junk}");
        assert!(!taken(&nobody, &written(&with_junk, &nonce, &sign(&with_junk, &nonce))).await, "{junk:?} signed");
    }
    for at in ["", "x", "-1", "+1", "99999999999999999999", "0x18"] {
        let nonce = nonce();
        assert!(!taken(&nobody, &written(at, &nonce, &sign(at, &nonce))).await, "{at:?}");
    }
    let nonce = nonce();
    let tag = hmac(&key.secret, &signed(&now.to_string(), &nonce, "POST", API, LIST.as_bytes()));
    let hex = tag[..20].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    for bad in [
        STANDARD.encode(tag),
        STANDARD.encode(&tag[..19]),
        STANDARD.encode(&tag[..21]),
        STANDARD.encode(&tag[12..]),
        STANDARD_NO_PAD.encode(&tag[..20]),
        format!("{}=", STANDARD.encode(&tag[..20])),
        hex,
        "=".to_owned(),
    ] {
        assert!(!taken(&nobody, &written(&now.to_string(), &nonce, &bad)).await, "{bad}");
    }
    let good = STANDARD.encode(&tag[..20]);
    for bad in [
        format!("pmx-hmac-sha256 {};1;{now};{nonce};{good};", key.id),
        format!("pmx-hmac-sha256 {};1;{now};{nonce};{good};x", key.id),
        format!("pmx-hmac-sha256 {};1;{now};{nonce}", key.id),
        format!("pmx-hmac-sha256 {};2;{now};{nonce};{good}", key.id),
        format!("pmx-hmac-sha256 {};01;{now};{nonce};{good}", key.id),
        format!("pmx-hmac-sha256 {};;{now};{nonce};{good}", key.id),
        format!("pmx-hmac-sha256 ;1;{now};{nonce};{good}"),
        format!("pmx-hmac-sha256 {}; 1;{now};{nonce};{good}", key.id),
        format!("Pmx-Hmac-Sha256 {};1;{now};{nonce};{good}", key.id),
        format!("pmx-hmac-sha256  {};1;{now};{nonce};{good}", key.id),
        format!("pmx-hmac-sha256\t{};1;{now};{nonce};{good}", key.id),
        format!("pmx-hmac-sha512 {};1;{now};{nonce};{good}", key.id),
        format!("pmx-ed25519 {};1;{now};{nonce};{good}", key.id),
    ] {
        assert!(!taken(&nobody, &bad).await, "{bad}");
    }
    assert!(taken(&nobody, &written(&now.to_string(), &nonce, &good)).await, "none of that used it up");
}

#[tokio::test]
async fn each_key_has_one_way_to_prove_it() {
    let server = Server::start();
    let (nobody, owner, pair) = (server.privmx(), server.owner(), Pair::new(6));
    let vectors = vectors();
    let derived = &vectors["derived"]["ed25519_key_secret_field"];
    // The secret that is shown is what the dialect makes of the public key.
    let new = json!({ "name": "v", "publicKey": derived["publicKeyPem"], "scope": [] });
    let made = owner.call("manager/createApiKey", new).await.result();
    assert_eq!(made["secret"], derived["secret"]);

    let new = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": ALL_SCOPES });
    let shown = ApiKey::of(&owner.call("manager/createApiKey", new).await.result());
    let body = LIST.as_bytes();
    assert!(taken(&nobody, &pair.signer(&shown.id).header(server.now_ms(), "POST", API, body)).await);
    assert!(!taken(&nobody, &shown.signer().header(server.now_ms(), "POST", API, body)).await, "HMAC with it");
    assert!(!nobody.basic(&shown).is_known().await, "Basic with it");
    nobody.sign_in(&shown, None).await.refused_plainly("INVALID_CREDENTIALS");
    let pem = ApiKey::new(&shown.id, &pair.public_pem());
    assert!(
        !taken(&nobody, &pem.signer().header(server.now_ms(), "POST", API, body)).await,
        "HMAC with the public key"
    );
    let empty = ApiKey::new(&shown.id, "");
    assert!(!taken(&nobody, &empty.signer().header(server.now_ms(), "POST", API, body)).await);
    assert!(!nobody.basic(&empty).is_known().await);
    // And nobody's pair signs for a key with a secret.
    let foreign = pair.signer(&server.first_key().id);
    assert!(!taken(&nobody, &foreign.header(server.now_ms(), "POST", API, body)).await);
}
