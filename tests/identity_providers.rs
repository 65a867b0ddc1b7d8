//! Tokens of a real identity provider, the one that npm has, are credentials of the App Space that names it: as its record
//! lets them, for as long as the provider's keys say so, and in no other form.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wardgate_domain::{Clock, limits};

use crate::harness::{CHAT, IdentityProvider, PREMISE, SECOND, Server, Setup};

const SPACES: &str = "/v1/app-spaces";
const EMAIL: &str = "nexus:consumer:email";

/// A server whose clock is right, and which may ask machines like this one.
fn server() -> Server {
    let setup = Setup::new().at_ms(Clock::system().now().as_ms());
    setup.configure(|config| config.openid.allowed_addresses = vec!["127.0.0.0/8".parse().expect("a range")]).start()
}

async fn ask(server: &Server, token: &str, permission: &str) -> Value {
    let header = format!("Bearer {token}");
    server.check(&json!({ "headers": { "authorization": header }, "permission": permission })).await
}

/// The code that whoever runs the cluster reads.
async fn truly(server: &Server, token: &str) -> String {
    let answer = ask(server, token, CHAT).await;
    assert_eq!(answer["code"], "credential_unknown", "an outsider learns no more");
    let id = answer["id"].as_str().expect("an id").to_owned();
    server.operator().await.why(&id).await.expect(200).field("code")
}

/// A token with another part: the first is its header, the second what it claims.
fn with_part(token: &str, part: usize, change: impl FnOnce(&mut Value)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let bytes = URL_SAFE_NO_PAD.decode(&parts[part]).expect("base64url");
    let mut value: Value = serde_json::from_slice(&bytes).expect("JSON");
    change(&mut value);
    parts[part] = URL_SAFE_NO_PAD.encode(value.to_string());
    parts.join(".")
}

#[tokio::test]
async fn a_provider_s_token_passes_as_far_as_its_record_and_its_claims_go() {
    let Some(provider) = IdentityProvider::start() else { return };
    let server = server();
    let audiences = ["urn:RS256", "urn:ES256", "urn:EdDSA"];
    server.admin().await.post(SPACES, &provider.record(&audiences)).await.expect(201);
    for audience in audiences {
        let token = provider.token(audience, CHAT).await;
        for _ in 0..2 {
            let answer = ask(&server, &token, CHAT).await;
            assert_eq!(answer["code"], "allowed", "{audience}: {answer}");
            assert_eq!((&answer["tenant"], &answer["subject"]), (&json!(PREMISE), &json!("service")), "{answer}");
        }
        assert_eq!(ask(&server, &token, EMAIL).await["code"], "permission_not_granted");
    }
    let both = provider.token(audiences[0], &format!("{CHAT} {EMAIL}")).await;
    assert_eq!(ask(&server, &both, EMAIL).await["code"], "allowed");
    // What the record lets its tokens do is the most that they may, from the next call on.
    let admin = server.admin().await;
    let space = admin.get(SPACES).await.expect(200).json()["app_spaces"][0]["id"].as_str().expect("an id").to_owned();
    let narrow = json!({ "provider": { "type": "openid", "grants": [CHAT] } });
    admin.patch(&format!("{SPACES}/{space}"), &narrow).await.expect(200);
    assert_eq!(ask(&server, &both, EMAIL).await["code"], "permission_not_granted");
    assert_eq!(ask(&server, &both, CHAT).await["code"], "allowed");
    admin.delete(&format!("{SPACES}/{space}")).await.expect(204);
    assert_eq!(truly(&server, &both).await, "credential_unknown");
}

#[tokio::test]
async fn what_is_not_the_provider_s_own_does_not_pass() {
    let Some(provider) = IdentityProvider::start() else { return };
    let server = server();
    server.admin().await.post(SPACES, &provider.record(&["urn:RS256", "urn:EdDSA"])).await.expect(201);
    let good = provider.token("urn:EdDSA", CHAT).await;
    let stranger_s = IdentityProvider::start().expect("the other one started");
    let forged = stranger_s.token("urn:EdDSA", CHAT).await;
    assert_eq!(truly(&server, &forged).await, "credential_unknown", "nobody believes that issuer");
    let claimed = with_part(&forged, 1, |claims| claims["iss"] = json!(provider.issuer));
    assert_eq!(truly(&server, &claimed).await, "signature_invalid");
    let wider = with_part(&good, 1, |claims| claims["scope"] = json!(format!("{CHAT} {EMAIL}")));
    assert_eq!(truly(&server, &wider).await, "signature_invalid");
    for alg in ["none", "HS256", "RS256"] {
        let renamed = with_part(&good, 0, |header| header["alg"] = json!(alg));
        assert_eq!(truly(&server, &renamed).await, "signature_invalid", "{alg}");
    }
    let unsigned = with_part(&good, 0, |header| header["alg"] = json!("none"));
    let unsigned = format!("{}.", unsigned.rsplit_once('.').expect("three parts").0);
    assert_eq!(truly(&server, &unsigned).await, "signature_invalid");
    let elsewhere = provider.token("urn:wardgate:ES256", CHAT).await;
    assert_eq!(truly(&server, &elsewhere).await, "credential_unknown", "it is for another audience");
    assert_eq!(ask(&server, &good, CHAT).await["code"], "allowed");
    // Over, also for a token that was good a moment ago.
    server.advance_s(660 + u64::try_from(limits::JWT_LEEWAY_MS).expect("positive") / 1_000);
    let answer = ask(&server, &good, CHAT).await;
    assert_eq!(answer["code"], "credential_unknown");
    // Its own people see why.
    let why = server.admin().await.why(answer["id"].as_str().expect("an id")).await.expect(200);
    assert_eq!(why.field("code"), "token_expired");
}

#[tokio::test]
async fn a_provider_s_keys_are_followed_when_they_change() {
    let Some(provider) = IdentityProvider::start() else { return };
    let (mut provider, server) = (provider, server());
    server.admin().await.post(SPACES, &provider.record(&["urn:ES256"])).await.expect(201);
    let old = provider.token("urn:ES256", CHAT).await;
    assert_eq!(ask(&server, &old, CHAT).await["code"], "allowed");
    provider.told("rotate");
    let new = provider.token("urn:ES256", CHAT).await;
    // It was asked a moment ago; who names an unknown key does not have it asked again and again.
    assert_eq!(truly(&server, &new).await, "signature_invalid");
    server.advance_s(u64::try_from(limits::PROVIDER_AGAIN_MS).expect("positive") / 1_000);
    assert_eq!(ask(&server, &new, CHAT).await["code"], "allowed");
    assert_eq!(truly(&server, &old).await, "signature_invalid", "its key is not the provider's any more");
}

#[tokio::test]
async fn another_s_provider_opens_nothing_and_one_inside_is_not_asked_unless_allowed() {
    let Some(provider) = IdentityProvider::start() else { return };
    let server = server();
    server.admin().await.post(SPACES, &provider.record(&["urn:ES256"])).await.expect(201);
    let token = provider.token("urn:ES256", CHAT).await;
    // Somebody else names the same issuer and audience later, and has nothing of it.
    server.advance_s(1);
    server.stranger().await.post(SPACES, &provider.record(&["urn:ES256"])).await.expect(201);
    assert_eq!(ask(&server, &token, CHAT).await["tenant"], PREMISE);
    let at_the_stranger_s =
        json!({ "headers": { "authorization": format!("Bearer {token}"), "x-ccid": SECOND }, "permission": CHAT });
    assert_eq!(server.check(&at_the_stranger_s).await["code"], "credential_unknown");
    let careful = Setup::new().at_ms(Clock::system().now().as_ms()).start();
    careful.admin().await.post(SPACES, &provider.record(&["urn:ES256"])).await.expect(201);
    assert_eq!(ask(&careful, &token, CHAT).await["code"], "overloaded", "nobody can say whether it is good");
}
