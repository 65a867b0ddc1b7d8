//! What keeps a browser and a client apart, and what ends a session beside its owner: the client's tenants and its end, a
//! new password, too many wrong ones, pages of other origins.

use serde_json::{Value, json};

use crate::harness::{AUTHORIZE, Actor, Answer, Browser, PREMISE, SECOND, SIGN_IN, Server, TOKEN, location};

const CLIENTS: &str = "/auth/v3/ops/clients";
const PING: &str = "/auth/v3/ping";
const ASKED: &str = "/auth/v3/oauth/authorize?client_id=shop&response_type=code&state=s";
const SHOP: &str = "https://shop.example.com/cb";
const SECRET: &str = "a-secret_of-20-chars";
/// Wrong passwords for one account from one network until it has to wait.
const TRIES: usize = 10;

fn ops(server: &Server) -> Actor {
    let secrets = server.secrets();
    server.anonymous().with_basic(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass"))
}

/// A server with a client that `more` is said of.
async fn with_shop(more: &[(&str, Value)]) -> Server {
    let server = Server::start();
    let mut data = json!({
        "client_id": "shop",
        "client_secret": SECRET,
        "authorizedGrantTypes": ["authorization_code"],
        "redirectURIs": [SHOP],
    });
    for (name, value) in more {
        data[*name] = value.clone();
    }
    ops(&server).post(CLIENTS, &json!({ "data": data })).await.expect(201);
    server
}

async fn signed_in(server: &Server, tenant: &str) -> (Browser, Answer) {
    let mut browser = Browser::new(server);
    let asked = browser.get(ASKED).await;
    let page = browser.get(asked.header("location").expect("the page")).await.expect(200);
    let answer = browser.sign_in_on(&page, server, tenant).await;
    (browser, answer)
}

async fn exchange(server: &Server, code: &str) -> Answer {
    let client = server.anonymous().with_basic("shop", SECRET);
    client.form(TOKEN, &[("grant_type", "authorization_code"), ("code", code)]).await
}

#[tokio::test]
async fn a_client_gets_codes_for_people_of_its_tenants_alone() {
    let server = with_shop(&[("contactCenterIds", json!([SECOND]))]).await;
    let (mut stranger, answer) = signed_in(&server, PREMISE).await;
    for answer in [answer, stranger.get(ASKED).await] {
        let (address, parameters) = location(&answer);
        assert_eq!((address.as_str(), parameters["error"].as_str()), (SHOP, "access_denied"));
        assert_eq!(parameters["state"], "s");
    }
    let (_, answer) = signed_in(&server, SECOND).await;
    exchange(&server, &location(&answer).1["code"]).await.expect(200);
    // It was bound to another tenant before the code came back.
    let (_, answer) = signed_in(&server, SECOND).await;
    let bound = json!({ "data": { "contactCenterIds": [PREMISE] } });
    ops(&server).put(&format!("{CLIENTS}/shop"), &bound).await.expect(200);
    let refused = exchange(&server, &location(&answer).1["code"]).await.expect(400);
    assert_eq!(refused.field("error"), "invalid_grant");
}

#[tokio::test]
async fn a_client_that_is_gone_gets_no_code_and_no_token() {
    let server = with_shop(&[]).await;
    let (mut browser, answer) = signed_in(&server, PREMISE).await;
    ops(&server).delete(&format!("{CLIENTS}/shop")).await;
    let gone = exchange(&server, &location(&answer).1["code"]).await;
    assert_eq!((gone.status, gone.field("error").as_str()), (401, "invalid_client"));
    let page = browser.get(ASKED).await;
    assert_eq!((page.status, page.header("location")), (400, None));
    // Nor does a client of the same name that comes after it.
    let data = json!({ "client_id": "shop", "client_secret": SECRET, "authorizedGrantTypes": ["authorization_code"] });
    ops(&server).post(CLIENTS, &json!({ "data": data })).await.expect(201);
    let refused = exchange(&server, &location(&answer).1["code"]).await.expect(400);
    assert_eq!(refused.field("error"), "invalid_grant");
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_codes() {
    let server = with_shop(&[]).await;
    let (mut browser, answer) = signed_in(&server, PREMISE).await;
    let (username, password) = server.login_of(PREMISE);
    let data = json!({ "userName": username, "oldPassword": password, "newPassword": "a much longer one, and new" });
    server.anonymous().post("/auth/v3/change-password", &json!({ "data": data })).await.expect(200);
    browser.get(PING).await.expect(403);
    let refused = exchange(&server, &location(&answer).1["code"]).await.expect(400);
    assert_eq!(refused.field("error"), "invalid_grant");
}

#[tokio::test]
async fn guessing_on_the_page_ends_early() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let page = browser.get(SIGN_IN).await.expect(200);
    let wrong = [("tenant", PREMISE), ("username", "nexus"), ("password", "mistyped")];
    for _ in 0..TRIES {
        browser.submit(&page, &wrong).await.expect(403);
    }
    let answer = browser.submit(&page, &wrong).await.expect(429);
    let wait: u64 = answer.header("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=3_600).contains(&wait), "{wait}");
    assert!(answer.text().contains("role=\"alert\""), "{}", answer.text());
    // The right one tells nothing, either.
    let right = browser.sign_in_on(&page, &server, PREMISE).await.expect(429);
    assert_eq!((right.header("set-cookie"), right.text()), (None, answer.text()));
    browser.sign_in_on(&page, &server, SECOND).await.expect(302);
}

#[tokio::test]
async fn pages_for_people_are_read_by_no_page_of_another_origin() {
    let server = with_shop(&[]).await;
    let listed = "https://shop.example.com";
    let setting = json!({ "data": { "location": "/", "name": "cors-origins", "shared": true, "value": listed } });
    let settings = format!("/environment/v3/contact-centers/{PREMISE}/settings");
    ops(&server).post(&settings, &setting).await.expect(200);
    let anonymous = server.anonymous();
    let read = async |path: &str| {
        let answer = anonymous.send(anonymous.request("GET", path).header("origin", listed)).await;
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(read(PING).await.as_deref(), Some(listed), "the origin is listed");
    for path in [ASKED, SIGN_IN, AUTHORIZE] {
        assert_eq!(read(path).await, None, "{path}");
        let request = anonymous.request("OPTIONS", path).header("origin", listed);
        let preflight = anonymous.send(request.header("access-control-request-method", "POST")).await.expect(405);
        assert_eq!(preflight.header("access-control-allow-origin"), None, "{path}");
    }
}
