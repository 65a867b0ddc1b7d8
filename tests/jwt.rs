//! What the server signs: checked as a stranger would, with nothing but its key set.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wardgate_domain::public_key::PublicKey;

use crate::harness::{AUTHORIZE, Actor, Answer, Browser, PREMISE, Server, Setup, TOKEN, location};

const JWKS: &str = "/auth/v3/jwks";
const JWT_USERINFO: &str = "/auth/v3/jwt-userinfo";
/// What stands before the 32 bytes of a key in its DER form (RFC 8410 section 10.1).
const DER_PREFIX: &str = "MCowBQYDK2VwAyEA";

/// The one key of the set, by its parts.
async fn key(server: &Server) -> (String, PublicKey) {
    let set = server.anonymous().get(JWKS).await.expect(200).json();
    let keys = set["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 1, "{set}");
    let key = &keys[0];
    let (x, kid) = (key["x"].as_str().expect("x"), key["kid"].as_str().expect("kid"));
    assert_eq!(*key, json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA" }));
    let bytes = URL_SAFE_NO_PAD.decode(x).expect("base64url without padding");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{DER_PREFIX}{}\n-----END PUBLIC KEY-----", STANDARD.encode(bytes));
    (kid.to_owned(), PublicKey::from_pem(&pem).expect("a key"))
}

/// Header and claims of a token whose signature is the server's.
async fn opened(server: &Server, token: &str) -> (Value, Value) {
    let (kid, key) = key(server).await;
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    assert!(key.verify(signed.as_bytes(), signature.first_chunk().expect("64 bytes")), "{token}");
    let (header, claims) = signed.split_once('.').expect("three parts");
    let json = |part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON");
    assert_eq!((&json(header)["alg"], &json(header)["kid"]), (&json!("EdDSA"), &json!(kid)));
    (json(header), json(claims))
}

#[track_caller]
fn user_token(answer: &Answer) -> String {
    assert_eq!((answer.text().as_str(), answer.header("cache-control")), ("", Some("no-store")));
    answer.header("x-gws-user").expect("a token").to_owned()
}

#[tokio::test]
async fn a_gateway_is_told_whose_call_it_is_by_a_signed_token() {
    let server = Server::start();
    let admin = server.admin().await;
    let userinfo = admin.get("/auth/v3/userinfo").await.expect(200).json();
    let claims = admin.get("/auth/v3/openid/userinfo").await.expect(200).json();
    let token = user_token(&admin.get(JWT_USERINFO).await.expect(200));
    let (header, told) = opened(&server, &token).await;
    assert_eq!(header["typ"], "gws-user+jwt");
    let now = server.now_ms() / 1_000;
    let mut expected = userinfo;
    expected["iss"] = json!(format!("http://{}", server.address));
    expected["sub"] = claims["sub"].clone();
    expected["aud"] = json!("nexus_client");
    expected["iat"] = json!(now);
    expected["exp"] = json!(now + 60);
    assert_eq!(told, expected);
    assert_eq!(told["contactCenterId"], PREMISE);
}

#[tokio::test]
async fn nobody_without_a_user_s_token_is_given_one() {
    let server = Server::start();
    let own = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
    let own = server.anonymous().with_token(&own.field("access_token"));
    for (actor, status) in [(server.anonymous(), 401), (server.anonymous().with_token("x"), 401), (own, 403)] {
        let answer = actor.get(JWT_USERINFO).await.expect(status);
        assert!(answer.header("x-gws-user").is_none());
    }
}

#[tokio::test]
async fn the_key_stays_the_same_and_is_the_server_s_own() {
    let server = Setup::new().start();
    let (first, _) = key(&server).await;
    let server = server.stop().start();
    assert_eq!(key(&server).await.0, first, "tokens are good across a restart");
    let setup = server.stop();
    // What another master key wrote cannot be read with this one: all begins anew.
    std::fs::remove_dir_all(setup.data_dir()).expect("removed");
    let other = setup.start();
    assert_ne!(key(&other).await.0, first, "another master key signs with another key");
}

#[tokio::test]
async fn a_token_says_that_it_is_the_public_address_s() {
    let server = Setup::new().configure(|config| config.public_url = "https://auth.example.com".to_owned()).start();
    let (username, password) = server.login_of(PREMISE);
    let access = server.sign_in(&username, &password).await.expect(200).field("access_token");
    let admin = server.anonymous().with_token(&access);
    let request = admin.request("GET", JWT_USERINFO).header("host", "evil.example");
    let (_, told) = opened(&server, &user_token(&admin.send(request).await.expect(200))).await;
    assert_eq!(told["iss"], "https://auth.example.com");
}

#[tokio::test]
async fn discovery_offers_what_is_signed() {
    let server = Server::start();
    let base = format!("http://{}", server.address);
    let told = server.anonymous().get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!((&told["issuer"], &told["jwks_uri"]), (&json!(base), &json!(format!("{base}{JWKS}"))));
    assert_eq!(told["userinfo_endpoint"], format!("{base}/auth/v3/openid/userinfo"));
    assert_eq!(told["id_token_signing_alg_values_supported"], json!(["EdDSA"]));
    assert_eq!(told["subject_types_supported"], json!(["public"]));
    let oauth = server.anonymous().get("/.well-known/oauth-authorization-server").await.expect(200).json();
    for (name, value) in oauth.as_object().expect("an object") {
        assert_eq!(told[name], *value, "{name}");
    }
}

/// Where a client of these tests has codes sent to.
const REDIRECT: &str = "https://shop.example.com/cb";

/// A client that may fetch codes.
async fn shop(server: &Server) -> Actor {
    let grants = ["authorization_code", "refresh_token", "password"];
    let data = json!({ "client_id": "shop", "authorizedGrantTypes": grants, "redirectURIs": [REDIRECT] });
    let made = server.operator().await.post("/auth/v3/ops/clients", &json!({ "data": data })).await.expect(201);
    let secret = made.json()["data"]["client_secret"].as_str().expect("a secret").to_owned();
    server.anonymous().with_basic("shop", &secret)
}

/// What the client gets for a code that `browser` brings it.
async fn tokens(client: &Actor, browser: &mut Browser, more: &[(&str, &str)]) -> Answer {
    let first = [("client_id", "shop"), ("response_type", "code"), ("redirect_uri", REDIRECT)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs([&first[..], more].concat()).finish();
    let (_, told) = location(&browser.get(&format!("{AUTHORIZE}?{query}")).await);
    let form = [("grant_type", "authorization_code"), ("code", told["code"].as_str()), ("redirect_uri", REDIRECT)];
    client.form(TOKEN, &form).await.expect(200)
}

#[tokio::test]
async fn a_client_that_asks_for_it_is_told_who_signed_in() {
    let server = Server::start();
    let client = shop(&server).await;
    let mut browser = Browser::signed_in(&server).await;
    let signed_in = server.now_ms() / 1_000;
    server.advance_s(100);
    let answer = tokens(&client, &mut browser, &[("scope", "openid *"), ("nonce", "n-0S6_WzA2Mj")]).await;
    let access = answer.field("access_token");
    let (header, told) = opened(&server, &answer.field("id_token")).await;
    assert_eq!(header["typ"], "JWT");
    let user = server.anonymous().with_token(&access).get("/auth/v3/openid/userinfo").await.expect(200).json();
    let expected = json!({
        "iss": format!("http://{}", server.address),
        "sub": user["sub"],
        "aud": "shop",
        "iat": signed_in + 100,
        "exp": signed_in + 400,
        "auth_time": signed_in,
        "nonce": "n-0S6_WzA2Mj",
        "at_hash": wardgate_domain::jwt::access_token_hash(&access),
    });
    assert_eq!(told, expected);
    // It opens nothing here.
    server.anonymous().with_token(&answer.field("id_token")).get("/auth/v3/userinfo").await.expect(401);
}

#[tokio::test]
async fn who_did_not_ask_for_it_is_given_no_id_token() {
    let server = Server::start();
    let client = shop(&server).await;
    let mut browser = Browser::signed_in(&server).await;
    for scope in ["*", "openidx chat"] {
        let answer = tokens(&client, &mut browser, &[("scope", scope), ("nonce", "n")]).await;
        assert_eq!(answer.json()["id_token"], Value::Null, "{scope}");
    }
    let answer = tokens(&client, &mut browser, &[("scope", "openid")]).await;
    let (_, told) = opened(&server, &answer.field("id_token")).await;
    assert_eq!(told["nonce"], Value::Null);
    let refresh = answer.field("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(client.form(TOKEN, &form).await.expect(200).json()["id_token"], Value::Null);
    // A password shows no browser's sign-in.
    let (username, password) = server.login_of(PREMISE);
    let form = [
        ("grant_type", "password"),
        ("username", username.as_str()),
        ("password", password.as_str()),
        ("scope", "openid"),
    ];
    assert_eq!(client.form(TOKEN, &form).await.expect(200).json()["id_token"], Value::Null);
}
