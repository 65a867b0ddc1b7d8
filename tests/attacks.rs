//! Ways around a decision that somebody once found, each closed for good.

use serde_json::json;

use crate::harness::{APIKEYS, CHAT, PREMISE, Process, SECOND, Secrets, Server, Setup, TOKEN, run};

/// A route for everybody with the chat permission, and under it one that few have.
const ROUTES: &str = r#"
ccId = "routed"
name = "routed"

[[users]]
name = "nexus"
role = "admin"
grants = ["nexus:consumer:chat", "nexus:designer:*"]

[[routes]]
method = "GET"
path = "/users/{id}"
permission = "nexus:consumer:chat"

[[routes]]
method = "GET"
path = "/users/admin"
permission = "nexus:admin:users"

[[routes]]
method = "GET"
path = "/files/{*rest}"
permission = "nexus:consumer:chat"
"#;

fn routed() -> Server {
    Setup::new().tenant("routed", ROUTES).start()
}

#[tokio::test]
async fn a_path_has_one_spelling() {
    let server = routed();
    let key = server.tenant_user("routed").await.make_key(CHAT).await;
    let status = async |path: &str| {
        let headers = [("x-api-key", key.plain.as_str()), ("x-original-method", "GET"), ("x-original-uri", path)];
        server.forward(&headers).await.status
    };
    for path in ["/users/7", "/users/a%20b", "/files/a/b?x=;", "/files/%C3%A4"] {
        assert_eq!(status(path).await, 200, "{path}");
    }
    for path in [
        "/users/admin",
        "/users/%61dmin",
        "/users/admin;x=1",
        "/users/admin%3Bx",
        "/files/..;/users/admin",
        "/files/%2e%2e;/users/admin",
        "/files/;/users/admin",
        "/files/%c0%ae%c0%ae/users/admin",
        "/files/%ff",
    ] {
        assert_eq!(status(path).await, 403, "{path}");
    }
}

#[tokio::test]
async fn an_unreadable_forwarded_address_does_not_pass_as_an_unknown_one() {
    let trusting = |config: &mut wardgate::config::Config| {
        config.doors.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a range")];
    };
    let server = Setup::new().configure(trusting).start();
    let key = server.admin().await.make_key(CHAT).await;
    for (forwarded, status) in [
        ("198.51.100.7", 200),
        ("198.51.100.7:4432", 200),
        ("203.0.113.9", 403),
        ("203.0.113.9:4432", 403),
        ("junk, 203.0.113.9", 403),
        ("203.0.113.9,", 403),
        ("203.0.113.9, junk", 403),
    ] {
        let headers = [("x-api-key", key.plain.as_str()), ("x-forwarded-for", forwarded)];
        let answer = server.forward_to(&format!("/forward/nginx?permission={CHAT}"), &headers).await;
        assert_eq!(answer.status, status, "{forwarded}");
    }
}

#[tokio::test]
async fn a_narrower_scope_gives_less() {
    let server = routed();
    let (username, password) = server.login_of("routed");
    let token = async |scope: &str| {
        let form = [("grant_type", "password"), ("username", &*username), ("password", &*password), ("scope", scope)];
        server.client().form(TOKEN, &form).await.expect(200).field("access_token")
    };
    for (scope, manages, grants) in [
        ("*", 200, json!(["nexus:consumer:chat", "nexus:designer:*"])),
        ("nexus:designer:chat", 403, json!(["nexus:designer:chat"])),
        ("nexus:admin:users nexus:consumer:chat", 403, json!(["nexus:consumer:chat"])),
        ("openid", 403, json!([])),
    ] {
        let token = token(scope).await;
        assert_eq!(server.anonymous().with_token(&token).get(APIKEYS).await.status, manages, "{scope}");
        let ask = json!({ "headers": { "authorization": token }, "permission": CHAT });
        assert_eq!(server.check(&ask).await["grants"], grants, "{scope}");
    }
}

#[tokio::test]
async fn what_an_outsider_writes_into_a_record_is_bounded() {
    let server = Setup::new().start();
    let (method, path) = ("M".repeat(6_000), format!("/{}", "p".repeat(6_000)));
    let answer = server.forward(&[("x-original-method", &method), ("x-original-uri", &path)]).await.expect(401);
    let id = answer.header("x-wardgate-decision").expect("a decision");
    let record = server.operator().await.why(id).await.expect(200);
    assert!(record.body.len() < 2_000, "{} bytes", record.body.len());
}

#[tokio::test]
async fn a_widened_rate_is_in_force_at_once() {
    let server = Setup::new().start();
    let admin = server.admin().await;
    let rare = json!({ "name": "k", "permissions": [CHAT], "capacity": 1, "frequency": 86_400 });
    let key = admin.make_key_with(&rare).await;
    assert_eq!(server.check_key(&key, CHAT).await["status"], 200);
    assert_eq!(server.check_key(&key, CHAT).await["status"], 429);
    admin.patch(&key.path(), &json!({ "capacity": 1_000, "frequency": 1 })).await.expect(200);
    // The debt of the narrow limit is at most one period of the wide one.
    server.check_key(&key, CHAT).await;
    server.advance_s(1);
    assert_eq!(server.check_key(&key, CHAT).await["status"], 200);
}

#[tokio::test]
async fn one_creation_names_one_tenant() {
    let server = Setup::new().start();
    let operator = server.operator().await;
    let body = json!({ "tenant": PREMISE, "name": "k", "permissions": [CHAT] });
    let request = |ccid: &str| operator.request("POST", APIKEYS).header("x-ccid", ccid).json(&body);
    operator.send(request(SECOND)).await.expect(400);
    operator.send(request(PREMISE)).await.expect(201);
}

#[test]
fn a_data_folder_has_one_node() {
    let setup = Setup::new();
    let first = Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    let text = |path: &std::path::Path| path.to_str().expect("a path of text").to_owned();
    let (data, tenants) = (text(setup.data_dir()), text(setup.tenants_dir()));
    let second = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--tenants", &tenants], &[]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another wardgate is using it"));
    first.terminate();
    assert_eq!(first.wait(), Some(0));
}

#[tokio::test]
async fn every_password_that_is_made_is_shown_to_its_owner() {
    let server = Setup::new().start();
    let secrets = Secrets::read(server.setup().data_dir(), Some(SECOND));
    let username = format!("{SECOND}\\{}", secrets.get("tenantUser_auditor"));
    server.sign_in(&username, secrets.get("tenantUserPassword_auditor")).await.expect(200);
}
