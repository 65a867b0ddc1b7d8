//! The sign-in page and the session that it begins: closed to other people's pages, to frames and to scripts, and of no
//! use to whoever did not sign in (security rules 17 and 76 to 81).

use crate::harness::{Answer, Browser, COOKIE, PAGE_HEADERS, PREMISE, SECOND, SIGN_IN, SUSPENDED, Server};

const PING: &str = "/auth/v3/ping";
const SCHEME: &str = "/auth/v3/auth-scheme";
const STYLE: &str = "/auth/v3/sign-in.css";

/// The form as a page of ours sends it.
async fn submit(server: &Server, browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let page = Browser::new(server).get(SIGN_IN).await.expect(200);
    browser.submit(&page, fields).await
}

/// Fields that sign the first tenant's user in.
fn fields(server: &Server) -> [(&'static str, String); 3] {
    let (username, password) = server.login_of(PREMISE);
    let user = username.split('\\').nth(1).expect("a prefix").to_owned();
    [("tenant", PREMISE.to_owned()), ("username", user), ("password", password)]
}

#[tokio::test]
async fn the_page_lets_nothing_in() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let page = browser.get(SIGN_IN).await.expect(200);
    let own = [(
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
    )];
    for (name, value) in PAGE_HEADERS.into_iter().chain(own) {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    assert_eq!(page.header("set-cookie"), None, "nobody has signed in yet");
    let html = page.text();
    for active in ["<script", "<style", " style=", "javascript:", " on", "http://", "https://"] {
        let found =
            html.split('<').any(|tag| tag.split('>').next().is_some_and(|tag| format!("<{tag}").contains(active)));
        assert!(!found, "{active:?} in {html}");
    }
    for field in ["tenant", "username", "password"] {
        assert!(html.contains(&format!("<label for=\"{field}\">")), "{field} has no label");
        assert!(html.contains(&format!("id=\"{field}\" name=\"{field}\"")), "{field} is no field");
    }
    for word in ["autocomplete=\"username\"", "autocomplete=\"current-password\"", "lang=\"en\"", "name=\"viewport\""] {
        assert!(html.contains(word), "no {word}");
    }
    assert!(html.contains(&format!("href=\"{STYLE}\"")));
    let style = browser.get(STYLE).await.expect(200);
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(style.text().contains("prefers-color-scheme: dark"));
}

#[tokio::test]
async fn a_session_s_cookie_stays_with_the_browser_and_is_new_each_time() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    // Somebody else chose this one.
    let planted = "p".repeat(43);
    browser.cookie = Some(planted.clone());
    let fields = fields(&server);
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = submit(&server, &mut browser, &fields).await.expect(302);
    assert_eq!(answer.header("location"), Some(SIGN_IN));
    let first = browser.cookie.clone().expect("a session");
    assert_ne!(first, planted);
    assert!(first.len() >= 43, "{first}");
    let expected = format!("{COOKIE}={first}; Path=/; Secure; HttpOnly; SameSite=Lax");
    assert_eq!(answer.header("set-cookie"), Some(expected.as_str()));
    let page = browser.get(SIGN_IN).await.expect(200).text();
    assert!(page.contains("You are signed in as <b>nexus</b>"), "{page}");

    submit(&server, &mut browser, &fields).await.expect(302);
    let second = browser.cookie.clone().expect("a session");
    assert_ne!(first, second);
    for (cookie, status) in [(&first, 403), (&planted, 403), (&second, 200)] {
        browser.cookie = Some(cookie.clone());
        browser.get(PING).await.expect(status);
    }
    // Two of a name: which one is the browser's own cannot be told.
    let both = browser.request("GET", PING).header("cookie", format!("{COOKIE}={second}"));
    browser.send(both).await.expect(403);
}

#[tokio::test]
async fn a_form_of_another_s_page_signs_nobody_in() {
    let server = Server::start();
    let own = format!("http://{}", server.address);
    let fields = fields(&server);
    let send = async |headers: &[(&str, &str)]| {
        let mut browser = Browser::new(&server);
        let request = browser.request("POST", SIGN_IN).form(&fields);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        browser.send(request).await
    };
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1")],
        &[("origin", &format!("{own}.evil.example"))],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("origin", &own), ("origin", "https://evil.example")],
    ] {
        let answer = send(headers).await.expect(403);
        assert_eq!((answer.header("set-cookie"), answer.header("location")), (None, None), "{headers:?}");
    }
    for headers in [&[][..], &[("origin", own.as_str())], &[("sec-fetch-site", "same-origin"), ("origin", &own)]] {
        assert!(send(headers).await.expect(302).header("set-cookie").is_some(), "{headers:?}");
    }
}

#[tokio::test]
async fn nobody_learns_from_the_page_which_part_was_wrong() {
    let server = Server::start();
    let (_, password) = server.login_of(PREMISE);
    let (_, suspended) = server.login_of(SUSPENDED);
    let cases = [
        ("a wrong password", PREMISE, "nexus", "mistyped"),
        ("an unknown user", PREMISE, "nobody", &password),
        ("another tenant", SECOND, "nexus", &password),
        ("an unknown tenant", "nowhere", "nexus", &password),
        ("no tenant", "", "nexus", &password),
        ("a suspended tenant", SUSPENDED, "nexus", &suspended),
        ("a tenant that cannot be one", "a b\\", "nexus", &password),
    ];
    let mut seen: Vec<String> = Vec::new();
    for (case, tenant, user, password) in cases {
        let mut browser = Browser::new(&server);
        let answer =
            submit(&server, &mut browser, &[("tenant", tenant), ("username", user), ("password", password)]).await;
        let answer = answer.expect(403);
        assert_eq!(answer.header("set-cookie"), None, "{case}");
        let html = answer.text();
        assert!(html.contains("role=\"alert\""), "{case}: {html}");
        assert!(html.contains("<title>Error: Sign in</title>"), "{case}");
        assert!(!html.contains(password), "{case} repeats the password");
        // What was typed is there again, and nothing else differs.
        let given = format!(" value=\"{tenant}\"");
        seen.push(html.replace(&given, "").replace(&format!(" value=\"{user}\""), ""));
    }
    assert!(seen.iter().all(|html| *html == seen[0]), "{seen:#?}");
    for missing in [&[("tenant", PREMISE), ("username", "nexus")][..], &[("password", "x")], &[]] {
        let mut browser = Browser::new(&server);
        let answer = submit(&server, &mut browser, missing).await.expect(400);
        assert!(answer.text().contains("Enter your user name"), "{missing:?}");
    }
    let metrics = server.anonymous().get("/metrics").await.expect(200).text();
    assert!(metrics.contains(&format!("wardgate_login_failures_total {}\n", cases.len())), "{metrics}");
}

#[tokio::test]
async fn what_cannot_be_read_is_no_form() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let requests = [
        browser.request("POST", SIGN_IN).json(&serde_json::json!({ "username": "x" })),
        browser.request("POST", SIGN_IN).form(&[("username", "a"), ("username", "b"), ("password", "c")]),
        browser.request("POST", SIGN_IN).form(&[("username", "a".repeat(9_000))]),
        browser.request("POST", SIGN_IN),
    ];
    for request in requests {
        let answer = browser.send(request).await.expect(400);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn nothing_that_is_repeated_on_a_page_becomes_markup() {
    let server = Server::start();
    let attack = "\"><script>alert('x')</script><img src=x onerror=alert(1)>";
    let encoded: String = form_urlencoded::byte_serialize(attack.as_bytes()).collect();
    let mut browser = Browser::new(&server);
    let mut pages = Vec::new();
    for name in ["tenant", "hideTenant", "state", "client_id", "redirect_uri", "scope", "nonce", "x", "prompt"] {
        for path in [SIGN_IN, crate::harness::AUTHORIZE] {
            pages.push(browser.get(&format!("{path}?{name}={encoded}")).await);
        }
        pages.push(browser.get(&format!("{SIGN_IN}?{name}={encoded}&{name}=2")).await);
    }
    pages.push(browser.get(&format!("{SIGN_IN}?{encoded}=1&{encoded}=2")).await);
    for name in ["tenant", "username", "password"] {
        let filled = [("tenant", "t"), ("username", "u"), ("password", "p")];
        let filled = filled.map(|(field, value)| (field, if field == name { attack } else { value }));
        pages.push(submit(&server, &mut browser, &filled).await);
    }
    for page in pages {
        let html = page.text();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("alert('x')"), "{html}");
    }
}

#[tokio::test]
async fn a_tenant_is_named_in_the_address_or_before_the_name_and_may_be_hidden() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let mut browser = Browser::new(&server);
    let page = browser.get(&format!("{SIGN_IN}?tenant={PREMISE}")).await.expect(200);
    assert!(page.text().contains(&format!("value=\"{PREMISE}\"")), "{}", page.text());
    let page = browser.get(&format!("{SIGN_IN}?hideTenant=true&tenant={PREMISE}")).await.expect(200);
    assert!(!page.text().contains("<label for=\"tenant\">"), "{}", page.text());
    browser.submit(&page, &[("username", "nexus"), ("password", &password)]).await.expect(302);
    let page = browser.get(&format!("{SIGN_IN}?hideTenant=true")).await.expect(200);
    // Somebody is signed in, so the form comes from another browser.
    assert!(page.text().contains("You are signed in"));
    let mut other = Browser::new(&server);
    let page = other.get(&format!("{SIGN_IN}?hideTenant=true")).await.expect(200);
    other.submit(&page, &[("username", &username), ("password", &password)]).await.expect(302);
    let secrets = server.secrets();
    let mut operator = Browser::new(&server);
    let (name, password) = (secrets.get("gwsAdminName"), secrets.get("gwsAdminPass"));
    submit(&server, &mut operator, &[("tenant", ""), ("username", name), ("password", password)]).await.expect(302);
    operator.get(PING).await.expect(200);
}

#[tokio::test]
async fn a_session_ends_unused_after_an_hour_and_in_any_case_after_twelve() {
    let server = Server::start();
    let mut idle = Browser::signed_in(&server).await;
    server.advance_s(3_599);
    idle.get(PING).await.expect(200);
    // To ask is not to use.
    server.advance_s(1);
    idle.get(PING).await.expect(403);

    let setup = server.stop().edit_tenant(
        "_cluster",
        "# A program in people's hands",
        "[[clients]]\nid = \"shop\"\ngrant_types = [\"authorization_code\"]\n\
         redirect_uris = [\"https://shop.example.com/cb\"]\n\n# A program in people's hands",
    );
    let server = setup.start();
    let mut used = Browser::signed_in(&server).await;
    let asked = format!("{}?client_id=shop&response_type=code&prompt=none", crate::harness::AUTHORIZE);
    for _ in 0..24 {
        server.advance_s(1_799);
        let (_, parameters) = crate::harness::location(&used.get(&asked).await);
        assert!(parameters.contains_key("code"), "{parameters:?}");
    }
    // 43,176 seconds of 43,200 are over.
    server.advance_s(24);
    used.get(PING).await.expect(403);
}

#[tokio::test]
async fn ping_tells_whether_somebody_is_signed_in() {
    let server = Server::start();
    server.admin().await.get(PING).await.expect(200);
    let key = server.first_key();
    server.anonymous().with_basic(&key.id, &key.secret).get(PING).await.expect(200);
    let mut browser = Browser::signed_in(&server).await;
    let answer = browser.get(PING).await.expect(200);
    assert_eq!(answer.json()["status"]["code"], 0);
    let nobody = server.anonymous().get(PING).await.expect(403);
    assert_eq!(nobody.json()["status"]["code"], 403);
    server.anonymous().with_token("x").get(PING).await.expect(403);
    // A bad token is not made good by the browser that it comes from.
    browser.send(browser.request("GET", PING).header("authorization", "Bearer x")).await.expect(403);
}

#[tokio::test]
async fn everybody_signs_in_with_a_password() {
    let server = Server::start();
    let known = serde_json::json!({ "data": { "userName": "nexus", "tenant": PREMISE } });
    let unknown = serde_json::json!({ "data": { "userName": "<nobody>" } });
    for body in [known, unknown] {
        let answer = server.anonymous().post(SCHEME, &body).await.expect(200);
        assert_eq!(answer.text(), r#"{"status":{"code":0},"data":{"scheme":"basic"}}"#);
    }
    for body in
        ["", "{}", "[]", r#"{"data":{}}"#, r#"{"data":{"userName":1}}"#, r#"{"data":{"userName":"a","userName":"b"}}"#]
    {
        let request = server.anonymous().request("POST", SCHEME).body(body);
        let answer = server.anonymous().send(request).await.expect(400);
        assert_eq!(answer.json()["status"]["code"], 400, "{body}");
    }
}
