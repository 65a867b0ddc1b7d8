//! What a token is worth, told to whom it may be told (RFC 7662), and its end before its time (RFC 7009).

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, PREMISE, Server, Setup, TOKEN};

const INTROSPECT: &str = "/auth/v3/oauth/introspect";
const REVOKE: &str = "/auth/v3/oauth/revoke";

async fn pair(server: &Server) -> (String, String) {
    let (username, password) = server.login_of(PREMISE);
    let answer = server.sign_in(&username, &password).await.expect(200);
    (answer.field("access_token"), answer.field("refresh_token"))
}

async fn introspect(client: &Actor, token: &str) -> Value {
    let answer = client.form(INTROSPECT, &[("token", token)]).await.expect(200);
    check_never_cached(&answer);
    answer.json()
}

async fn revoke(client: &Actor, token: &str) {
    let answer = client.form(REVOKE, &[("token", token)]).await.expect(200);
    check_never_cached(&answer);
    assert_eq!(answer.text(), "{}");
}

#[track_caller]
fn check_never_cached(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

async fn works(server: &Server, token: &str) -> bool {
    server.anonymous().with_token(token).get(APIKEYS).await.status == 200
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn a_good_token_is_described() {
    let server = Server::start();
    let (access, refresh) = pair(&server).await;
    let told = introspect(&server.client(), &access).await;
    let now = server.now_ms() / 1_000;
    let expected = json!({
        "active": true,
        "scope": "*",
        "client_id": "nexus_client",
        "username": "nexus",
        "token_type": "bearer",
        "exp": now + 43_200,
        "iat": now,
        "sub": told["sub"],
        "iss": format!("http://{}", server.address),
        "token_use": "access_token",
        "contact_center_id": PREMISE,
    });
    assert_eq!(told, expected);
    assert_eq!(told["sub"].as_str().map(str::len), Some(36));
    let told = introspect(&server.client(), &refresh).await;
    assert_eq!(
        (&told["active"], &told["token_use"], &told["token_type"]),
        (&json!(true), &json!("refresh_token"), &Value::Null)
    );
    let own = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
    let told = introspect(&server.client(), &own.field("access_token")).await;
    assert_eq!((&told["sub"], &told["username"]), (&json!("nexus_client"), &Value::Null));
    assert_eq!(told.get("contact_center_id"), None, "the cluster is no contact center");
    let secrets = server.secrets();
    let ops = server.sign_in(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await.expect(200);
    let told = introspect(&server.client(), &ops.field("access_token")).await;
    assert_eq!((&told["username"], told.get("contact_center_id")), (&json!(secrets.get("gwsAdminName")), None));
}

#[tokio::test]
async fn of_what_is_not_good_nothing_is_told_but_that() {
    let server = Server::start();
    let client = server.client();
    let (access, refresh) = pair(&server).await;
    let key = server.admin().await.make_key("a:b").await;
    for unknown in ["x", &key.plain, &key.handle, &"x".repeat(4_000), "a b\u{1f600}"] {
        assert_eq!(introspect(&client, unknown).await, inactive(), "{unknown}");
    }
    // A hint that is wrong or unknown changes nothing.
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let form = [("token", access.as_str()), ("token_type_hint", hint)];
        assert_eq!(client.form(INTROSPECT, &form).await.expect(200).json()["active"], true, "{hint}");
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    client.form(TOKEN, &form).await.expect(200);
    assert_eq!(introspect(&client, &refresh).await, inactive(), "a spent one");
    server.advance_s(43_200);
    assert_eq!(introspect(&client, &access).await, inactive(), "an expired one");
}

#[tokio::test]
async fn introspection_asks_who_asks() {
    let server = Server::start();
    let (access, _) = pair(&server).await;
    let nobody = server.anonymous();
    let form = [("token", access.as_str())];
    for actor in [
        &nobody,
        &nobody.with_basic("nexus_client", "wrong"),
        &nobody.with_basic("nexus_client", ""),
        &nobody.with_token(&access),
    ] {
        let answer = actor.form(INTROSPECT, &form).await.expect(401);
        assert_eq!(answer.field("error"), "invalid_client");
        check_never_cached(&answer);
    }
    let by_id = [("token", access.as_str()), ("client_id", "nexus_client")];
    assert_eq!(nobody.form(INTROSPECT, &by_id).await.expect(401).field("error"), "invalid_client");
    let client = server.client();
    for path in [INTROSPECT, REVOKE] {
        for form in [&[][..], &[("token", "")], &[("token", "a"), ("token", "b")]] {
            assert_eq!(client.form(path, form).await.expect(400).field("error"), "invalid_request", "{path} {form:?}");
        }
        assert_eq!(client.post(path, &json!({ "token": "x" })).await.expect(400).field("error"), "invalid_request");
        let query = client.send(client.request("GET", &format!("{path}?token=x"))).await.expect(405);
        assert_eq!(query.header("allow"), Some("POST"));
    }
}

#[tokio::test]
async fn an_access_token_is_revoked_by_itself_and_at_once() {
    let server = Server::start();
    let client = server.client();
    let (access, refresh) = pair(&server).await;
    assert!(works(&server, &access).await);
    revoke(&client, &access).await;
    assert!(!works(&server, &access).await);
    assert_eq!(introspect(&client, &access).await, inactive());
    // The sign-in goes on.
    assert_eq!(introspect(&client, &refresh).await["active"], true);
    revoke(&client, &access).await;
    // And the tenant's people can see what became of it.
    let check = json!({ "headers": { "authorization": access }, "permission": "a:b" });
    let decision = server.check(&check).await;
    let record = server.admin().await.why(decision["id"].as_str().expect("an id")).await.expect(200);
    assert_eq!(record.json()["code"], "token_revoked");
}

#[tokio::test]
async fn a_refresh_token_is_revoked_with_its_whole_family() {
    let server = Server::start();
    let client = server.client();
    for spent in [false, true] {
        let (mut access, refresh) = pair(&server).await;
        if spent {
            let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
            access = client.form(TOKEN, &form).await.expect(200).field("access_token");
        }
        let (apart, _) = pair(&server).await;
        assert!(works(&server, &access).await);
        revoke(&client, &refresh).await;
        assert!(!works(&server, &access).await, "spent: {spent}");
        assert!(works(&server, &apart).await, "another sign-in's");
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        assert_eq!(client.form(TOKEN, &form).await.expect(400).field("error"), "invalid_grant");
        revoke(&client, &refresh).await;
    }
}

#[tokio::test]
async fn what_is_not_the_client_s_is_not_revoked_and_nobody_is_told() {
    let other =
        "[[clients]]\nid = \"other\"\ngrant_types = [\"client_credentials\"]\n\n[[clients]]\nid = \"nexus_client\"";
    let server = Server::start();
    let (access, refresh) = pair(&server).await;
    // The new client comes first in the file, so that its secret is the one written down.
    let server = server.stop().edit_tenant("_cluster", "[[clients]]\nid = \"nexus_client\"", other).start();
    let secret = server.secrets().get("clientSecret").to_owned();
    let thief = server.anonymous().with_basic("other", &secret);
    for token in [&access, &refresh, &"unknown".to_owned()] {
        revoke(&thief, token).await;
    }
    assert!(works(&server, &access).await);
    for token in [&access, &refresh] {
        assert_eq!(
            introspect(&thief, token).await,
            inactive(),
            "a client is not the platform's own unless that is said"
        );
    }
    // Who is said to be looks at all access tokens, and at nobody else's refresh token.
    let server = server.stop().edit_tenant("_cluster", "id = \"other\"", "id = \"other\"\ninternal = true").start();
    let service = server.anonymous().with_basic("other", &secret);
    assert_eq!(introspect(&service, &access).await["active"], true);
    assert_eq!(introspect(&service, &refresh).await, inactive());
}

#[tokio::test]
async fn a_session_of_a_signing_key_is_nobody_s_to_introspect_or_revoke() {
    let server = Setup::new().start();
    let key = server.first_key();
    let params = json!({ "grantType": "api_key_credentials", "apiKeyId": key.id, "apiKeySecret": key.secret });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "manager/auth", "params": params });
    let token = server.anonymous().post("/api", &call).await.expect(200).json()["result"]["accessToken"].clone();
    let token = token.as_str().expect("a token").to_owned();
    assert_eq!(introspect(&server.client(), &token).await, inactive());
    revoke(&server.client(), &token).await;
    assert_eq!(server.anonymous().with_token(&token).get(APIKEYS).await.status, 200);
}
