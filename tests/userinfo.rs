//! Whom a token speaks for, and a new password for him: `/auth/v3/userinfo`, `/auth/v3/openid/userinfo`,
//! `/auth/v3/change-password` (reference genesys.md, section 3).

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, PREMISE, SECOND, SUSPENDED, Server, Setup, TOKEN, WATCHED, member_names};

const USERINFO: &str = "/auth/v3/userinfo";
const OPENID: &str = "/auth/v3/openid/userinfo";
const CHANGE: &str = "/auth/v3/change-password";
const NEW: &str = "correct horse battery";

/// The tokens of a sign-in with a scope.
async fn scoped(server: &Server, tenant: &str, scope: &str) -> Answer {
    let (username, password) = server.login_of(tenant);
    let form = [("grant_type", "password"), ("username", &username), ("password", &password), ("scope", scope)];
    server.client().form(TOKEN, &form).await.expect(200)
}

fn holder(server: &Server, tokens: &Answer) -> Actor {
    server.anonymous().with_token(&tokens.field("access_token"))
}

fn change(old: &str, new: &str, user_name: Option<&str>) -> Value {
    let mut data = json!({ "oldPassword": old, "newPassword": new });
    if let Some(name) = user_name {
        data["userName"] = json!(name);
    }
    json!({ "data": data })
}

#[tokio::test]
async fn userinfo_tells_who_a_token_speaks_for() {
    let server = Server::start();
    let answer = server.admin().await.get(USERINFO).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.json();
    let names = [
        "username",
        "authorities",
        "contactCenterId",
        "environmentId",
        "dbid",
        "cmeUserName",
        "loginName",
        "properties",
    ];
    assert_eq!(member_names(&answer.text()), names);
    assert_eq!((&told["username"], &told["cmeUserName"]), (&json!("nexus"), &json!("nexus")));
    assert_eq!(told["contactCenterId"], PREMISE);
    assert_eq!(told["loginName"], format!("{PREMISE}\\nexus"));
    let centers = server.admin().await.get("/environment/v3/contact-centers").await.expect(200).json();
    assert_eq!(told["environmentId"], centers["data"]["contactCenters"][0]["environmentId"]);
    assert_eq!((&told["dbid"], &told["properties"]), (&Value::Null, &json!({})));
    assert_eq!(told["authorities"][0]["name"], "ROLE_ADMIN");
    let privileges = told["authorities"][0]["privileges"].as_array().expect("a list");
    for right in ["canView", "canRead", "canCreate", "canUpdate", "canDelete"] {
        assert!(privileges.contains(&json!(format!("Nexus.ApiKeys.{right}"))), "{right}");
    }
    let told = told["authorities"].to_string();
    assert!(told.contains("Wardgate.Users.canManage") && !told.contains("Wardgate.Clients"), "{told}");
    let ops = server.operator().await.get(USERINFO).await.expect(200).json();
    assert!(ops["authorities"].to_string().contains("Wardgate.Clients.canManage"), "the cluster's");
    assert_eq!((&ops["contactCenterId"], &ops["loginName"]), (&Value::Null, &json!("ops")));
    let viewer = server.viewer().await.get(USERINFO).await.expect(200).json();
    let privileges = viewer["authorities"][0]["privileges"].to_string();
    assert!(privileges.contains("Nexus.ApiKeys.canView") && !privileges.contains("canCreate"), "{privileges}");
}

#[tokio::test]
async fn openid_userinfo_tells_it_in_its_own_words() {
    let server = Server::start();
    let admin = server.admin().await;
    let answer = admin.get(OPENID).await.expect(200);
    let told = answer.json();
    assert_eq!((&told["user_name"], &told["aud"]), (&json!("nexus"), &json!("nexus_client")));
    assert_eq!(told["contact_center_id"], PREMISE);
    assert!(told.get("email").is_none(), "what is not known is left out");
    let sub = told["sub"].as_str().expect("a text");
    assert_eq!(sub.len(), 36);
    assert_ne!(sub, server.stranger().await.get(OPENID).await.expect(200).field("sub"));
    let posted = admin.send(admin.request("POST", OPENID)).await.expect(200);
    assert_eq!(posted.json(), told);
    // The scope has to reach them.
    let openid = holder(&server, &scoped(&server, PREMISE, "openid").await);
    let told = openid.get(OPENID).await.expect(200).json();
    assert_eq!((&told["sub"], &told["authorities"]), (&json!(sub), &json!([])));
    let narrow = holder(&server, &scoped(&server, PREMISE, "chat").await);
    let refused = narrow.get(OPENID).await.expect(403);
    assert!(refused.header("www-authenticate").is_some_and(|value| value.contains("insufficient_scope")));
    let told = narrow.get(USERINFO).await.expect(200).json();
    assert_eq!(
        (&told["username"], &told["authorities"]),
        (&json!("nexus"), &json!([])),
        "a narrower token has no role"
    );
}

#[tokio::test]
async fn a_token_that_is_nobody_s_or_not_good_tells_nothing() {
    let server = Server::start();
    let client = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
    let tokens = scoped(&server, PREMISE, "*").await;
    let key = server.admin().await.make_key("nexus:consumer:chat").await;
    for path in [USERINFO, OPENID] {
        holder(&server, &client).get(path).await.expect(403);
        let first = server.first_key();
        server.anonymous().with_basic(&first.id, &first.secret).get(path).await.expect(403);
        let nobody = server.anonymous().get(path).await.expect(401);
        assert_eq!(nobody.header("www-authenticate"), Some("Bearer realm=\"wardgate\""));
        for token in ["x", &tokens.field("refresh_token"), &key.plain] {
            let refused = server.anonymous().with_token(token).get(path).await.expect(401);
            let challenge = refused.header("www-authenticate").expect("a challenge");
            assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
            assert_eq!(refused.json()["status"]["code"], 401);
        }
    }
}

#[tokio::test]
async fn a_new_password_ends_all_that_the_old_one_got() {
    let server = Server::start();
    let (username, old) = server.login_of(PREMISE);
    let tokens = scoped(&server, PREMISE, "*").await;
    let apart = scoped(&server, PREMISE, "chat").await;
    let stranger = server.stranger().await;
    let done = holder(&server, &tokens).post(CHANGE, &change(&old, NEW, None)).await.expect(200);
    assert_eq!(done.json(), json!({ "status": { "code": 0 }, "data": null }));
    for token in [&tokens, &apart] {
        holder(&server, token).get(USERINFO).await.expect(401);
        let form = [("grant_type", "refresh_token"), ("refresh_token", &token.field("refresh_token"))];
        assert_eq!(server.client().form(TOKEN, &form).await.expect(400).field("error"), "invalid_grant");
    }
    stranger.get(APIKEYS).await.expect(200);
    server.sign_in(&username, &old).await.expect(400);
    server.sign_in(&username, NEW).await.expect(200);
    // And without a token, by name; one backslash or two.
    let doubled = username.replace('\\', "\\\\");
    server.anonymous().post(CHANGE, &change(NEW, &old, Some(&doubled))).await.expect(200);
    server.sign_in(&username, &old).await.expect(200);
    let rows = crate::harness::audit(&server.stop(), PREMISE).await;
    assert_eq!(rows.iter().filter(|action| *action == "user.password_changed").count(), 2);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_by_nobody_else() {
    let server = Server::start();
    let (username, old) = server.login_of(PREMISE);
    let (other, others) = server.login_of(SECOND);
    let (suspended, its) = server.login_of(SUSPENDED);
    let (admin, nobody) = (server.admin().await, server.anonymous());
    let client = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
    let cases = [
        ("a wrong password", &admin, change("wrong", NEW, None), 403),
        ("the password of another", &admin, change(&others, NEW, Some(&other)), 403),
        ("another tenant's user of the name", &admin, change(&old, NEW, Some(&other)), 403),
        ("an ops user's name", &admin, change(&old, NEW, Some("ops")), 403),
        ("an unknown user", &nobody, change(&old, NEW, Some("nobody")), 403),
        ("no name", &nobody, change(&old, NEW, Some("\\")), 403),
        ("a suspended tenant's user", &nobody, change(&its, NEW, Some(&suspended)), 403),
        ("a wrong password by name", &nobody, change("wrong", NEW, Some(&username)), 403),
        ("a client's own token", &holder(&server, &client), change(&old, NEW, Some(&username)), 403),
        ("neither token nor name", &nobody, change(&old, NEW, None), 401),
        ("a bad token", &nobody.with_token("x"), change(&old, NEW, Some(&username)), 401),
    ];
    for (case, actor, body, status) in cases {
        let answer = actor.post(CHANGE, &body).await;
        assert_eq!(answer.status, status, "{case}: {}", answer.text());
        assert_eq!(answer.json()["status"]["code"], status, "{case}");
    }
    let unnamed = admin.post(CHANGE, &change("wrong", NEW, None)).await.expect(403);
    let named = nobody.post(CHANGE, &change("wrong", NEW, Some("nobody"))).await.expect(403);
    assert_eq!(unnamed.text(), named.text(), "known or not, it looks the same");
    // Nothing of all that changed one; and the name may be said any way that it is known by.
    for (user_name, from, to) in [("nexus", &*old, NEW), ("NEXUS", NEW, &*old)] {
        let actor = holder(&server, &server.sign_in(&username, from).await.expect(200));
        actor.post(CHANGE, &change(from, to, Some(user_name))).await.expect(200);
    }
}

#[tokio::test]
async fn a_new_password_is_none_that_is_tried_first() {
    let server = Server::start();
    let (_, old) = server.login_of(WATCHED);
    let viewer = server.viewer().await;
    let long = "x".repeat(1_025);
    for new in ["", "7 bytes", &long, "Password1", "12345678", &old] {
        let answer = viewer.post(CHANGE, &change(&old, new, None)).await.expect(400);
        let told = answer.json()["errors"][0]["status"]["detail"].to_string();
        assert!(told.contains("/data/newPassword"), "{new:?}: {told}");
    }
    for body in [json!({}), json!({ "data": {} }), json!({ "oldPassword": old, "newPassword": NEW }), json!([])] {
        viewer.post(CHANGE, &body).await.expect(400);
    }
    viewer.post(CHANGE, &change(&old, &"x".repeat(1_024), None)).await.expect(200);
    // The name of a user with a longer one.
    let file = "ccId = \"t\"\nname = \"t\"\n[[users]]\nname = \"alice.smith\"\nrole = \"member\"\n";
    let server = Setup::new().tenant("t", file).start();
    let (_, old) = server.login_of("t");
    let alice = server.tenant_user("t").await;
    alice.post(CHANGE, &change(&old, "Alice.Smith", None)).await.expect(400);
    alice.post(CHANGE, &change(&old, "alice.smith.2", None)).await.expect(200);
}
