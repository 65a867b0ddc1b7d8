//! `/v1/users`: a life of a user, and everything that somebody could try to have more than he was given.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, PREMISE, SECOND, SUSPENDED, Server, TOKEN, WATCHED, member_names};

const USERS: &str = "/v1/users";
const PASSWORD: &str = "correct horse battery";
/// What lets somebody manage users.
const MANAGE: &str = "Wardgate.Users.canManage";

/// Makes a user of the maker's tenant with [`PASSWORD`], and answers his path.
async fn make(maker: &Actor, name: &str, more: &Value) -> String {
    let mut body = json!({ "name": name, "password": PASSWORD });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    path_of(&maker.post(USERS, &body).await.expect(201))
}

fn path_of(made: &Answer) -> String {
    made.header("location").expect("a location").to_owned()
}

/// A user with [`PASSWORD`], signed in.
async fn signed_in(server: &Server, tenant: &str, name: &str) -> Actor {
    let username = if tenant == "*" { name.to_owned() } else { format!("{tenant}\\{name}") };
    let answer = server.sign_in(&username, PASSWORD).await.expect(200);
    server.anonymous().with_token(&answer.field("access_token"))
}

/// Somebody of the first tenant with a role and privileges of his own, signed in.
async fn somebody(server: &Server, name: &str, role: &str, privileges: &[&str]) -> Actor {
    make(&server.admin().await, name, &json!({ "role": role, "privileges": privileges })).await;
    signed_in(server, PREMISE, name).await
}

#[tokio::test]
async fn a_user_lives_from_his_first_password_to_his_last_token() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({
        "name": "Ada", "role": "viewer", "privileges": ["Nexus.ApiKeys.canCreate"], "grants": [CHAT],
        "email": "ada@example.com", "given_name": "Ada", "family_name": "Moss",
    });
    let made = admin.post(USERS, &body).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let names = [
        "id",
        "tenant",
        "name",
        "role",
        "privileges",
        "app_spaces",
        "grants",
        "enabled",
        "email",
        "given_name",
        "family_name",
        "created",
        "password_set",
        "password",
    ];
    assert_eq!(member_names(&made.text()), names);
    let (path, password) = (path_of(&made), made.field("password"));
    assert_eq!(path, format!("{USERS}/{}", made.field("id")));
    let shown = admin.get(&path).await.expect(200);
    assert_eq!(member_names(&shown.text()), names[..names.len() - 1], "the password is shown once");
    assert_eq!(
        admin.get(&format!("{USERS}/ada")).await.expect(200).json(),
        shown.json(),
        "by any spelling of his name"
    );
    let list = admin.get(USERS).await.expect(200).json();
    assert_eq!(list["users"].as_array().expect("a list").len(), 2);
    assert!(list["users"].as_array().expect("a list").contains(&shown.json()), "{list}");
    assert_eq!(list["next"], Value::Null);
    assert!(!admin.get(USERS).await.text().contains("argon2"));

    let username = format!("{PREMISE}\\Ada");
    let token = server.sign_in(&username, &password).await.expect(200).field("access_token");
    let ada = server.anonymous().with_token(&token);
    ada.make_key(CHAT).await;
    let told = ada.get("/auth/v3/openid/userinfo").await.expect(200).json();
    assert_eq!((&told["sub"], &told["email"]), (&made.json()["id"], &json!("ada@example.com")));
    assert_eq!((&told["given_name"], &told["family_name"]), (&json!("Ada"), &json!("Moss")));
    let changed = admin.patch(&path, &json!({ "privileges": [], "email": null })).await.expect(200).json();
    assert_eq!((&changed["privileges"], &changed["email"]), (&json!([]), &Value::Null));
    assert_eq!((&changed["role"], &changed["given_name"]), (&json!("viewer"), &json!("Ada")), "the rest stays");
    ada.post(APIKEYS, &json!({ "name": "k", "permissions": [CHAT] })).await.expect(403);
    ada.get(APIKEYS).await.expect(200);

    let whole = admin.put(&path, &json!({ "role": "key-manager" })).await.expect(200).json();
    assert_eq!((&whole["given_name"], &whole["grants"]), (&Value::Null, &json!([])), "PUT states all");
    let again = admin.put(&path, &whole).await.expect(200).json();
    assert_eq!(again, whole, "what was read can be put back");
    admin.delete(&path).await.expect(204);
    ada.get(APIKEYS).await.expect(401);
    admin.get(&path).await.expect(404);
    admin.delete(&path).await.expect(404);
    server.sign_in(&username, &password).await.expect(400);
    let rows = crate::harness::audit(&server.stop(), PREMISE).await;
    let own: Vec<_> = rows.iter().filter(|action| action.starts_with("user.")).collect();
    assert_eq!(own, ["user.created", "user.changed", "user.changed", "user.changed", "user.deleted"]);
}

#[tokio::test]
async fn whoever_is_disabled_or_gets_another_password_has_nothing_left() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = make(&admin, "bob", &json!({ "role": "viewer" })).await;
    let username = format!("{PREMISE}\\bob");
    let refused = async |tokens: &Answer| {
        server.anonymous().with_token(&tokens.field("access_token")).get(APIKEYS).await.expect(401);
        let form = [("grant_type", "refresh_token"), ("refresh_token", &tokens.field("refresh_token"))];
        server.client().form(TOKEN, &form).await.expect(400);
    };
    let before = server.sign_in(&username, PASSWORD).await.expect(200);
    admin.patch(&path, &json!({ "enabled": false })).await.expect(200);
    refused(&before).await;
    server.sign_in(&username, PASSWORD).await.expect(400);
    admin.patch(&path, &json!({ "enabled": true })).await.expect(200);
    refused(&before).await;
    let before = server.sign_in(&username, PASSWORD).await.expect(200);
    let reset = admin.send(admin.request("POST", &format!("{path}/reset-password"))).await.expect(200);
    refused(&before).await;
    server.sign_in(&username, PASSWORD).await.expect(400);
    let before = server.sign_in(&username, &reset.field("password")).await.expect(200);
    let given = json!({ "password": "something else" });
    let reset = admin.post(&format!("{path}/reset-password"), &given).await.expect(200);
    assert!(reset.json().get("password").is_none(), "whoever gave it has it");
    refused(&before).await;
    server.sign_in(&username, "something else").await.expect(200);
    for bad in ["short", "password1", "bob", "BOB", ""] {
        admin.post(&format!("{path}/reset-password"), &json!({ "password": bad })).await.expect(400);
    }
}

#[tokio::test]
async fn a_name_is_one_user_s_in_any_spelling_and_no_later_one_has_his_tokens() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = make(&admin, "Carol Jones", &json!({ "role": "admin" })).await;
    for spelling in ["Carol Jones", "carol jones", "CAROLJONES", "ｃarol jones", "nexus", "NEXUS"] {
        let refused = admin.post(USERS, &json!({ "name": spelling })).await.expect(409);
        assert_eq!(refused.json()["code"], "conflict", "{spelling}");
    }
    // The same name at another tenant is somebody else.
    let elsewhere = make(&server.stranger().await, "Carol Jones", &json!({})).await;
    assert_ne!(elsewhere, path);
    let carol = signed_in(&server, PREMISE, "carol jones").await;
    carol.get(USERS).await.expect(200);
    admin.delete(&path).await.expect(204);
    make(&admin, "carol jones", &json!({ "role": "admin" })).await;
    carol.get(USERS).await.expect(401);
    signed_in(&server, PREMISE, "Carol Jones").await.get(USERS).await.expect(200);
}

#[tokio::test]
async fn nobody_gives_more_than_he_has() {
    let server = Server::start();
    let manager = somebody(&server, "manager", "member", &[MANAGE, "Nexus.ApiKeys.canRead"]).await;
    for (body, status) in [
        (json!({ "name": "a" }), 201),
        (json!({ "name": "b", "privileges": ["Nexus.ApiKeys.canRead"] }), 201),
        (json!({ "name": "c", "privileges": ["Nexus.ApiKeys.canCreate"] }), 403),
        (json!({ "name": "c", "role": "admin" }), 403),
        (json!({ "name": "c", "role": "viewer" }), 403),
        (json!({ "name": "c", "role": "key-manager" }), 403),
        (json!({ "name": "c", "grants": [CHAT] }), 403),
        (json!({ "name": "c", "grants": ["*"] }), 403),
    ] {
        manager.post(USERS, &body).await.expect(status);
    }
    manager.patch(&format!("{USERS}/a"), &json!({ "role": "admin" })).await.expect(403);
    manager.patch(&format!("{USERS}/a"), &json!({ "privileges": ["Wardgate.Users.canRead"] })).await.expect(403);
    // Of himself he makes no more, either; who has grants gives of them.
    manager.patch(&format!("{USERS}/manager"), &json!({ "role": "admin" })).await.expect(403);
    manager.patch(&format!("{USERS}/manager"), &json!({ "grants": ["*"] })).await.expect(403);
    let admin = server.admin().await;
    admin.patch(&format!("{USERS}/manager"), &json!({ "grants": ["nexus:consumer:*"] })).await.expect(200);
    for (grants, status) in [(json!([CHAT]), 200), (json!(["nexus:consumer:*"]), 200), (json!(["nexus:*"]), 403)] {
        manager.patch(&format!("{USERS}/a"), &json!({ "grants": grants })).await.expect(status);
    }
    // Whoever could make a key for it may give it.
    admin.post(USERS, &json!({ "name": "d", "grants": ["nexus:*"] })).await.expect(201);
}

#[tokio::test]
async fn nobody_takes_hold_of_somebody_who_has_more() {
    let server = Server::start();
    let manager = somebody(&server, "manager", "member", &[MANAGE, "Wardgate.Users.canRead"]).await;
    let admin = server.admin().await;
    make(&admin, "grantee", &json!({ "grants": [CHAT] })).await;
    make(&admin, "reader", &json!({ "role": "viewer" })).await;
    for name in ["nexus", "reader", "grantee"] {
        let path = format!("{USERS}/{name}");
        manager.get(&path).await.expect(200);
        manager.post(&format!("{path}/reset-password"), &json!({ "password": "mine from now on" })).await.expect(403);
        manager.patch(&path, &json!({ "enabled": false })).await.expect(403);
        manager.patch(&path, &json!({ "email": "mine@example.com" })).await.expect(403);
        manager.put(&path, &json!({ "role": "member" })).await.expect(403);
        manager.delete(&path).await.expect(403);
    }
    let (username, password) = server.login_of(PREMISE);
    server.sign_in(&username, &password).await.expect(200);
    // A peer is within reach.
    make(&admin, "peer", &json!({ "privileges": [MANAGE] })).await;
    manager.post(&format!("{USERS}/peer/reset-password"), &json!({})).await.expect(200);
    manager.delete(&format!("{USERS}/peer")).await.expect(204);
}

#[tokio::test]
async fn only_people_with_the_right_to_it_manage_users() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let form = [("grant_type", "password"), ("username", &*username), ("password", &*password), ("scope", MANAGE)];
    let narrow = server.client().form(TOKEN, &form).await.expect(200).field("access_token");
    let own = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
    let first = server.first_key();
    let actors = [
        ("a key manager", somebody(&server, "keys", "key-manager", &[]).await),
        ("a viewer", somebody(&server, "looks", "viewer", &[]).await),
        ("a member", somebody(&server, "member", "member", &[]).await),
        ("an admin's narrower token", server.anonymous().with_token(&narrow)),
        ("a client's own token", server.anonymous().with_token(&own.field("access_token"))),
        ("a signing key with all scopes", server.anonymous().with_basic(&first.id, &first.secret)),
    ];
    for (who, actor) in &actors {
        for (method, path, body) in [
            ("POST", USERS.to_owned(), json!({ "name": "x" })),
            ("PATCH", format!("{USERS}/nexus"), json!({ "enabled": true })),
            ("PUT", format!("{USERS}/nexus"), json!({ "role": "admin" })),
            ("DELETE", format!("{USERS}/nexus"), json!({})),
            ("POST", format!("{USERS}/nexus/reset-password"), json!({})),
        ] {
            let answer = actor.send(actor.request(method, &path).json(&body)).await;
            assert_eq!(answer.status, 403, "{who}: {method} {path}: {}", answer.text());
        }
        let may_look = if *who == "a viewer" { 200 } else { 403 };
        actor.get(USERS).await.expect(may_look);
        actor.get(&format!("{USERS}/nexus")).await.expect(may_look);
    }
}

#[tokio::test]
async fn ops_users_are_the_cluster_s_and_other_tenants_users_do_not_exist() {
    let server = Server::start();
    let (admin, stranger, ops) = (server.admin().await, server.stranger().await, server.operator().await);
    for body in [json!({ "name": "x", "tenant": "*" }), json!({ "name": "x", "tenant": "*", "role": "admin" })] {
        admin.post(USERS, &body).await.expect(403);
    }
    for path in [format!("{USERS}?tenant=*"), format!("{USERS}/ops?tenant=*")] {
        admin.get(&path).await.expect(403);
    }
    admin.post(&format!("{USERS}/ops/reset-password?tenant=*"), &json!({})).await.expect(403);
    let theirs = path_of(&ops.post(USERS, &json!({ "name": "b", "tenant": PREMISE })).await.expect(201));
    assert!(theirs.ends_with(&format!("?tenant={PREMISE}")), "{theirs}");
    let missing = stranger.get(&format!("{USERS}/00000000-0000-4000-8000-000000000000")).await.expect(404).json();
    for path in [theirs.clone(), theirs.split('?').next().expect("a path").to_owned(), format!("{USERS}/b")] {
        for answer in [
            stranger.get(&path).await,
            stranger.delete(&path).await,
            stranger.patch(&path, &json!({ "enabled": false })).await,
            stranger.put(&path, &json!({ "role": "member" })).await,
        ] {
            let told = answer.expect(404).json();
            assert_eq!((&told["detail"], &told["title"]), (&missing["detail"], &missing["title"]));
        }
    }
    stranger.post(USERS, &json!({ "name": "x", "tenant": PREMISE })).await.expect(404);
    stranger.post(USERS, &json!({ "name": "x", "tenant": "no-such-tenant" })).await.expect(404);
    ops.post(USERS, &json!({ "name": "x", "tenant": "no-such-tenant" })).await.expect(404);
    ops.get(&theirs).await.expect(200);
    // An ops user who has less is held to it at every tenant.
    ops.post(USERS, &json!({ "name": "helper", "privileges": [MANAGE], "password": PASSWORD })).await.expect(201);
    let helper = signed_in(&server, "*", "helper").await;
    helper.post(USERS, &json!({ "name": "c", "tenant": PREMISE })).await.expect(201);
    helper.post(USERS, &json!({ "name": "d", "tenant": PREMISE, "role": "admin" })).await.expect(403);
    helper.post(USERS, &json!({ "name": "d", "role": "admin" })).await.expect(403);
    helper.post(&format!("{USERS}/nexus/reset-password?tenant={SECOND}"), &json!({})).await.expect(403);
    helper.post(&format!("{USERS}/ops/reset-password"), &json!({})).await.expect(403);
}

#[tokio::test]
async fn who_manages_clients_gives_them_no_more_than_he_has() {
    let server = Server::start();
    let ops = server.operator().await;
    let body = json!({ "name": "web", "privileges": ["Wardgate.Clients.canManage"], "password": PASSWORD });
    let web = path_of(&ops.post(USERS, &body).await.expect(201));
    let helper = signed_in(&server, "*", "web").await;
    let client = |id: &str, permissions: &[&str]| json!({ "data": { "client_id": id, "permissions": permissions } });
    let clients = "/auth/v3/ops/clients";
    helper.post(clients, &client("plain", &[])).await.expect(201);
    helper.post(clients, &client("wide", &["nexus:*"])).await.expect(403);
    helper.put(&format!("{clients}/plain"), &client("plain", &["nexus:*"])).await.expect(403);
    ops.post(clients, &client("wide", &["nexus:*"])).await.expect(201);
    let named = json!({ "data": { "name": "n" } });
    helper.put(&format!("{clients}/wide"), &named).await.expect(403);
    helper.put(&format!("{clients}/plain"), &named).await.expect(200);
    ops.patch(&web, &json!({ "grants": ["nexus:*"] })).await.expect(200);
    helper.put(&format!("{clients}/wide"), &named).await.expect(200);
}

#[tokio::test]
async fn a_tenant_keeps_an_admin() {
    let server = Server::start();
    let (admin, ops) = (server.admin().await, server.operator().await);
    let path = format!("{USERS}/nexus");
    let attempts = async |actor: &Actor, path: &str| {
        let demoted = actor.patch(path, &json!({ "role": "key-manager" })).await;
        let disabled = actor.patch(path, &json!({ "enabled": false })).await;
        [demoted.status, disabled.status, actor.delete(path).await.status]
    };
    assert_eq!(attempts(&admin, &path).await, [409; 3]);
    assert_eq!(attempts(&ops, &format!("{path}?tenant={PREMISE}")).await, [409; 3]);
    assert_eq!(attempts(&ops, &format!("{USERS}/ops")).await, [409; 3], "the cluster, too");
    // A disabled admin is none, and neither is another tenant's.
    let second = make(&admin, "second", &json!({ "role": "admin", "enabled": false })).await;
    assert_eq!(attempts(&admin, &path).await, [409; 3]);
    admin.patch(&second, &json!({ "enabled": true })).await.expect(200);
    admin.delete(&path).await.expect(204);
    let second = signed_in(&server, PREMISE, "second").await;
    assert_eq!(attempts(&second, &format!("{USERS}/second")).await, [409; 3]);
    // Of two who go at once one stays.
    make(&second, "third", &json!({ "role": "admin" })).await;
    let gone = ["second", "third"].map(|name| {
        let (ops, path) = (ops.clone(), format!("{USERS}/{name}?tenant={PREMISE}"));
        tokio::spawn(async move { ops.delete(&path).await.status })
    });
    let mut statuses = Vec::new();
    for gone in gone {
        statuses.push(gone.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    // A tenant without any admin can be given one, and its last viewer may go.
    ops.delete(&format!("{USERS}/auditor?tenant={WATCHED}")).await.expect(204);
    ops.post(USERS, &json!({ "name": "first", "tenant": SUSPENDED, "role": "admin" })).await.expect(201);
}

#[tokio::test]
async fn users_are_listed_a_page_at_a_time() {
    let server = Server::start();
    let admin = server.admin().await;
    for number in 0..4 {
        make(&admin, &format!("user{number}"), &json!({})).await;
    }
    let all = admin.get(USERS).await.expect(200).json()["users"].clone();
    let (mut seen, mut path) = (Vec::new(), format!("{USERS}?limit=2"));
    for size in [2, 2, 1] {
        let page = admin.get(&path).await.expect(200).json();
        let users = page["users"].as_array().expect("a list").clone();
        assert_eq!(users.len(), size);
        seen.extend(users);
        path = format!("{USERS}?limit=2&cursor={}", page["next"].as_str().unwrap_or_default());
    }
    assert_eq!(json!(seen), all);
    assert!(path.ends_with("cursor="), "the last page has no next one");
    for query in ["limit=0", "limit=1001", "cursor=x", "cursor=eA"] {
        admin.get(&format!("{USERS}?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn what_is_no_user_is_refused_with_its_place() {
    let server = Server::start();
    let admin = server.admin().await;
    let long = "x".repeat(300);
    for (place, body) in [
        ("", json!({})),
        ("/name", json!({ "name": "" })),
        ("/name", json!({ "name": " a" })),
        ("/name", json!({ "name": "a\\b" })),
        ("/name", json!({ "name": "a:b" })),
        ("/name", json!({ "name": "a\u{200b}b" })),
        ("/name", json!({ "name": long })),
        ("/role", json!({ "name": "a", "role": "root" })),
        ("/privileges/1", json!({ "name": "a", "privileges": ["Nexus.ApiKeys.canRead", "nexus.apikeys.canread"] })),
        ("/grants", json!({ "name": "a", "grants": ["a::b"] })),
        ("/grants", json!({ "name": "a", "grants": vec!["a"; 129] })),
        ("/email", json!({ "name": "a", "email": "nobody" })),
        ("/email", json!({ "name": "a", "email": "a@b c" })),
        ("/email", json!({ "name": "a", "email": format!("{long}@example.com") })),
        ("/given_name", json!({ "name": "a", "given_name": "" })),
        ("/family_name", json!({ "name": "a", "family_name": long })),
        ("/password", json!({ "name": "a", "password": "short" })),
        ("/password", json!({ "name": "long enough", "password": "Long Enough" })),
        ("/password", json!({ "name": "a", "password": "x".repeat(1_025) })),
        ("/id", json!({ "name": "a", "id": "0" })),
    ] {
        let answer = admin.post(USERS, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["location"], place, "{body}");
    }
    let path = format!("{USERS}/nexus");
    for (place, body) in [
        ("/name", json!({ "name": "other" })),
        ("/tenant", json!({ "tenant": SECOND })),
        ("/password", json!({ "password": PASSWORD })),
        ("/role", json!({ "role": null, "privileges": "all" })),
    ] {
        let answer = admin.patch(&path, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        let at = answer.json()["errors"][0]["location"].as_str().expect("a place").to_owned();
        assert!(at == place || place == "/role", "{body}: {at}");
    }
    admin.put(&path, &json!({ "enabled": true })).await.expect(400);
    assert_eq!(admin.get(USERS).await.expect(200).json()["users"].as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn a_list_is_no_body() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = "/v1/users/nexus/reset-password";
    admin.post(path, &json!(["password-um-2"])).await.expect(400);
    admin.post("/v1/users", &json!(["name", null, null])).await.expect(400);
    admin.get("/v1/users/nexus").await.expect(200);
}
