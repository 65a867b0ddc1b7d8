//! The session of the portal: it opens the public API to the portal's own page and to nothing else, changes need a password
//! of the last minutes, and it ends (security rules 76 to 80).

use serde_json::json;

use crate::harness::{Browser, CHAT, PAGE_HEADERS, PORTAL_COOKIE, PORTAL_SESSION, PREMISE, Portal, SECOND, Server};

const KEYS: &str = "/v1/keys";
const REPORTS: &str = "/portal/csp-reports";

#[tokio::test]
async fn the_portal_s_page_runs_its_own_scripts_and_nothing_else() {
    let server = Server::start();
    let page = server.anonymous().get("/portal").await.expect(200);
    let own = [
        ("reporting-endpoints", "csp=\"/portal/csp-reports\""),
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             object-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'; report-uri /portal/csp-reports; report-to csp",
        ),
    ];
    for (name, value) in PAGE_HEADERS.into_iter().chain(own) {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let html = page.text();
    let named: Vec<_> = html.split("=\"/portal/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(named.iter().any(|path| path.ends_with("/main.js")), "{html}");
    for path in named {
        let file = server.anonymous().get(&format!("/portal/assets/{path}")).await.expect(200);
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        let (version, name) = path.split_once('/').expect("a version");
        assert_eq!(version.len(), 16, "{path}");
        // Whoever has an old page is told so, and is given no other build's file.
        server.anonymous().get(&format!("/portal/assets/0/{name}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_session_of_the_portal_is_worth_something_to_its_own_page_alone() {
    let server = Server::start();
    let mut portal = Portal::signed_in(&server, PREMISE).await;
    portal.get(KEYS).await.expect(200);
    let (own, mark, same) = (format!("http://{}", server.address), "x-wardgate-portal", "sec-fetch-site");
    let json = ("content-type", "application/json");
    let key = json!({ "name": "k", "permissions": [CHAT] }).to_string();
    for (headers, read, write) in [
        (&[][..], 401, 401),
        (&[json], 401, 401),
        (&[json, (same, "same-origin")], 401, 401),
        (&[json, (mark, "2"), (same, "same-origin")], 401, 401),
        (&[json, (mark, "1"), (mark, "1"), (same, "same-origin")], 401, 401),
        (&[json, (mark, "1")], 403, 403),
        (&[json, (mark, "1"), (same, "cross-site")], 403, 403),
        (&[json, (mark, "1"), (same, "same-site")], 403, 403),
        (&[json, (mark, "1"), (same, "none")], 403, 403),
        (&[json, (mark, "1"), ("origin", "https://evil.example")], 403, 403),
        (&[json, (mark, "1"), (same, "same-origin"), ("origin", "https://evil.example")], 403, 403),
        (&[json, (mark, "1"), ("origin", "null")], 403, 403),
        (&[(mark, "1"), (same, "same-origin")], 200, 415),
        (&[("content-type", "text/plain"), (mark, "1"), (same, "same-origin")], 200, 415),
        (&[("content-type", "application/x-www-form-urlencoded"), (mark, "1"), (same, "same-origin")], 200, 415),
        (&[json, (mark, "1"), (same, "same-origin")], 200, 201),
        (&[json, (mark, "1"), ("origin", own.as_str())], 200, 201),
    ] {
        for (method, status) in [("GET", read), ("POST", write)] {
            let request = portal.bare(method, KEYS);
            let request = if method == "POST" { request.body(key.clone()) } else { request };
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let answer = portal.send(request).await;
            assert_eq!(answer.status, status, "{method} {headers:?}: {}", answer.text());
        }
    }
    // A credential of the call's own is what counts, also a bad one.
    let bad = portal.request("GET", KEYS).header("authorization", "Bearer nothing");
    portal.send(bad).await.expect(401);
    Portal::of_operator(&server).await.get(&format!("{KEYS}?tenant={SECOND}")).await.expect(200);
    // And of another tenant's things he learns nothing.
    portal.get(&format!("{KEYS}?tenant={SECOND}")).await.expect(404);
}

#[tokio::test]
async fn a_cookie_of_the_portal_is_no_other_credential_and_no_other_is_one_of_the_portal() {
    let server = Server::start();
    let mut portal = Portal::new(&server);
    let planted = "p".repeat(43);
    portal.cookie = Some(planted.clone());
    let (username, password) = server.login_of(PREMISE);
    let user = username.split('\\').nth(1).expect("a prefix").to_owned();
    let answer = portal.sign_in(PREMISE, &user, &password).await.expect(201);
    let first = portal.cookie.clone().expect("a session");
    let expected = format!("{PORTAL_COOKIE}={first}; Path=/; Secure; HttpOnly; SameSite=Strict");
    assert_eq!(answer.header("set-cookie"), Some(expected.as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(first.len() >= 43 && first != planted, "{first}");
    let who = portal.get(PORTAL_SESSION).await.expect(200).json();
    assert_eq!((&who["tenant"], &who["user"], &who["role"]), (&json!(PREMISE), &json!("nexus"), &json!("admin")));
    assert!(who["rights"].as_array().is_some_and(|rights| rights.contains(&json!("Nexus.ApiKeys.canCreate"))));
    // It is no token.
    server.anonymous().with_token(&first).get(KEYS).await.expect(401);
    let mut browser = Browser::signed_in(&server).await;
    let session = browser.cookie.replace(first.clone()).expect("a session");
    browser.get("/auth/v3/ping").await.expect(403);
    // A sign-in page's session is none of the portal's.
    portal.cookie = Some(session);
    portal.get(KEYS).await.expect(401);
    // Whoever signs in again has a new one, and the old one is over.
    portal.cookie = Some(first.clone());
    portal.sign_in(PREMISE, &user, &password).await.expect(201);
    assert_ne!(portal.cookie.as_ref(), Some(&first));
    portal.get(KEYS).await.expect(200);
    portal.cookie = Some(first);
    portal.get(KEYS).await.expect(401);
}

#[tokio::test]
async fn what_is_changed_at_the_portal_needs_a_password_of_the_last_minutes() {
    let server = Server::start();
    let mut portal = Portal::signed_in(&server, PREMISE).await;
    let (_, password) = server.login_of(PREMISE);
    let key = json!({ "name": "k", "permissions": [CHAT] });
    portal.post(KEYS, &key).await.expect(201);
    server.advance_s(299);
    portal.post(KEYS, &key).await.expect(201);
    server.advance_s(1);
    let refused = portal.post(KEYS, &key).await.expect(403);
    assert_eq!(refused.field("code"), "confirmation_needed");
    portal.get(KEYS).await.expect(200);
    // Tries change nothing.
    portal.post("/v1/explain", &json!({ "headers": {}, "permission": CHAT })).await.expect(200);
    for path in ["/v1/tenants/*/policies/p", "/v1/users", "/nexus/v3/apikeys"] {
        let refused = portal.post(path, &json!({})).await;
        assert!([403, 405].contains(&refused.status), "{path}: {}", refused.text());
    }
    portal.confirm("a guess").await.expect(401);
    portal.post(KEYS, &key).await.expect(403);
    let before = portal.cookie.clone();
    let who = portal.confirm(&password).await.expect(200);
    assert!(who.header("set-cookie").is_some(), "a session that may more has a new secret");
    portal.post(KEYS, &key).await.expect(201);
    portal.cookie = before;
    portal.get(KEYS).await.expect(401);
}

#[tokio::test]
async fn a_session_of_the_portal_ends_by_time_by_hand_and_with_its_user() {
    let server = Server::start();
    let mut portal = Portal::signed_in(&server, PREMISE).await;
    server.advance_s(1_799);
    portal.get(KEYS).await.expect(200);
    server.advance_s(1_799);
    portal.get(KEYS).await.expect(200);
    server.advance_s(1_800);
    portal.get(KEYS).await.expect(401);

    // A page that asks by itself keeps it no longer open than whoever is there.
    let mut portal = Portal::signed_in(&server, PREMISE).await;
    for seconds in [900, 899] {
        server.advance_s(seconds);
        let request = portal.request("GET", KEYS).header("x-wardgate-unattended", "1");
        portal.send(request).await.expect(200);
    }
    server.advance_s(1);
    portal.get(KEYS).await.expect(401);

    let mut portal = Portal::signed_in(&server, PREMISE).await;
    for _ in 0..24 {
        portal.get(PORTAL_SESSION).await.expect(200);
        server.advance_s(1_799);
    }
    portal.get(KEYS).await.expect(200);
    server.advance_s(24);
    portal.get(KEYS).await.expect(401);

    let mut portal = Portal::signed_in(&server, PREMISE).await;
    let kept = portal.cookie.clone();
    let foreign = portal.bare("DELETE", PORTAL_SESSION).header("content-type", "application/json");
    portal.send(foreign).await.expect(403);
    portal.get(KEYS).await.expect(200);
    portal.delete(PORTAL_SESSION).await.expect(204);
    assert_eq!(portal.cookie, None);
    portal.cookie = kept;
    portal.get(KEYS).await.expect(401);
    portal.delete(PORTAL_SESSION).await.expect(204);

    let mut portal = Portal::signed_in(&server, SECOND).await;
    let operator = server.operator().await;
    operator.patch(&format!("/v1/tenants/{SECOND}"), &json!({ "state": "suspended" })).await.expect(200);
    portal.get(KEYS).await.expect(401);
    operator.patch(&format!("/v1/tenants/{SECOND}"), &json!({ "state": "active" })).await.expect(200);
    portal.get(KEYS).await.expect(200);
    let (username, password) = server.login_of(SECOND);
    let change =
        json!({ "data": { "userName": username, "oldPassword": password, "newPassword": "another one, long" } });
    server.anonymous().post("/auth/v3/change-password", &change).await.expect(200);
    portal.get(KEYS).await.expect(401);
}

#[tokio::test]
async fn guessing_at_the_portal_ends_early_and_tells_nothing() {
    let server = Server::start();
    let mut portal = Portal::new(&server);
    let nobody = portal.sign_in(PREMISE, "nobody", "a guess").await.expect(401).json();
    let nowhere = portal.sign_in("nowhere", "nexus", "a guess").await.expect(401).json();
    for _ in 0..10 {
        let wrong = portal.sign_in(PREMISE, "nexus", "a guess").await.expect(401).json();
        assert_eq!((&wrong["detail"], &wrong["title"]), (&nobody["detail"], &nobody["title"]));
        assert_eq!(wrong["detail"], nowhere["detail"]);
    }
    let full = portal.sign_in(PREMISE, "nexus", "a guess").await.expect(429);
    assert!(full.header("retry-after").is_some());
    assert_eq!(portal.cookie, None);
    portal.post(PORTAL_SESSION, &json!({ "link": "a guess" })).await.expect(401);
    for given in [json!({}), json!({ "user": "nexus" }), json!({ "tenant": PREMISE, "link": "x" })] {
        portal.post(PORTAL_SESSION, &given).await.expect(400);
    }
    // A page of another origin spends nobody's tries.
    let given = json!({ "tenant": SECOND, "user": "nexus", "password": "a guess" });
    for _ in 0..12 {
        let request = portal.bare("POST", PORTAL_SESSION).json(&given).header("origin", "https://evil.example");
        portal.send(request).await.expect(403);
    }
    let (_, password) = server.login_of(SECOND);
    portal.sign_in(SECOND, "nexus", &password).await.expect(201);
}

#[tokio::test]
async fn what_a_browser_reports_is_counted_and_bounded() {
    let server = Server::start();
    let counted = async || {
        let text = server.anonymous().get("/metrics").await.expect(200).text();
        let line = text.lines().find_map(|line| line.strip_prefix("wardgate_csp_reports_total ").map(str::to_owned));
        line.expect("the metric")
    };
    assert_eq!(counted().await, "0");
    let report = json!({ "csp-report": { "document-uri": "x\u{1b}[31m", "blocked-uri": "inline" } });
    let browser = server.anonymous();
    let send = async |body: String| {
        let request = browser.request("POST", REPORTS).header("content-type", "application/csp-report").body(body);
        browser.send(request).await
    };
    send(report.to_string()).await.expect(204);
    send(json!([report]).to_string()).await.expect(204);
    send("no report".to_owned()).await.expect(400);
    send("1".to_owned()).await.expect(400);
    send(json!(["x".repeat(17_000)]).to_string()).await.expect(413);
    assert_eq!(counted().await, "2");
}
