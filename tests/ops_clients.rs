//! OAuth clients as operators manage them: what is shown once, what is refused, and what ends with a client.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, PREMISE, SECOND, Server, Setup, TOKEN, audit, member_names};

const CLIENTS: &str = "/auth/v3/ops/clients";
const INTROSPECT: &str = "/auth/v3/oauth/introspect";
/// A secret that somebody else made.
const SECRET: &str = "a-secret_of-20-chars";

/// The ops user as GWS's operators call: with name and password.
fn ops(server: &Server) -> Actor {
    let secrets = server.secrets();
    server.anonymous().with_basic(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass"))
}

async fn make(ops: &Actor, data: Value) -> Answer {
    ops.post(CLIENTS, &json!({ "data": data })).await.expect(201)
}

async fn put(ops: &Actor, id: &str, data: Value) -> Answer {
    ops.put(&format!("{CLIENTS}/{id}"), &json!({ "data": data })).await.expect(200)
}

/// A client for tests, with a secret of its own.
async fn confidential(server: &Server, id: &str, more: &Value) -> Actor {
    let mut data = json!({
        "client_id": id,
        "client_secret": SECRET,
        "authorizedGrantTypes": ["password", "client_credentials", "refresh_token"],
    });
    for (name, value) in more.as_object().expect("an object") {
        data[name] = value.clone();
    }
    make(&ops(server), data).await;
    server.anonymous().with_basic(id, SECRET)
}

async fn sign_in(server: &Server, client: &Actor, tenant: &str) -> Answer {
    let (username, password) = server.login_of(tenant);
    let form = [("grant_type", "password"), ("username", username.as_str()), ("password", password.as_str())];
    client.form(TOKEN, &form).await
}

async fn own_token(client: &Actor) -> Answer {
    client.form(TOKEN, &[("grant_type", "client_credentials")]).await
}

async fn works(server: &Server, token: &str) -> bool {
    server.anonymous().with_token(token).get(APIKEYS).await.status == 200
}

#[track_caller]
fn check_refused(answer: &Answer, error: &str) {
    assert_eq!(answer.json()["error"], error, "{}", answer.text());
}

#[tokio::test]
async fn a_client_is_made_read_changed_and_deleted() {
    let server = Server::start();
    let ops = ops(&server);
    let made = make(&ops, json!({ "client_id": "desk", "authorizedGrantTypes": ["client_credentials"] })).await;
    assert_eq!(made.header("location"), Some("/auth/v3/ops/clients/desk"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let secret = made.json()["data"]["client_secret"].as_str().expect("a secret").to_owned();
    assert!(secret.len() == 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
    let expected = json!({
        "status": { "code": 0 },
        "data": {
            "client_id": "desk",
            "name": "desk",
            "description": "",
            "clientType": "CONFIDENTIAL",
            "internalClient": false,
            "authorities": [],
            "scope": ["*"],
            "authorizedGrantTypes": ["client_credentials"],
            "redirectURIs": [],
            "accessTokenExpirationTimeout": 43_200,
            "refreshTokenExpirationTimeout": 43_200,
            "permissions": [],
            "enabled": true,
            "created": made.json()["data"]["created"],
        },
    });
    // The secret is shown this once.
    let path = format!("{CLIENTS}/desk");
    assert_eq!(ops.get(&path).await.expect(200).json(), expected);
    let list = ops.get(CLIENTS).await.expect(200).json();
    let ids: Vec<_> =
        list["data"].as_array().expect("a list").iter().map(|client| client["client_id"].clone()).collect();
    assert_eq!(ids, ["desk", "nexus_client"]);
    assert!(!list.to_string().contains("secret"));
    let desk = server.anonymous().with_basic("desk", &secret);
    own_token(&desk).await.expect(200);
    // Scripts put the list of addresses and nothing else.
    let uris = json!(["https://desk.example.com/in", "http://127.0.0.1:8080/in"]);
    let changed = put(&ops, "desk", json!({ "redirectURIs": uris })).await.json();
    let mut expected = expected;
    expected["data"]["redirectURIs"] = uris;
    assert_eq!(changed, expected);
    // What was read can be put back.
    put(&ops, "desk", changed["data"].clone()).await;
    let renamed = json!({ "data": { "name": "Desk", "accessTokenExpirationTimeout": 60 } });
    assert_eq!(ops.patch(&path, &renamed).await.expect(200).json()["data"]["name"], "Desk");
    assert_eq!(own_token(&desk).await.expect(200).json()["expires_in"], 59);
    let gone = ops.delete(&path).await.expect(200);
    assert_eq!(gone.json(), json!({ "status": { "code": 0 }, "data": null }));
    check_refused(&own_token(&desk).await.expect(401), "invalid_client");
    for answer in [ops.get(&path).await, ops.put(&path, &renamed).await, ops.delete(&path).await] {
        assert_eq!(answer.expect(404).json()["status"]["code"], 404);
    }
    let actions = audit(&server.stop(), "*").await;
    let of_clients: Vec<_> = actions.iter().filter(|action| action.starts_with("client.")).cloned().collect();
    assert_eq!(
        of_clients,
        [
            "client.created",
            "client.changed",
            "client.changed",
            "client.changed",
            "client.deleted",
            "client.tokens_ended"
        ]
    );
}

#[tokio::test]
async fn clients_are_the_cluster_s_and_its_operators_manage_them() {
    let server = Server::start();
    let data = json!({ "data": { "client_id": "x" } });
    let secrets = server.secrets();
    let name = secrets.get("gwsAdminName");
    for wrong in [server.anonymous().with_basic(name, "wrong"), server.anonymous().with_basic("nobody", "wrong")] {
        let answer = wrong.get(CLIENTS).await.expect(401);
        assert_eq!(
            (answer.field("error"), answer.field("error_description")),
            ("Unauthorized".to_owned(), "Bad credentials".to_owned())
        );
        assert!(answer.header("www-authenticate").is_some());
    }
    let (username, password) = server.login_of(PREMISE);
    let by_name = server.anonymous().with_basic(&username, &password);
    for actor in
        [&by_name, &server.admin().await, &server.viewer().await, &confidential(&server, "svc", &json!({})).await]
    {
        for path in [CLIENTS.to_owned(), format!("{CLIENTS}/nexus_client"), format!("{CLIENTS}/no-such-client")] {
            let answer = actor.get(&path).await;
            assert!(matches!(answer.status, 401 | 403), "{path}: {}", answer.status);
        }
        assert_ne!(actor.post(CLIENTS, &data).await.status, 201);
    }
    // An ops token does as well as name and password, whatever tenant it names beside.
    let operator = server.operator().await;
    operator.post(CLIENTS, &data).await.expect(201);
    let request = operator.request("GET", CLIENTS).header("x-ccid", PREMISE);
    operator.send(request).await.expect(200);
}

#[tokio::test]
async fn only_an_admin_says_where_people_are_sent_and_with_what_a_client_shows_itself() {
    let server = Server::start();
    let admin = ops(&server);
    let may = json!(["Wardgate.Clients.canRead", "Wardgate.Clients.canManage"]);
    let (name, password) = ("lister", "correct horse battery");
    let body = json!({ "name": name, "password": password, "privileges": may });
    server.operator().await.post("/v1/users?tenant=*", &body).await.expect(201);
    let lister = server.anonymous().with_basic(name, password);
    make(&admin, json!({ "client_id": "desk", "redirectURIs": ["https://desk.example.com/in"] })).await;
    let harmless = json!({ "name": "Desk", "accessTokenExpirationTimeout": 60, "enabled": false, "scope": ["a"] });
    let shown = put(&lister, "desk", harmless).await.json();
    // What was read can be put back: nothing changes by it.
    put(&lister, "desk", shown["data"].clone()).await;
    make(&lister, json!({ "client_id": "plain" })).await;
    for data in [
        json!({ "redirectURIs": ["https://mine.example/"] }),
        json!({ "client_secret": SECRET }),
        json!({ "clientType": "PUBLIC" }),
        json!({ "authorizedGrantTypes": ["password"] }),
        json!({ "internalClient": true }),
    ] {
        for id in ["desk", "plain"] {
            lister.put(&format!("{CLIENTS}/{id}"), &json!({ "data": data })).await.expect(403);
        }
        let mut new = data.clone();
        new["client_id"] = json!("mine");
        lister.post(CLIENTS, &json!({ "data": new })).await.expect(403);
        put(&admin, "plain", data).await;
        admin.delete(&format!("{CLIENTS}/plain")).await.expect(200);
        make(&admin, json!({ "client_id": "plain" })).await;
    }
    make(&admin, json!({ "client_id": "app", "clientType": "PUBLIC" })).await;
    lister.put(&format!("{CLIENTS}/app"), &json!({ "data": { "clientType": "CONFIDENTIAL" } })).await.expect(403);
}

#[tokio::test]
async fn no_page_of_another_origin_changes_anything_with_a_browser_s_password() {
    let server = Server::start();
    let ops = ops(&server);
    let data = json!({ "data": { "client_id": "theirs" } });
    let path = format!("{CLIENTS}/nexus_client");
    let tenant = format!("/v1/tenants/{PREMISE}");
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (method, path) in [("POST", CLIENTS), ("PUT", &path), ("DELETE", &path), ("PATCH", &tenant)] {
            let request = ops.request(method, path).json(&data).header(header, value);
            ops.send(request).await.expect(403);
        }
        ops.send(ops.request("GET", CLIENTS).header(header, value)).await.expect(200);
        // No browser sends a token unasked.
        let operator = server.operator().await;
        let request = operator.request("PUT", &path).json(&json!({ "data": { "name": "n" } })).header(header, value);
        operator.send(request).await.expect(200);
    }
    ops.send(ops.request("POST", CLIENTS).json(&data).header("origin", ops.base())).await.expect(201);
}

#[tokio::test]
async fn what_is_not_legal_in_a_client_is_refused_with_its_place() {
    let server = Server::start();
    let ops = ops(&server);
    let cases = [
        (json!({}), "/data/client_id"),
        (json!({ "client_id": "" }), "/data/client_id"),
        (json!({ "client_id": "a b" }), "/data/client_id"),
        (json!({ "client_id": "a.b" }), "/data/client_id"),
        (json!({ "client_id": "a", "client_secret": "" }), "/data/client_secret"),
        (json!({ "client_id": "a", "client_secret": "secret" }), "/data/client_secret"),
        (json!({ "client_id": "a", "client_secret": "sixteen+chars%20" }), "/data/client_secret"),
        (json!({ "client_id": "a", "client_secret": "sixteen chars ok" }), "/data/client_secret"),
        (json!({ "client_id": "a", "client_secret": "é".repeat(16) }), "/data/client_secret"),
        (json!({ "client_id": "a", "client_secret": "x".repeat(129) }), "/data/client_secret"),
        (json!({ "client_id": "a", "clientType": "PUBLIC", "client_secret": SECRET }), "/data/client_secret"),
        (json!({ "client_id": "a", "clientType": "public" }), "/data/clientType"),
        (json!({ "client_id": "a", "name": " " }), "/data/name"),
        (json!({ "client_id": "a", "name": "a\u{0}" }), "/data/name"),
        (json!({ "client_id": "a", "authorizedGrantTypes": ["passwort"] }), "/data/authorizedGrantTypes"),
        (json!({ "client_id": "a", "redirectURIs": ["javascript:alert(1)"] }), "/data/redirectURIs"),
        (json!({ "client_id": "a", "redirectURIs": ["https://a/#b"] }), "/data/redirectURIs"),
        (json!({ "client_id": "a", "redirectURIs": ["https://*.example.com/"] }), "/data/redirectURIs"),
        (json!({ "client_id": "a", "redirectURIs": vec!["https://a/"; 65] }), "/data/redirectURIs"),
        (json!({ "client_id": "a", "scope": ["a b"] }), "/data/scope"),
        (json!({ "client_id": "a", "scope": "*" }), "/data/scope"),
        (json!({ "client_id": "a", "authorities": [""] }), "/data/authorities"),
        (json!({ "client_id": "a", "accessTokenExpirationTimeout": 0 }), "/data/accessTokenExpirationTimeout"),
        (json!({ "client_id": "a", "accessTokenExpirationTimeout": 86_401 }), "/data/accessTokenExpirationTimeout"),
        (
            json!({ "client_id": "a", "refreshTokenExpirationTimeout": 2_592_001 }),
            "/data/refreshTokenExpirationTimeout",
        ),
        (json!({ "client_id": "a", "refreshTokenExpirationTimeout": -1 }), "/data/refreshTokenExpirationTimeout"),
        (json!({ "client_id": "a", "contactCenterIds": [] }), "/data/contactCenterIds"),
        (json!({ "client_id": "a", "contactCenterIds": ["*"] }), "/data/contactCenterIds"),
        (json!({ "client_id": "a", "contactCenterIds": ["no-such-tenant"] }), "/data/contactCenterIds"),
        (json!({ "client_id": "a", "permissions": ["a::b"] }), "/data/permissions"),
        (json!({ "client_id": "a", "surprise": 1 }), "/data/surprise"),
    ];
    for (data, place) in cases {
        let answer = ops.post(CLIENTS, &json!({ "data": data })).await.expect(400);
        let detail = answer.json()["errors"][0]["status"]["detail"].to_string();
        assert!(detail.starts_with(&format!("\"{place}: ")), "{data}: {detail}");
        assert_eq!(member_names(&answer.text()), ["status", "data", "errors", "path"]);
    }
    for body in [json!({ "client_id": "a" }), json!({ "data": { "client_id": "a" }, "more": 1 }), json!([])] {
        ops.post(CLIENTS, &body).await.expect(400);
    }
    ops.get(&format!("{CLIENTS}/a")).await.expect(404);
    ops.post(CLIENTS, &json!({ "data": { "client_id": "nexus_client" } })).await.expect(409);
    let renamed = json!({ "data": { "client_id": "other" } });
    ops.put(&format!("{CLIENTS}/nexus_client"), &renamed).await.expect(400);
}

#[tokio::test]
async fn grant_types_that_are_not_offered_are_kept_and_worth_nothing() {
    let server = Server::start();
    let unoffered =
        ["implicit", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer"];
    let client = confidential(&server, "old", &json!({ "authorizedGrantTypes": unoffered })).await;
    let shown = ops(&server).get(&format!("{CLIENTS}/old")).await.expect(200).json();
    assert_eq!(shown["data"]["authorizedGrantTypes"], json!(unoffered));
    for grant in unoffered {
        check_refused(&client.form(TOKEN, &[("grant_type", grant)]).await.expect(400), "unsupported_grant_type");
    }
    check_refused(&own_token(&client).await.expect(400), "unauthorized_client");
}

#[tokio::test]
async fn a_public_client_shows_its_id_alone_and_never_a_secret() {
    let server = Server::start();
    let ops = ops(&server);
    let grants = json!(["password", "refresh_token", "client_credentials"]);
    let made = make(
        &ops,
        json!({ "client_id": "app", "clientType": "PUBLIC", "internalClient": true, "authorizedGrantTypes": grants }),
    )
    .await;
    assert_eq!(
        (&made.json()["data"]["client_secret"], &made.json()["data"]["clientType"]),
        (&Value::Null, &json!("PUBLIC"))
    );
    let nobody = server.anonymous();
    let (username, password) = server.login_of(PREMISE);
    let form = |more: &[(&'static str, &'static str)]| {
        let mut form =
            vec![("grant_type", "password".to_owned()), ("username", username.clone()), ("password", password.clone())];
        form.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        form
    };
    let ask = async |actor: &Actor, form: Vec<(&str, String)>| {
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        actor.form(TOKEN, &form).await
    };
    let tokens = ask(&nobody, form(&[("client_id", "app")])).await.expect(200);
    ask(&nobody, form(&[("client_id", "app"), ("client_secret", "")])).await.expect(200);
    ask(&nobody.with_basic("app", ""), form(&[])).await.expect(200);
    for (actor, more) in [
        (nobody.clone(), &[("client_id", "app"), ("client_secret", "x")][..]),
        (nobody.with_basic("app", "x"), &[]),
        (nobody.clone(), &[("client_id", "nexus_client")]),
        (nobody.with_basic("nexus_client", ""), &[]),
        (nobody.clone(), &[]),
    ] {
        check_refused(&ask(&actor, form(more)).await.expect(401), "invalid_client");
    }
    let own = [("grant_type", "client_credentials"), ("client_id", "app")];
    check_refused(&nobody.form(TOKEN, &own).await.expect(400), "unauthorized_client");
    let access = tokens.field("access_token");
    let asked = [("client_id", "app"), ("token", access.as_str())];
    check_refused(&nobody.form(INTROSPECT, &asked).await.expect(401), "invalid_client");
    let refresh = tokens.field("refresh_token");
    let refreshed = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh.as_str())];
    let access = nobody.form(TOKEN, &refreshed).await.expect(200).field("access_token");
    let given_back = [("client_id", "app"), ("token", access.as_str())];
    assert!(works(&server, &access).await);
    assert_eq!(nobody.form("/auth/v3/oauth/revoke", &given_back).await.expect(200).text(), "{}");
    assert!(!works(&server, &access).await);
    // One that learns to keep a secret is given one, and its id alone is worth nothing from then on.
    let secret =
        put(&ops, "app", json!({ "clientType": "CONFIDENTIAL" })).await.json()["data"]["client_secret"].clone();
    own_token(&nobody.with_basic("app", secret.as_str().expect("a secret"))).await.expect(200);
    check_refused(&ask(&nobody, form(&[("client_id", "app")])).await.expect(401), "invalid_client");
    put(&ops, "app", json!({ "clientType": "PUBLIC" })).await;
    check_refused(
        &own_token(&nobody.with_basic("app", secret.as_str().expect("a secret"))).await.expect(401),
        "invalid_client",
    );
}

#[tokio::test]
async fn a_client_that_is_ended_takes_its_tokens_along_for_good() {
    let server = Server::start();
    let ops = ops(&server);
    for end in ["disable", "delete"] {
        let client = confidential(&server, end, &json!({})).await;
        let (mine, theirs) = (sign_in(&server, &client, PREMISE).await, sign_in(&server, &client, SECOND).await);
        let apart = server.admin().await;
        let tokens = [mine.field("access_token"), theirs.field("access_token")];
        for token in &tokens {
            assert!(works(&server, token).await);
        }
        if end == "disable" {
            put(&ops, end, json!({ "enabled": false })).await;
        } else {
            ops.delete(&format!("{CLIENTS}/{end}")).await.expect(200);
        }
        for token in &tokens {
            assert!(!works(&server, token).await, "{end}");
        }
        apart.get(APIKEYS).await.expect(200);
        check_refused(&own_token(&client).await.expect(401), "invalid_client");
        // Coming back revives nothing.
        if end == "disable" {
            put(&ops, end, json!({ "enabled": true })).await;
        } else {
            confidential(&server, end, &json!({})).await;
        }
        own_token(&client).await.expect(200);
        for token in &tokens {
            assert!(!works(&server, token).await, "{end}");
        }
        let refresh = mine.field("refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        check_refused(&client.form(TOKEN, &form).await.expect(400), "invalid_grant");
    }
}

#[tokio::test]
async fn a_client_that_is_bound_to_a_tenant_reaches_no_other() {
    let server = Server::start();
    let bond = json!({ "contactCenterIds": [PREMISE], "internalClient": true, "permissions": ["nexus:cluster:*"] });
    let client = confidential(&server, "bound", &bond).await;
    let mine = sign_in(&server, &client, PREMISE).await.expect(200);
    check_refused(&sign_in(&server, &client, SECOND).await.expect(400), "invalid_grant");
    let secrets = server.secrets();
    let form = [
        ("grant_type", "password"),
        ("username", secrets.get("gwsAdminName")),
        ("password", secrets.get("gwsAdminPass")),
    ];
    check_refused(&client.form(TOKEN, &form).await.expect(400), "invalid_grant");
    let introspect = async |token: &str| client.form(INTROSPECT, &[("token", token)]).await.expect(200).json();
    assert_eq!(introspect(&mine.field("access_token")).await["active"], true);
    let theirs = server.tenant_user(SECOND).await;
    theirs.get(APIKEYS).await.expect(200);
    let (username, password) = server.login_of(SECOND);
    let token = server.sign_in(&username, &password).await.expect(200).field("access_token");
    assert_eq!(introspect(&token).await, json!({ "active": false }), "another tenant's");
    let (username, password) = server.login_of(PREMISE);
    let token = server.sign_in(&username, &password).await.expect(200).field("access_token");
    assert_eq!(introspect(&token).await["client_id"], "nexus_client", "its tenant's, by another client");
    // Its own token is the tenant's: it names no other.
    let own = own_token(&client).await.expect(200).field("access_token");
    assert_eq!(introspect(&own).await["contact_center_id"], PREMISE);
    let decide = async |token: &str, tenant: Option<&str>| {
        let mut headers = json!({ "authorization": token });
        headers["x-ccid"] = tenant.map_or(Value::Null, Value::from);
        headers.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        server.check(&json!({ "headers": headers, "permission": CHAT })).await["code"].clone()
    };
    assert_eq!(decide(&own, Some(SECOND)).await, "credential_unknown");
    // Bound elsewhere, it loses what it had here.
    put(&ops(&server), "bound", json!({ "contactCenterIds": [SECOND] })).await;
    assert!(!works(&server, &mine.field("access_token")).await);
    assert_eq!(decide(&own, None).await, "credential_unknown");
    sign_in(&server, &client, SECOND).await.expect(200);
    check_refused(&sign_in(&server, &client, PREMISE).await.expect(400), "invalid_grant");
    // Bound to several, its own token says with each call whom it means.
    put(&ops(&server), "bound", json!({ "contactCenterIds": [SECOND, PREMISE] })).await;
    let own = own_token(&client).await.expect(200).field("access_token");
    assert_ne!(decide(&own, Some(PREMISE)).await, "credential_unknown");
    for elsewhere in [None, Some(crate::harness::WATCHED), Some("*")] {
        assert_eq!(decide(&own, elsewhere).await, "credential_unknown", "{elsewhere:?}");
    }
    // And freed, it serves everybody.
    put(&ops(&server), "bound", json!({ "contactCenterIds": null })).await;
    assert_ne!(decide(&own, Some(crate::harness::WATCHED)).await, "credential_unknown");
}

#[tokio::test]
async fn what_is_taken_from_a_client_is_taken_from_its_tokens_at_once() {
    let server = Server::start();
    let ops = ops(&server);
    for bond in [json!(null), json!([PREMISE]), json!([PREMISE, SECOND])] {
        let id = format!("bound{}", bond.as_array().map_or(0, Vec::len));
        let may = json!({ "contactCenterIds": bond, "permissions": [CHAT] });
        let client = confidential(&server, &id, &may).await;
        let own = own_token(&client).await.expect(200).field("access_token");
        let check = json!({ "headers": { "authorization": own, "x-ccid": PREMISE }, "permission": CHAT });
        let code = async || server.check(&check).await["code"].clone();
        // Twice: the second time the token is in memory.
        assert_eq!((code().await, code().await), (json!("allowed"), json!("allowed")), "{bond}");
        put(&ops, &id, json!({ "permissions": [] })).await;
        assert_eq!(code().await, "permission_not_granted", "{bond}");
    }
}

#[tokio::test]
async fn a_client_that_is_not_the_platform_s_sees_its_own_tokens_only() {
    let server = Server::start();
    let client = confidential(&server, "shop", &json!({})).await;
    let own = sign_in(&server, &client, PREMISE).await.expect(200);
    let introspect =
        async |token: String| client.form(INTROSPECT, &[("token", token.as_str())]).await.expect(200).json();
    for name in ["access_token", "refresh_token"] {
        assert_eq!(introspect(own.field(name)).await["active"], true, "{name}");
    }
    let (username, password) = server.login_of(PREMISE);
    let others = server.sign_in(&username, &password).await.expect(200);
    for name in ["access_token", "refresh_token"] {
        assert_eq!(introspect(others.field(name)).await, json!({ "active": false }), "{name}");
    }
}

#[tokio::test]
async fn a_client_without_the_grant_gets_no_refresh_token() {
    let server = Server::start();
    let client = confidential(&server, "once", &json!({ "authorizedGrantTypes": ["password"] })).await;
    let tokens = sign_in(&server, &client, PREMISE).await.expect(200);
    assert_eq!(member_names(&tokens.text()), ["access_token", "token_type", "expires_in", "scope"]);
}

#[tokio::test]
async fn a_client_lives_through_a_restart() {
    let server = Setup::new().start();
    let client = confidential(&server, "kept", &json!({ "name": "Ä & Söhne" })).await;
    own_token(&client).await.expect(200);
    let server = server.stop().start();
    own_token(&server.anonymous().with_basic("kept", SECRET)).await.expect(200);
    let shown = ops(&server).get(&format!("{CLIENTS}/kept")).await.expect(200).json();
    assert_eq!(shown["data"]["name"], "Ä & Söhne");
}

#[tokio::test]
async fn a_client_gets_no_scope_beyond_its_own() {
    let server = Server::start();
    let bound = json!({ "scope": ["openid", CHAT], "permissions": ["nexus:consumer:*"] });
    let client = confidential(&server, "bound", &bound).await;
    let (username, password) = server.login_of(PREMISE);
    let ask = async |grant: &str, scope: Option<&str>| {
        let mut form = vec![("grant_type", grant), ("username", &*username), ("password", &*password)];
        form.extend(scope.map(|scope| ("scope", scope)));
        client.form(TOKEN, &form).await
    };
    for grant in ["password", "client_credentials"] {
        assert_eq!(ask(grant, None).await.expect(200).field("scope"), format!("openid {CHAT}"));
        assert_eq!(ask(grant, Some("openid")).await.expect(200).field("scope"), "openid");
        for beyond in ["*", "openid *", "nexus:consumer:*", "openid email"] {
            check_refused(&ask(grant, Some(beyond)).await.expect(400), "invalid_scope");
        }
    }
    // A role is not among it, whoever signs in.
    let narrow = ask("password", None).await.expect(200).field("access_token");
    server.anonymous().with_token(&narrow).get(APIKEYS).await.expect(403);
    // What was granted before is narrowed when it is refreshed.
    put(&ops(&server), "bound", json!({ "scope": ["*"] })).await;
    let wide = ask("password", None).await.expect(200);
    assert_eq!(wide.field("scope"), "*");
    put(&ops(&server), "bound", json!({ "scope": ["openid"] })).await;
    let refresh = wide.field("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(client.form(TOKEN, &form).await.expect(200).field("scope"), "openid");
    put(&ops(&server), "bound", json!({ "scope": [] })).await;
    check_refused(&ask("password", None).await.expect(400), "invalid_scope");
}
