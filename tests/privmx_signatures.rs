//! Signed calls (reference privmx.md, section 2.2): the given vectors, the clock's window, what a nonce is good for, and
//! that every door knows a signature and Basic credentials.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{
    API, APIKEYS, Answer, ApiKey, Pair, Privmx, SECOND, Server, Setup, Signer, exchange, hmac, import, nonce, signed,
};

const LIST: &str = r#"{"jsonrpc":"2.0","id":0,"method":"solution/listSolutions","params":{}}"#;
const NINE: [&str; 9] = ["context", "apiKey", "solution", "solution:*", "inbox", "store", "thread", "stream", "kvdb"];
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

/// A server whose time is `at_ms`, with the keys of some vectors.
fn with_keys(at_ms: i64, vectors: &[&Value]) -> Server {
    let setup = Setup::new().at_ms(at_ms).start().stop();
    let mut known = BTreeSet::new();
    let key = |vector: &&&Value| known.insert(vector["apiKeyId"].to_string());
    let keys: Vec<_> = vectors.iter().filter(key).map(|vector| imported_key(vector)).collect();
    import(&setup, &json!([{ "id": "vectors", "keys": keys, "tenant": SECOND }]));
    setup.start()
}

fn imported_key(vector: &Value) -> Value {
    let mut key = json!({ "id": vector["apiKeyId"], "name": "vector", "scope": NINE });
    match vector.get("publicKeyPem") {
        Some(pem) => key["publicKey"] = pem.clone(),
        None => key["secret"] = vector["apiKeySecret"].clone(),
    }
    key
}

/// Each vector through the door that it is made for, and at the check door, where it must be known as used: the nonce is
/// looked at after the signature.
#[tokio::test]
async fn the_given_vectors_are_taken_once() {
    let vectors = vectors();
    let all: Vec<&Value> =
        ["hmac", "ed25519"].iter().flat_map(|kind| vectors[kind].as_array().expect("a list")).collect();
    assert_eq!(all.len(), 8);
    for vector in all {
        let text = |member: &str| vector[member].as_str().unwrap_or_else(|| panic!("no {member} in {vector}"));
        let server = with_keys(vector["timestamp"].as_i64().expect("a time"), &[vector]);
        let nobody = server.privmx();
        let (header, body) = (text("authorization"), text("body"));
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
        let again = server.check(&ask).await;
        assert_eq!(again["code"], "credential_unknown", "{}", vector["name"]);
        let why = server.stranger().await.why(again["id"].as_str().expect("an id")).await.expect(200);
        assert_eq!(why.field("code"), "nonce_replayed", "{}", vector["name"]);
        let mut forged = ask.clone();
        forged["body"] = json!(format!("{body} "));
        let forged = server.check(&forged).await;
        let why = server.stranger().await.why(forged["id"].as_str().expect("an id")).await.expect(200);
        assert_eq!(why.field("code"), "signature_invalid", "{}", vector["name"]);
    }
}

#[tokio::test]
async fn what_the_vectors_say_is_refused_is_refused_and_uses_up_nothing() {
    let vectors = vectors();
    let good = &vectors["hmac"][2];
    let text = |member: &str| good[member].as_str().expect("a text");
    let server = with_keys(good["timestamp"].as_i64().expect("a time"), &[good]);
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

/// The keys of both kinds, each with its signer.
async fn signers(server: &Server) -> [Signer; 2] {
    let (first, pair) = (server.first_key(), Pair::new(5));
    let make = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": NINE });
    let id = server.owner().call("manager/createApiKey", make).await.text("id");
    [first.signer(), pair.signer(&id)]
}

#[tokio::test]
async fn the_clock_may_be_off_by_less_than_ten_minutes_both_ways() {
    let server = Server::start();
    let nobody = server.privmx();
    for signer in signers(&server).await {
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
async fn a_nonce_is_good_once_for_each_key() {
    let server = Server::start();
    let nobody = server.privmx();
    let [one, other] = signers(&server).await;
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
    for signer in signers(&server).await {
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
    let hex: String = tag[..20].iter().map(|byte| format!("{byte:02x}")).collect();
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
    let make = json!({ "name": "v", "publicKey": derived["publicKeyPem"], "scope": [] });
    let made = owner.call("manager/createApiKey", make).await.result();
    assert_eq!(made["secret"], derived["secret"]);

    let make = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": NINE });
    let shown = ApiKey::of(&owner.call("manager/createApiKey", make).await.result());
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

#[tokio::test]
async fn a_header_of_another_form_is_none_on_the_api() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let pair = STANDARD.encode(format!("{}:{}", key.id, key.secret));
    let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let token = nobody.sign_in(&key, None).await.text("accessToken");
    let signature = key.signer().header(server.now_ms(), "POST", API, LIST.as_bytes());
    for header in [
        format!("basic {pair}"),
        format!("BASIC {pair}"),
        format!("Basic  {pair}"),
        format!("Basic\t{pair}"),
        format!("Basic {pair} x"),
        format!("Basic{pair}"),
        pair.clone(),
        encoded(&key.id),
        encoded(&format!("{}:{}:", key.id, key.secret)),
        encoded(&format!("{}:{}:x", key.id, key.secret)),
        encoded(&format!(":{}", key.secret)),
        encoded(&format!("{}:", key.id)),
        "Basic".to_owned(),
        "Basic %".to_owned(),
        format!("bearer {token}"),
        format!("BEARER {token}"),
        format!("Bearer  {token}"),
        format!("Bearer {token} x"),
        token.clone(),
        format!("Token {token}"),
        "Bearer".to_owned(),
        signature.replace("pmx", "PMX"),
        signature.replacen(' ', "  ", 1),
        format!("{signature} x"),
        "x".repeat(4_000),
    ] {
        assert_eq!(call(&nobody, API, &header, LIST).await, Some(24879), "{header}");
    }
    assert!(taken(&nobody, &signature).await, "none of that used it up");
    // Padding may be left out, as clients do.
    assert!(taken(&nobody, &format!("Basic {}", pair.trim_end_matches('='))).await);
    assert!(taken(&nobody, &format!("Basic {pair}")).await && taken(&nobody, &format!("Bearer {token}")).await);
    // Two are none, and a key of the other dialect is none.
    let twice = nobody.request(API, LIST.into()).header("authorization", format!("Basic {pair}"));
    let twice = twice.header("authorization", format!("Basic {pair}"));
    nobody.exchange(twice).await.refused_plainly("UNAUTHORIZED");
    let nexus = server.admin().await.make_key("*").await;
    let request = nobody.request(API, LIST.into()).header("x-api-key", &nexus.plain);
    nobody.exchange(request).await.refused_plainly("UNAUTHORIZED");
}

/// Status, headers and body without what differs from one request to the next.
fn comparable(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let mut body = answer.json();
    body.as_object_mut().expect("an object").remove("referenceId");
    let headers = answer.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let text = |value: &reqwest::header::HeaderValue| value.to_str().expect("visible ASCII").to_owned();
    (answer.status, body, headers.map(|(name, value)| (name.to_string(), text(value))).collect())
}

#[tokio::test]
async fn nobody_learns_which_part_of_a_credential_was_wrong() {
    let server = Server::start();
    let (nobody, owner, first) = (server.privmx(), server.owner(), server.first_key());
    let pair = Pair::new(9);
    let make = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": NINE });
    let public = ApiKey::of(&owner.call("manager/createApiKey", make).await.result());
    let off = owner.make_key(&["solution"]).await;
    owner.call("manager/updateApiKey", json!({ "enabled": false, "id": off.id })).await.ok();
    let gone = owner.make_key(&["solution"]).await;
    owner.call("manager/deleteApiKey", json!({ "id": gone.id })).await.ok();
    let unknown = ApiKey::new("0123456789abcdef0123456789abcdef", &first.secret);
    let unnameable = ApiKey::new(&"x".repeat(200), &first.secret);
    let wrong = ApiKey::new(&first.id, "0123456789abcdef0123456789abcdef");
    let cases = [unknown, unnameable, wrong, public, off, gone];

    let mut seen: [Vec<_>; 6] = Default::default();
    let now = server.now_ms();
    for key in &cases {
        // On /api by Basic and by signature, and in the two sign-ins.
        seen[0].push(comparable(&nobody.basic(key).send(LIST).await.answer));
        seen[1].push(comparable(&nobody.signing(key.signer()).send(LIST).await.answer));
        let params = json!({ "apiKeyId": key.id, "apiKeySecret": key.secret, "grantType": "api_key_credentials" });
        // Every call of `call` has an id of its own, so this one is written out.
        let sign_in = |params: Value| json!({ "id": 1, "jsonrpc": "2.0", "method": "manager/auth", "params": params });
        if key.id.len() <= 128 {
            seen[2].push(comparable(&nobody.send(sign_in(params).to_string()).await.answer));
            let nonce = nonce();
            let signature = key.signer().sign(&signed(&now.to_string(), &nonce, "", "", b""));
            let params = json!({
                "apiKeyId": key.id, "grantType": "api_key_signature", "nonce": nonce, "signature": signature,
                "timestamp": now,
            });
            seen[3].push(comparable(&nobody.send(sign_in(params).to_string()).await.answer));
        }
        // And at the doors of the others.
        let basic = server.anonymous().with_basic(&key.id, &key.secret);
        seen[4].push(comparable(&basic.get(APIKEYS).await));
        let signed = key.signer().header(now, "GET", APIKEYS, b"");
        seen[5].push(comparable(&server.anonymous().with_authorization(&signed).get(APIKEYS).await));
    }
    for seen in seen {
        assert!(seen.len() > 1);
        for answer in &seen {
            assert_eq!(answer, &seen[0]);
        }
    }
    assert!(nobody.basic(&first).is_known().await);
}

#[tokio::test]
async fn the_check_door_knows_a_signature_over_all_that_it_is_told() {
    let server = Server::start();
    for signer in signers(&server).await {
        let ask = |body: &str| {
            let header = signer.header(server.now_ms(), "PUT", "/things/1?x=%20&y", body.as_bytes());
            json!({
                "body": body, "headers": { "authorization": header }, "method": "put", "path": "/things/1?x=%20&y",
                "permission": "privmx:thread:read",
            })
        };
        let answer = server.check(&ask("Zażółć 🦀")).await;
        assert_eq!(
            (&answer["decision"], &answer["subject_kind"]),
            (&json!("allow"), &json!("signing-key")),
            "{answer}"
        );
        let mut coded = ask("\u{0}\n");
        coded["body"] = Value::Null;
        coded["body_base64"] = json!(STANDARD.encode("\u{0}\n"));
        assert_eq!(server.check(&coded).await["decision"], "allow");
        let mut none = ask("");
        none["body"] = Value::Null;
        none["size"] = json!(0);
        assert_eq!(server.check(&none).await["decision"], "allow", "a call of no size has no body");

        for (member, value) in [
            ("method", json!("POST")),
            ("path", json!("/things/1")),
            ("path", json!("/things/1?x=%20&z")),
            ("body", json!("")),
            ("body", Value::Null),
            ("body_base64", json!(STANDARD.encode("other"))),
        ] {
            let mut other = ask("body");
            if member == "body_base64" {
                other["body"] = Value::Null;
            }
            other[member] = value;
            let answer = server.check(&other).await;
            assert_eq!(
                (&answer["decision"], &answer["code"]),
                (&json!("deny"), &json!("credential_unknown")),
                "{other}"
            );
        }
        // In a list each is its own.
        let (one, two) = (ask("1"), ask("2"));
        let answers = server.check(&json!([one, two, one])).await;
        let decisions: Vec<_> = (0..3).map(|at| answers[at]["decision"].clone()).collect();
        assert_eq!(decisions, ["allow", "allow", "deny"]);
    }
    // Basic needs nothing of the call.
    let key = server.first_key();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", key.id, key.secret)));
    let ask = json!({ "headers": { "authorization": basic }, "permission": "anything:at:all" });
    let answer = server.check(&ask).await;
    assert_eq!((&answer["decision"], &answer["subject"]), (&json!("allow"), &json!(key.id)), "{answer}");
}

#[tokio::test]
async fn the_forward_door_knows_a_signature_over_a_call_without_a_body() {
    let server = Server::start();
    let target = "/things/1?x=%20";
    for signer in signers(&server).await {
        let header = |method: &str| signer.header(server.now_ms(), method, target, b"");
        let forward = async |authorization: &str, headers: &[(&str, &str)]| {
            let headers = [&[("authorization", authorization), ("x-original-uri", target)], headers].concat();
            server.forward_to("/forward/nginx?permission=privmx:thread:read", &headers).await.status
        };
        for method in ["GET", "HEAD"] {
            let header = header(method);
            assert_eq!(forward(&header, &[("x-original-method", method)]).await, 200, "{method}");
            assert_eq!(forward(&header, &[("x-original-method", method)]).await, 401, "{method} again");
        }
        let empty = [("x-original-method", "POST"), ("x-original-length", "0")];
        assert_eq!(forward(&header("POST"), &empty).await, 200);
        // What nginx has not seen nobody has signed.
        for headers in [
            vec![("x-original-method", "POST")],
            vec![("x-original-method", "POST"), ("x-original-length", "1")],
            vec![("x-original-method", "POST"), ("x-original-transfer-encoding", "chunked")],
            vec![("x-original-method", "POST"), ("x-original-length", "x")],
        ] {
            assert_eq!(forward(&header("POST"), &headers).await, 401, "{headers:?}");
        }
        for headers in [
            vec![("x-original-method", "GET"), ("x-original-length", "1")],
            vec![("x-original-method", "GET"), ("x-original-transfer-encoding", "chunked")],
            vec![("x-original-method", "DELETE")],
            vec![],
        ] {
            assert_eq!(forward(&header("GET"), &headers).await, 401, "{headers:?}");
        }
    }
    let key = server.first_key();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", key.id, key.secret)));
    let answer = server.forward_to("/forward/nginx?permission=a:b", &[("authorization", &basic)]).await.expect(200);
    assert_eq!(answer.header("x-wardgate-key"), Some(key.id.as_str()));
}

#[tokio::test]
async fn the_rest_of_the_management_knows_a_signature_and_basic() {
    let server = Server::start();
    let (owner, first) = (server.owner(), server.first_key());
    let mut signers = Vec::from(signers(&server).await);
    for signer in &signers {
        let anonymous = server.anonymous();
        let body = json!({ "name": "by a signature", "permissions": ["privmx:thread:read"] }).to_string();
        let send = async |header: &str, body: &str| {
            let actor = anonymous.with_authorization(header);
            actor.send(actor.request("POST", APIKEYS).body(body.to_owned())).await
        };
        let header = signer.header(server.now_ms(), "POST", APIKEYS, body.as_bytes());
        send(&header, &body.replace("thread", "store")).await.expect(401);
        send(&header, &body).await.expect(201);
        send(&header, &body).await.expect(401);
        for path in [APIKEYS.to_owned(), format!("{APIKEYS}?tenant={}", crate::harness::PREMISE)] {
            let header = signer.header(server.now_ms(), "GET", &path, b"");
            anonymous.with_authorization(&header).get(&path).await.expect(200);
            let header = signer.header(server.now_ms(), "GET", &path, b"");
            anonymous.with_authorization(&header).get(&format!("{path}#").replace('#', "/x")).await.expect(401);
        }
    }
    // A decision is found by whoever may see keys, and its own door knows a signature, too.
    let decision = server.check(&json!({ "headers": {}, "permission": "a:b" })).await;
    let mine = json!({ "headers": { "authorization": "Basic x" }, "permission": "a:b" });
    assert_eq!(server.check(&mine).await["decision"], "deny");
    let basic = |key: &ApiKey| server.anonymous().with_basic(&key.id, &key.secret);
    let ask = json!({
        "headers": { "authorization": format!("Basic {}", STANDARD.encode(format!("{}:{}", first.id, first.secret))) },
        "permission": "a:b",
    });
    let own = server.check(&ask).await;
    let path = format!("/v1/decisions/{}", own["id"].as_str().expect("an id"));
    assert_eq!(basic(&first).get(&path).await.expect(200).field("subject"), first.id);
    let header = signers.remove(1).header(server.now_ms(), "GET", &path, b"");
    server.anonymous().with_authorization(&header).get(&path).await.expect(200);
    let others = format!("/v1/decisions/{}", decision["id"].as_str().expect("an id"));
    basic(&first).get(&others).await.expect(404);
    // Who may not see keys sees neither.
    let narrow = basic(&owner.make_key(&["context"]).await);
    narrow.get(&path).await.expect(403);
    narrow.get(APIKEYS).await.expect(403);
    basic(&ApiKey::new(&first.id, "wrong")).get(APIKEYS).await.expect(401);
}

#[tokio::test]
async fn a_signing_key_makes_no_nexus_key_that_may_do_more() {
    let server = Server::start();
    let owner = server.owner();
    let maker = owner.make_key(&["apiKey", "shop:orders:*"]).await;
    let maker = server.anonymous().with_basic(&maker.id, &maker.secret);
    let make = |permission: &str| json!({ "name": "k", "permissions": [permission] });
    let made = maker.post(APIKEYS, &make("shop:orders:read")).await.expect(201);
    for wider in ["*", "shop:*", "shop:customers:read", "privmx:thread:read", "wardgate:keys:read"] {
        maker.post(APIKEYS, &make(wider)).await.expect(403);
        let path = format!("{APIKEYS}/{}", made.field("id"));
        maker.patch(&path, &json!({ "permissions": [wider] })).await.expect(403);
        maker.put(&path, &make(wider)).await.expect(403);
    }
    let bound = owner.make_key(&["apiKey", "shop:orders:*", "ipAddr:127.0.0.1"]).await;
    let bound = server.anonymous().with_basic(&bound.id, &bound.secret);
    let status = bound.post(APIKEYS, &make("shop:orders:read")).await.status;
    assert!(matches!(status, 401 | 403), "what is bound to an address makes nothing that is not: {status}");
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
