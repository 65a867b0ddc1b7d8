//! Signing out: what ends, who may end it, and where the browser may go then (reference genesys.md, section 3).

use crate::harness::{APIKEYS, Actor, Browser, PREMISE, SIGN_IN, Server, Setup};

const SIGN_OUT: &str = "/auth/v3/sign-out";
const PING: &str = "/auth/v3/ping";
const LEFT: &str = "https://shop.example.com/left";

fn start() -> Server {
    let client = format!(
        "[[clients]]\nid = \"shop\"\ngrant_types = [\"authorization_code\"]\nredirect_uris = [\"{LEFT}\"]\n\n\
         # A program in people's hands"
    );
    Setup::new().edit_tenant("_cluster", "# A program in people's hands", &client).start()
}

async fn works(actor: &Actor) -> bool {
    actor.get(APIKEYS).await.status == 200
}

#[tokio::test]
async fn a_token_ends_its_own_sign_in_or_all_of_its_user_s() {
    let server = start();
    for (method, query, others_live) in [
        ("POST", "", true),
        ("GET", "?global=false", true),
        ("POST", "?global=true", false),
        ("GET", "?global=true", false),
    ] {
        let (leaving, staying, stranger) = (server.admin().await, server.admin().await, server.stranger().await);
        let mut browser = Browser::signed_in(&server).await;
        let answer = leaving.send(leaving.request(method, &format!("{SIGN_OUT}{query}"))).await.expect(200);
        assert_eq!(answer.json()["status"]["code"], 0, "{method} {query}");
        assert!(!works(&leaving).await, "{method} {query}");
        assert_eq!(works(&staying).await, others_live, "{method} {query}");
        assert!(works(&stranger).await, "another tenant's user of the same name");
        browser.get(PING).await.expect(if others_live { 200 } else { 403 });
        leaving.send(leaving.request(method, SIGN_OUT)).await.expect(401);
    }
    let leaving = server.admin().await;
    leaving.form(SIGN_OUT, &[("global", "true")]).await.expect(200);
    assert!(!works(&leaving).await);
    // A type without a body, as clients of GWS send it.
    let leaving = server.admin().await;
    let request = leaving.request("POST", SIGN_OUT).header("content-type", "application/json");
    leaving.send(request).await.expect(200);
}

#[tokio::test]
async fn a_client_s_token_ends_nobody_else_s() {
    let server = start();
    let fetch = async || {
        let form = [("grant_type", "client_credentials")];
        let token = server.client().form(crate::harness::TOKEN, &form).await.expect(200).field("access_token");
        server.anonymous().with_token(&token)
    };
    let (leaving, staying) = (fetch().await, fetch().await);
    leaving.post(&format!("{SIGN_OUT}?global=true"), &serde_json::json!({})).await.expect(400);
    leaving.send(leaving.request("POST", &format!("{SIGN_OUT}?global=true"))).await.expect(200);
    leaving.get(APIKEYS).await.expect(401);
    staying.get(APIKEYS).await.expect(403);
    // A signing key has no sign-in.
    let key = server.first_key();
    server.anonymous().with_basic(&key.id, &key.secret).get(SIGN_OUT).await.expect(403);
}

#[tokio::test]
async fn a_browser_signs_out_by_a_page_of_ours_alone() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    for (method, headers) in [
        ("GET", &[("sec-fetch-site", "cross-site")][..]),
        ("GET", &[("sec-fetch-site", "same-site")]),
        ("GET", &[("sec-fetch-site", "none")]),
        ("GET", &[]),
        ("GET", &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")]),
        ("POST", &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]),
        ("POST", &[("origin", "null")]),
    ] {
        let request = browser.request(method, &format!("{SIGN_OUT}?global=true"));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let page = browser.send(request).await.expect(200);
        assert!(page.text().contains("Sign out?"), "{method} {headers:?}");
        assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")));
        browser.get(PING).await.expect(200);
    }
    // Of a form's sender that is no browser nothing has to be said.
    let mut other = Browser::signed_in(&server).await;
    let own = other.request("GET", SIGN_OUT).header("sec-fetch-site", "same-origin");
    other.send(own).await.expect(200);
    assert_eq!(other.cookie, None);
    let mut other = Browser::signed_in(&server).await;
    other.send(other.request("POST", SIGN_OUT)).await.expect(200);
    assert_eq!(other.cookie, None);
    // The person says yes.
    let request = browser.request("GET", &format!("{SIGN_OUT}?redirectUri={LEFT}"));
    let page = browser.send(request.header("sec-fetch-site", "cross-site")).await.expect(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("form-action 'self' https:;"), "{policy}");
    let session = browser.cookie.clone();
    let answer = browser.submit(&page, &[]).await.expect(302);
    assert_eq!(answer.header("location"), Some(LEFT));
    assert_eq!(browser.cookie, None, "the browser keeps it");
    browser.cookie = session;
    browser.get(PING).await.expect(403);
}

#[tokio::test]
async fn a_browser_signs_out_of_itself_or_of_everything() {
    let server = start();
    for (everywhere, status) in [(false, 200), (true, 401)] {
        let (admin, mut browser) = (server.admin().await, Browser::signed_in(&server).await);
        let page = browser.get(SIGN_IN).await.expect(200);
        let fields: &[(&str, &str)] = if everywhere { &[("global", "true")] } else { &[] };
        let answer = browser.submit(&page, fields).await.expect(200);
        assert!(answer.text().contains("You are signed out."), "{}", answer.text());
        let cookie = answer.header("set-cookie").expect("the cookie is taken away");
        assert!(cookie.contains("Max-Age=0") && cookie.contains("Path=/") && cookie.contains("Secure"), "{cookie}");
        admin.get(APIKEYS).await.expect(status);
    }
    let rows = crate::harness::audit(&server.stop(), PREMISE).await;
    assert!(rows.iter().any(|row| row == "session.ended") && rows.iter().any(|row| row == "session.ended_everywhere"));
}

#[tokio::test]
async fn nobody_is_sent_on_to_an_address_that_no_client_registered() {
    let server = start();
    let (admin, mut browser) = (server.admin().await, Browser::signed_in(&server).await);
    for target in [
        "https://evil.example/",
        "//evil.example/",
        "/auth/v3/sign-in",
        "https://shop.example.com/left/",
        "https://shop.example.com@evil.example/left",
        "https://shop.example.com/left%23",
        "javascript:alert(1)",
        "https://SHOP.example.com/left",
    ] {
        let path = format!("{SIGN_OUT}?redirectUri={target}");
        for answer in [admin.get(&path).await, browser.get(&path).await, server.anonymous().get(&path).await] {
            assert_eq!((answer.status, answer.header("location")), (400, None), "{target}");
        }
        let form = [("redirectUri", target)];
        let answer = browser.send(browser.request("POST", SIGN_OUT).form(&form)).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{target}");
    }
    // A refused request ends nothing.
    browser.get(PING).await.expect(200);
    assert!(works(&admin).await);
    let answer = admin.get(&format!("{SIGN_OUT}?redirectUri={LEFT}")).await.expect(302);
    assert_eq!(answer.header("location"), Some(LEFT));
    assert!(!works(&admin).await);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so_in_his_own_way() {
    let server = start();
    let anonymous = server.anonymous();
    anonymous.get(SIGN_OUT).await.expect(401);
    anonymous.send(anonymous.request("POST", SIGN_OUT)).await.expect(401);
    anonymous.with_token("x").get(SIGN_OUT).await.expect(401);
    let person = anonymous.request("GET", SIGN_OUT).header("accept", "text/html,*/*;q=0.8");
    assert!(anonymous.send(person).await.expect(200).text().contains("You are signed out."));
    for query in ["global=maybe", "global=true&global=true", "x=%zz"] {
        server.admin().await.get(&format!("{SIGN_OUT}?{query}")).await.expect(400);
    }
    let admin = server.admin().await;
    let both = admin.request("POST", &format!("{SIGN_OUT}?global=true")).form(&[("global", "true")]);
    admin.send(both).await.expect(400);
    let head = admin.send(admin.request("HEAD", SIGN_OUT)).await.expect(405);
    assert_eq!(head.header("allow"), Some("GET, POST"));
    assert!(works(&admin).await);
}

#[tokio::test]
async fn whoever_signs_out_is_signed_out_also_while_his_tenant_is_suspended() {
    let server = start();
    let operator = server.operator().await;
    let suspend = async |state: &str| {
        let path = format!("/v1/tenants/{PREMISE}");
        operator.patch(&path, &serde_json::json!({ "state": state })).await.expect(200);
    };
    let (leaving, staying) = (server.admin().await, server.admin().await);
    let (mut browser, mut other) = (Browser::signed_in(&server).await, Browser::signed_in(&server).await);
    let key = server.first_key();
    assert!(works(&leaving).await && works(&staying).await);
    suspend("suspended").await;
    leaving.get(APIKEYS).await.expect(401);
    leaving.send(leaving.request("POST", SIGN_OUT)).await.expect(200);
    leaving.send(leaving.request("POST", SIGN_OUT)).await.expect(401);
    let (session, others) = (browser.cookie.clone(), other.cookie.clone());
    browser.send(browser.request("POST", SIGN_OUT)).await.expect(200);
    assert_eq!(browser.cookie, None);
    let asked = other.request("GET", SIGN_OUT).header("sec-fetch-site", "cross-site");
    assert!(other.send(asked).await.expect(200).text().contains("Sign out?"));
    for nobody in [server.anonymous().with_token("x"), server.anonymous().with_basic(&key.id, &key.secret)] {
        nobody.send(nobody.request("POST", SIGN_OUT)).await.expect(401);
    }
    suspend("active").await;
    assert!(!works(&leaving).await && works(&staying).await);
    (browser.cookie, other.cookie) = (session, others);
    browser.get(PING).await.expect(403);
    other.get(PING).await.expect(200);
    suspend("suspended").await;
    staying.get(&format!("{SIGN_OUT}?global=true")).await.expect(200);
    suspend("active").await;
    assert!(!works(&staying).await);
    other.get(PING).await.expect(403);
}

#[tokio::test]
async fn a_change_of_addresses_counts_at_once() {
    let server = start();
    let operator = server.operator().await;
    let leaves = async || server.anonymous().get(&format!("{SIGN_OUT}?redirectUri={LEFT}")).await.status;
    assert_eq!((leaves().await, leaves().await), (302, 302));
    for (change, status) in [
        (serde_json::json!({ "redirectURIs": ["https://shop.example.com/other"] }), 400),
        (serde_json::json!({ "redirectURIs": [LEFT] }), 302),
        (serde_json::json!({ "enabled": false }), 400),
    ] {
        operator.put("/auth/v3/ops/clients/shop", &serde_json::json!({ "data": change })).await.expect(200);
        assert_eq!(leaves().await, status, "{change}");
    }
}
