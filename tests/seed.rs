//! The seed's sequence (Provision API keys), request for request: the literal bodies, the literal headers, and answers
//! whose members are the seed's, in the seed's order.

use serde_json::{Value, json};

use crate::harness::{Actor, Answer, PREMISE, Server, TOKEN, member_names};

const APIKEYS: &str = "/nexus/v3/apikeys";
const TOKEN_MEMBERS: [&str; 5] = ["access_token", "token_type", "refresh_token", "expires_in", "scope"];
const KEY_MEMBERS: [&str; 11] = [
    "id",
    "tenant",
    "name",
    "permissions",
    "enabled",
    "created",
    "revoked",
    "expires",
    "createdby",
    "capacity",
    "frequency",
];

/// What curl sends for the seed's four `--data-urlencode` with its variables filled in.
fn curl_form(username: &str, password: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("username={}&client_id=nexus_client&grant_type=password&password={}", encoded(username), encoded(password))
}

/// The body of the seed's POST, with its white space.
fn curl_key(tenant: &str, name: &str, permission: &str) -> String {
    format!(
        "{{\n\"enabled\": true,\n\"tenant\": \"{tenant}\",\n\"name\": \"{name}\",\n\"permissions\": [\n\"{permission}\"\n]\n}}"
    )
}

async fn token(server: &Server, username: &str, password: &str) -> Answer {
    let client = server.client();
    let request = client
        .request("POST", TOKEN)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(curl_form(username, password));
    client.send(request).await
}

/// POSTs a key as the seed does: the bare token in `Authorization`.
async fn create(server: &Server, authorization: &str, body: String) -> Answer {
    let actor = server.anonymous().with_authorization(authorization);
    let request = actor.request("POST", APIKEYS).header("content-type", "application/json").body(body);
    actor.send(request).await
}

#[track_caller]
fn check_uuid(text: &str) {
    assert!(text.len() == 36 && uuid::Uuid::parse_str(text).is_ok(), "{text:?} is not a UUID");
}

#[track_caller]
fn check_token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(member_names(&answer.text()), TOKEN_MEMBERS);
    let body = answer.json();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["expires_in"], 43_199);
    assert_eq!(body["scope"], "*");
    check_uuid(body["access_token"].as_str().expect("text"));
    check_uuid(body["refresh_token"].as_str().expect("text"));
    answer.field("access_token")
}

/// Checks a new key against the seed's answer and takes the key itself out of it.
#[track_caller]
fn check_key(answer: &Answer, tenant: &str, name: &str, permission: &str, created_by: &str) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(member_names(&answer.text()), KEY_MEMBERS);
    let mut body = answer.json();
    let id = body["id"].take();
    assert_eq!(
        body,
        json!({
            "id": null,
            "tenant": tenant,
            "name": name,
            "permissions": [permission],
            "enabled": true,
            "created": "2026-03-04T10:00:00.000Z",
            "revoked": false,
            "expires": false,
            "createdby": created_by,
            "capacity": 120,
            "frequency": 60,
        })
    );
    let id = id.as_str().expect("text").to_owned();
    check_uuid(&id);
    id
}

/// Asks the check door whether a key may do something.
async fn may(server: &Server, key: &str, ask: Value) -> Value {
    let mut ask = ask;
    ask["headers"] = json!({ "x-api-key": key });
    server.anonymous().post("/v1/check", &ask).await.expect(200).json()
}

#[tokio::test]
async fn the_seed_s_sequence_works_as_it_is_written() {
    let server = Server::start();
    let secrets = server.secrets();
    let tenant_user = format!("{}\\\\{}", secrets.get("ccId"), secrets.get("tenantUser"));
    let tenant_token = check_token(&token(&server, &tenant_user, secrets.get("tenantUserPassword")).await);

    let name = format!("API key for {}", secrets.get("tenantName"));
    assert_eq!(name, "API key for premise_tenant");
    let created = create(&server, &tenant_token, curl_key(secrets.get("ccId"), &name, "nexus:consumer:chat")).await;
    let tenant_key = check_key(&created, PREMISE, &name, "nexus:consumer:chat", "nexus");

    let cluster = token(&server, secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await;
    let cluster_token = check_token(&cluster);
    let created = create(&server, &cluster_token, curl_key("*", "Cluster API key", "nexus:cluster:*")).await;
    let cluster_key = check_key(&created, "*", "Cluster API key", "nexus:cluster:*", "ops");

    let body = curl_key(secrets.get("ccId"), "Designer API key", "nexus:designer:chat");
    let created = create(&server, &tenant_token, body).await;
    let designer_key = check_key(&created, PREMISE, "Designer API key", "nexus:designer:chat", "nexus");

    for (key, permission, named, decision) in [
        (&tenant_key, "nexus:consumer:chat", None, "allow"),
        (&tenant_key, "nexus:designer:chat", None, "deny"),
        (&designer_key, "nexus:designer:chat", None, "allow"),
        (&designer_key, "nexus:consumer:chat", None, "deny"),
        (&cluster_key, "nexus:consumer:chat", Some(PREMISE), "allow"),
        (&cluster_key, "nexus:designer:chat", Some(PREMISE), "allow"),
        (&cluster_key, "wardgate:keys:read", Some(PREMISE), "deny"),
    ] {
        let mut ask = json!({ "permission": permission });
        if let Some(tenant) = named {
            ask["tenant"] = json!(tenant);
        }
        let answer = may(&server, key, ask).await;
        assert_eq!(answer["decision"], decision, "{permission}: {answer}");
    }
}

#[tokio::test]
async fn one_backslash_or_two_name_the_same_user() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let twice = username.replace('\\', "\\\\");
    assert_ne!(username, twice);
    for username in [username, twice] {
        check_token(&token(&server, &username, &password).await);
    }
}

#[tokio::test]
async fn an_answer_has_the_shape_of_its_request_and_both_header_forms_are_taken() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let token = token(&server, &username, &password).await.field("access_token");
    let bare = curl_key(PREMISE, "key", "nexus:consumer:chat");
    for authorization in [token.clone(), format!("Bearer {token}"), format!("bearer {token}")] {
        let answer = create(&server, &authorization, bare.clone()).await;
        check_key(&answer, PREMISE, "key", "nexus:consumer:chat", "nexus");
        let answer = create(&server, &authorization, format!("{{\"data\": {bare}}}")).await.expect(201);
        assert_eq!(member_names(&answer.text()), ["data"]);
        let data = answer.text().trim_start_matches("{\"data\":").trim_end_matches('}').to_owned() + "}";
        assert_eq!(member_names(&data), KEY_MEMBERS);
    }
}

#[tokio::test]
async fn a_new_key_says_where_it_is_by_its_handle() {
    let server = Server::start();
    let admin = server.admin().await;
    let answer = admin.post(APIKEYS, &json!({ "name": "k", "permissions": ["nexus:consumer:chat"] })).await.expect(201);
    let location = answer.header("location").expect("a location").to_owned();
    assert!(!location.contains(&answer.field("id")), "the location must not hold the key itself");
    let read = admin.get(&location).await.expect(200);
    assert_eq!(read.json()["name"], "k");
    assert_eq!(format!("{APIKEYS}/{}", read.field("id")), location);
}

#[tokio::test]
async fn a_tenant_s_user_may_not_make_a_cluster_key() {
    let server = Server::start();
    let body: Value = serde_json::from_str(&curl_key("*", "Cluster API key", "nexus:cluster:*")).expect("JSON");
    for actor in [server.admin().await, server.stranger().await] {
        let answer: Actor = actor;
        answer.post(APIKEYS, &body).await.expect(403);
    }
    let operator = server.operator().await;
    assert_eq!(operator.get(APIKEYS).await.expect(200).json(), json!([]));
}
