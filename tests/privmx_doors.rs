//! Signing keys at every door: that each knows their signatures and Basic credentials in its own forms, and that none tells
//! what was wrong with one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{
    ALL_SCOPES, API, APIKEYS, Answer, ApiKey, LIST, PREMISE, Pair, Privmx, Server, Setup, import, nonce, signed,
};

/// What [`LIST`] with this header is refused with.
async fn code(nobody: &Privmx, header: &str) -> Option<i64> {
    nobody.header(header).send(LIST).await.code()
}

async fn is_taken(nobody: &Privmx, header: &str) -> bool {
    code(nobody, header).await.is_none()
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
        assert_eq!(code(&nobody, &header).await, Some(24879), "{header}");
    }
    assert!(is_taken(&nobody, &signature).await, "none of that used it up");
    // Padding may be left out, as clients do.
    assert!(is_taken(&nobody, &format!("Basic {}", pair.trim_end_matches('='))).await);
    assert!(is_taken(&nobody, &format!("Basic {pair}")).await && is_taken(&nobody, &format!("Bearer {token}")).await);
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
    let make = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": ALL_SCOPES });
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
    for signer in server.signers().await {
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
    for signer in server.signers().await {
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
            // Beside a transfer encoding no length counts.
            vec![
                ("x-original-method", "POST"),
                ("x-original-length", "0"),
                ("x-original-transfer-encoding", "chunked"),
            ],
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
    assert_eq!(answer.header("x-wardgate-subject-kind"), Some("signing-key"));
}

#[tokio::test]
async fn the_rest_of_the_management_knows_a_signature_and_basic() {
    let server = Server::start();
    let (owner, first) = (server.owner(), server.first_key());
    let mut signers = Vec::from(server.signers().await);
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
        for path in [APIKEYS.to_owned(), format!("{APIKEYS}?tenant={PREMISE}")] {
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
    let body = |permission: &str| json!({ "name": "k", "permissions": [permission] });
    let made = maker.post(APIKEYS, &body("shop:orders:read")).await.expect(201);
    for wider in ["*", "shop:*", "shop:customers:read", "privmx:thread:read", "wardgate:keys:read"] {
        maker.post(APIKEYS, &body(wider)).await.expect(403);
        let path = format!("{APIKEYS}/{}", made.field("id"));
        maker.patch(&path, &json!({ "permissions": [wider] })).await.expect(403);
        maker.put(&path, &body(wider)).await.expect(403);
    }
    let bound = owner.make_key(&["apiKey", "shop:orders:*", "ipAddr:127.0.0.1"]).await;
    let bound = server.anonymous().with_basic(&bound.id, &bound.secret);
    let status = bound.post(APIKEYS, &body("shop:orders:read")).await.status;
    assert!(matches!(status, 401 | 403), "what is bound to an address makes nothing that is not: {status}");
}

/// Keys of other systems keep the ids and secrets that they have: up to 128 characters of any kind.
#[tokio::test]
async fn the_longest_name_and_secret_there_may_be_are_taken() {
    let setup = Setup::new().start().stop();
    let longest = ["a".repeat(128), "ż".repeat(128), "€".repeat(128), "🦀".repeat(64)];
    let key = |id: &String| json!({ "id": id, "name": "", "scope": ["solution"], "secret": id });
    let keys: Vec<_> = longest.iter().map(key).collect();
    import(&setup, &json!([{ "id": "owner", "keys": keys, "tenant": PREMISE }]));
    let server = setup.start();
    for id in &longest {
        let key = ApiKey::new(id, id);
        assert!(server.privmx().basic(&key).is_known().await, "{id}");
        let token = server.privmx().sign_in(&key, None).await.text("accessToken");
        assert!(server.privmx().bearer(&token).is_known().await, "{id}");
    }
    let signer = ApiKey::new(&longest[0], &longest[0]).signer();
    let header = signer.header_with(&"n".repeat(128), server.now_ms(), "POST", API, LIST.as_bytes());
    assert!(is_taken(&server.privmx(), &header).await);
}
