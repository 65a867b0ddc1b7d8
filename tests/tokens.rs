//! The token endpoint: every grant, every refusal, and the life and death of token families (RFC 6749; security rules 38
//! to 47).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, PREMISE, SECOND, SUSPENDED, Server, Setup, TOKEN, member_names};

const FORM: &str = "application/x-www-form-urlencoded";
const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// Seconds that an access token lives.
const ACCESS_S: u64 = 43_200;

async fn refresh(server: &Server, token: &str) -> Answer {
    server.client().form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn sign_in(server: &Server) -> Answer {
    let (username, password) = server.login_of(PREMISE);
    server.sign_in(&username, &password).await.expect(200)
}

/// Whether an access token is still taken.
async fn works(server: &Server, token: &str) -> bool {
    match server.anonymous().with_token(token).get(APIKEYS).await.status {
        200 => true,
        401 => false,
        status => panic!("a token is neither taken nor refused: {status}"),
    }
}

#[track_caller]
fn check_never_cached(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
}

#[track_caller]
fn check_refusal(answer: &Answer, status: u16, error: &str, case: &str) {
    assert_eq!(answer.status, status, "{case}: {}", answer.text());
    check_never_cached(answer);
    assert_eq!(member_names(&answer.text()), ["error", "error_description"], "{case}");
    assert_eq!(answer.json()["error"], error, "{case}: {}", answer.text());
}

/// An answer without what differs by nature from one request to the next.
fn comparable(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let differing = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !differing.contains(&name.as_str()));
    let text = |value: &reqwest::header::HeaderValue| value.to_str().expect("visible ASCII").to_owned();
    (answer.status, answer.text(), headers.map(|(name, value)| (name.to_string(), text(value))).collect())
}

#[tokio::test]
async fn every_grant_is_answered_and_never_cached() {
    let server = Server::start();
    let password = sign_in(&server).await;
    check_never_cached(&password);
    assert_eq!(member_names(&password.text()), ["access_token", "token_type", "refresh_token", "expires_in", "scope"]);
    let refreshed = refresh(&server, &password.field("refresh_token")).await.expect(200);
    check_never_cached(&refreshed);
    assert_eq!(member_names(&refreshed.text()), member_names(&password.text()));
    for name in ["access_token", "refresh_token"] {
        assert_ne!(refreshed.field(name), password.field(name), "{name}");
    }
    let client = server.client().form(TOKEN, &CREDENTIALS).await.expect(200);
    check_never_cached(&client);
    assert_eq!(member_names(&client.text()), ["access_token", "token_type", "expires_in", "scope"]);
    assert_eq!(client.json()["expires_in"], 43_199);
}

#[tokio::test]
async fn a_client_s_own_token_manages_nothing() {
    let server = Server::start();
    let token = server.client().form(TOKEN, &CREDENTIALS).await.expect(200).field("access_token");
    let client = server.anonymous().with_token(&token);
    client.get(APIKEYS).await.expect(403);
    client.post(APIKEYS, &serde_json::json!({ "name": "k", "permissions": ["a:b"] })).await.expect(403);
}

#[tokio::test]
async fn a_client_may_say_who_it_is_in_any_way_that_libraries_use() {
    let server = Server::start();
    let secret = server.secrets().get("clientSecret").to_owned();
    let basic = |pair: String| format!("Basic {}", STANDARD.encode(pair));
    let headers = [
        basic(format!("nexus_client:{secret}")),
        basic(format!("nexus%5Fclient:{secret}")),
        basic(format!("nexus%5fclient:{}", secret.replace('-', "%2D").replace('_', "%5F"))),
        basic(format!("nexus_client:{secret}")).replace("Basic", "basic"),
    ];
    for header in headers {
        let actor = server.anonymous().with_authorization(&header);
        actor.form(TOKEN, &CREDENTIALS).await.expect(200);
        let repeated = [("client_id", "nexus_client"), ("grant_type", "client_credentials")];
        actor.form(TOKEN, &repeated).await.expect(200);
    }
    let by_form =
        [("grant_type", "client_credentials"), ("client_id", "nexus_client"), ("client_secret", secret.as_str())];
    server.anonymous().form(TOKEN, &by_form).await.expect(200);
    for media_type in ["application/x-www-form-urlencoded;charset=UTF-8", "Application/X-WWW-Form-URLEncoded"] {
        let client = server.client();
        let request = client.request("POST", TOKEN).header("content-type", media_type);
        client.send(request.body("grant_type=client_credentials")).await.expect(200);
    }
}

#[tokio::test]
async fn every_refusal_has_its_registered_code() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let signed_in = sign_in(&server).await;
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (user, pass) = (encoded(&username), encoded(&password));
    let sign_in = format!("grant_type=password&username={user}&password={pass}");
    let (client, nobody) = (server.client(), server.anonymous());
    let stranger = nobody.with_basic("nexus_client", "wrong");
    let unknown = nobody.with_basic("no_such_client", server.secrets().get("clientSecret"));
    let access = signed_in.field("access_token");
    let form = [("grant_type", "password"), ("username", &username), ("password", &password), ("scope", "a b")];
    let scoped = client.form(TOKEN, &form).await.expect(200).field("refresh_token");
    let cases: Vec<(&str, &Actor, &str, String, u16, &str)> = vec![
        ("no client", &nobody, FORM, sign_in.clone(), 401, "invalid_client"),
        (
            "a client without its secret",
            &nobody,
            FORM,
            format!("{sign_in}&client_id=nexus_client"),
            401,
            "invalid_client",
        ),
        ("an unknown client", &unknown, FORM, sign_in.clone(), 401, "invalid_client"),
        ("a wrong secret", &stranger, FORM, sign_in.clone(), 401, "invalid_client"),
        (
            "a wrong secret in the form",
            &nobody,
            FORM,
            format!("{sign_in}&client_id=nexus_client&client_secret=wrong"),
            401,
            "invalid_client",
        ),
        ("two ways at once", &client, FORM, format!("{sign_in}&client_secret=x"), 400, "invalid_request"),
        ("another client_id", &client, FORM, format!("{sign_in}&client_id=other"), 400, "invalid_request"),
        ("no grant type", &client, FORM, format!("username={user}&password={pass}"), 400, "invalid_request"),
        ("an empty grant type", &client, FORM, "grant_type=".to_owned(), 400, "invalid_request"),
        ("an unknown grant type", &client, FORM, "grant_type=implicit".to_owned(), 400, "unsupported_grant_type"),
        ("no user name", &client, FORM, format!("grant_type=password&password={pass}"), 400, "invalid_request"),
        ("no password", &client, FORM, format!("grant_type=password&username={user}"), 400, "invalid_request"),
        ("no refresh token", &client, FORM, "grant_type=refresh_token".to_owned(), 400, "invalid_request"),
        ("a repeated parameter", &client, FORM, format!("{sign_in}&password={pass}"), 400, "invalid_request"),
        ("a repeated unknown parameter", &client, FORM, format!("{sign_in}&a=1&a=2"), 400, "invalid_request"),
        ("a malformed triplet", &client, FORM, format!("{sign_in}&a=%zz"), 400, "invalid_request"),
        ("text that is not UTF-8", &client, FORM, format!("{sign_in}&a=%ff"), 400, "invalid_request"),
        ("a JSON body", &client, "application/json", sign_in.clone(), 400, "invalid_request"),
        ("no form at all", &client, "text/plain", sign_in.clone(), 400, "invalid_request"),
        ("a body over its bound", &client, FORM, format!("{sign_in}&a={}", "x".repeat(8192)), 400, "invalid_request"),
        ("a malformed scope", &client, FORM, format!("{sign_in}&scope=a%22b"), 400, "invalid_scope"),
        (
            "a wider scope",
            &client,
            FORM,
            format!("grant_type=refresh_token&refresh_token={scoped}&scope=a+c"),
            400,
            "invalid_scope",
        ),
        (
            "an unknown refresh token",
            &client,
            FORM,
            "grant_type=refresh_token&refresh_token=x".to_owned(),
            400,
            "invalid_grant",
        ),
        (
            "an access token to refresh with",
            &client,
            FORM,
            format!("grant_type=refresh_token&refresh_token={access}"),
            400,
            "invalid_grant",
        ),
        (
            "a wrong password",
            &client,
            FORM,
            format!("grant_type=password&username={user}&password=wrong"),
            400,
            "invalid_grant",
        ),
    ];
    for (case, actor, media_type, body, status, error) in cases {
        let request = actor.request("POST", TOKEN).header("content-type", media_type).body(body);
        let answer = actor.send(request).await;
        check_refusal(&answer, status, error, case);
        let challenged = status == 401 && actor.is_signed();
        assert_eq!(answer.header("www-authenticate").is_some(), challenged, "{case}");
        if challenged {
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Basic")), "{case}");
        }
    }
    // None of all that spent the token: a refused request changes nothing.
    refresh(&server, &scoped).await.expect(200);
    assert!(works(&server, &access).await);
}

#[tokio::test]
async fn a_client_uses_the_grants_that_it_has() {
    let all = r#"["password", "client_credentials", "refresh_token"]"#;
    let server = Setup::new().edit_tenant("_cluster", all, r#"["client_credentials"]"#).start();
    let (username, password) = server.login_of(PREMISE);
    check_refusal(&server.sign_in(&username, &password).await, 400, "unauthorized_client", "password");
    check_refusal(&refresh(&server, "x").await, 400, "unauthorized_client", "refresh_token");
    server.client().form(TOKEN, &CREDENTIALS).await.expect(200);
}

#[tokio::test]
async fn only_post_fetches_a_token() {
    let server = Server::start();
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let client = server.client();
        let answer = client.send(client.request(method, TOKEN)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method}");
        assert_eq!(member_names(&answer.text()), ["error", "error_description"], "{method}");
    }
}

#[tokio::test]
async fn a_scope_is_answered_as_it_was_asked_for_and_only_narrowed() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let ask = async |scope: &str| {
        let form = [("grant_type", "password"), ("username", &username), ("password", &password), ("scope", scope)];
        server.client().form(TOKEN, &form).await.expect(200)
    };
    assert_eq!(ask("").await.field("scope"), "*");
    assert_eq!(ask("*").await.field("scope"), "*");
    let token = ask("chat mail").await;
    assert_eq!(token.field("scope"), "chat mail");
    let narrower =
        [("grant_type", "refresh_token"), ("refresh_token", &token.field("refresh_token")), ("scope", "mail")];
    assert_eq!(server.client().form(TOKEN, &narrower).await.expect(200).field("scope"), "mail");
}

#[tokio::test]
async fn a_spent_refresh_token_ends_its_family() {
    let server = Server::start();
    let first = sign_in(&server).await;
    let apart = sign_in(&server).await;
    let second = refresh(&server, &first.field("refresh_token")).await.expect(200);
    for token in [&first, &second, &apart] {
        assert!(works(&server, &token.field("access_token")).await);
    }
    check_refusal(&refresh(&server, &first.field("refresh_token")).await, 400, "invalid_grant", "a spent token");
    check_refusal(&refresh(&server, &second.field("refresh_token")).await, 400, "invalid_grant", "its successor");
    assert!(!works(&server, &first.field("access_token")).await, "the first access token");
    assert!(!works(&server, &second.field("access_token")).await, "the second access token");
    assert!(works(&server, &apart.field("access_token")).await, "another family's");
    refresh(&server, &apart.field("refresh_token")).await.expect(200);
}

#[tokio::test]
async fn another_client_s_refresh_token_is_no_use() {
    let other = r#"[[clients]]
id = "a_client"
grant_types = ["refresh_token", "client_credentials"]

[[clients]]
id = "nexus_client""#;
    let server = Setup::new().start();
    let token = sign_in(&server).await.field("refresh_token");
    let secret = server.secrets().get("clientSecret").to_owned();
    // The new client comes first in the file, so that its secret is the one written down.
    let server = server.stop().edit_tenant("_cluster", "[[clients]]\nid = \"nexus_client\"", other).start();
    assert_ne!(secret, server.secrets().get("clientSecret"));
    let thief = server.anonymous().with_basic("a_client", server.secrets().get("clientSecret"));
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    check_refusal(&thief.form(TOKEN, &form).await, 400, "invalid_grant", "another client's");
    server.anonymous().with_basic("nexus_client", &secret).form(TOKEN, &form).await.expect(200);
}

#[tokio::test]
async fn tokens_end_in_time() {
    let server = Server::start();
    let first = sign_in(&server).await;
    server.advance_s(ACCESS_S - 1);
    assert!(works(&server, &first.field("access_token")).await);
    server.advance_s(1);
    assert!(!works(&server, &first.field("access_token")).await);
    check_refusal(&refresh(&server, &first.field("refresh_token")).await, 400, "invalid_grant", "an expired token");
}

#[tokio::test]
async fn a_family_ends_after_thirty_days_however_often_it_is_refreshed() {
    let server = Server::start();
    let mut token = sign_in(&server).await.field("refresh_token");
    for _ in 0..60 {
        server.advance_s(43_000);
        token = refresh(&server, &token).await.expect(200).field("refresh_token");
    }
    // 2,580,000 seconds of 2,592,000 are over.
    server.advance_s(12_000);
    check_refusal(&refresh(&server, &token).await, 400, "invalid_grant", "after thirty days");
}

#[tokio::test]
async fn nobody_learns_which_part_of_a_sign_in_was_wrong() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let (suspended, its_password) = server.login_of(SUSPENDED);
    let cases = [
        ("a wrong password", username.clone(), "wrong".to_owned()),
        ("an unknown user", format!("{PREMISE}\\nobody"), password.clone()),
        ("another tenant's password", format!("{SECOND}\\nexus"), password.clone()),
        ("an unknown tenant", "no-such-tenant\\nexus".to_owned(), password.clone()),
        ("a tenant's user without his tenant", "nexus".to_owned(), password.clone()),
        ("a suspended tenant's user", suspended, its_password),
        ("no user name at all", "\\".to_owned(), password.clone()),
        ("a password over its bound", username, "x".repeat(2_000)),
    ];
    let mut seen = Vec::new();
    for (case, username, password) in cases {
        let answer = server.sign_in(&username, &password).await;
        check_refusal(&answer, 400, "invalid_grant", case);
        seen.push((case, comparable(&answer)));
    }
    for (case, answer) in &seen {
        assert_eq!(answer, &seen[0].1, "{case} looks different");
    }
    let wrong = server.anonymous().with_basic("nexus_client", "wrong").form(TOKEN, &CREDENTIALS).await;
    let unknown = server.anonymous().with_basic("nobody", "wrong").form(TOKEN, &CREDENTIALS).await;
    let unnameable = server.anonymous().with_basic("no body", "wrong").form(TOKEN, &CREDENTIALS).await;
    assert_eq!(comparable(&wrong), comparable(&unknown));
    assert_eq!(comparable(&wrong), comparable(&unnameable));
}

#[tokio::test]
async fn a_sign_in_is_written_to_the_audit_log() {
    let server = Server::start();
    let first = sign_in(&server).await;
    let second = refresh(&server, &first.field("refresh_token")).await.expect(200);
    refresh(&server, &first.field("refresh_token")).await.expect(400);
    drop(second);
    let rows = crate::harness::audit(&server.stop(), PREMISE).await;
    let actions: Vec<Value> = rows.into_iter().map(Value::from).collect();
    assert_eq!(actions, ["tenant.declared", "token.issued", "token.refreshed", "token.reused"]);
}

#[tokio::test]
async fn no_answer_promises_more_than_what_is_left_of_a_sign_in() {
    let server = Server::start();
    let data = json!({
        "client_id": "long", "client_secret": "a-secret_of-20-chars", "refreshTokenExpirationTimeout": 2_592_000,
        "authorizedGrantTypes": ["password", "refresh_token"],
    });
    server.operator().await.post("/auth/v3/ops/clients", &json!({ "data": data })).await.expect(201);
    let client = server.anonymous().with_basic("long", "a-secret_of-20-chars");
    let (username, password) = server.login_of(PREMISE);
    let form = [("grant_type", "password"), ("username", username.as_str()), ("password", password.as_str())];
    let first = client.form(TOKEN, &form).await.expect(200);
    assert_eq!(first.json()["expires_in"], 43_199);
    server.advance_s(2_592_000 - 60);
    let refresh = first.field("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let last = client.form(TOKEN, &form).await.expect(200);
    assert_eq!(last.json()["expires_in"], 59);
    let actor = server.anonymous().with_token(&last.field("access_token"));
    actor.get(APIKEYS).await.expect(200);
    server.advance_s(60);
    actor.get(APIKEYS).await.expect(401);
}
