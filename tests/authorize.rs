//! Codes: asked for by a browser, sent to registered addresses and to no other, exchanged once (RFC 6749 section 4.1;
//! RFC 7636; RFC 9207; RFC 9700).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};

use crate::harness::{
    APIKEYS, AUTHORIZE, Actor, Answer, Browser, PREMISE, SIGN_IN, Server, Setup, TOKEN, location, member_names,
};

/// Clients beside the sample's: one with a secret, one without, one that fetches no codes, one for another tenant.
const CLIENTS: &str = r#"[[clients]]
id = "shop"
name = "The <Shop>"
grant_types = ["authorization_code", "refresh_token"]
redirect_uris = ["https://shop.example.com/cb"]

[[clients]]
id = "desk"
public = true
grant_types = ["authorization_code", "refresh_token"]
redirect_uris = ["http://127.0.0.1/cb", "com.example.desk:/cb", "https://desk.example.com/cb?from=wardgate"]

[[clients]]
id = "robot"
grant_types = ["client_credentials"]
redirect_uris = ["https://robot.example.com/cb"]

# A program in people's hands"#;
/// A parameter and its value.
type Pair<'a> = (&'a str, &'a str);
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SHOP: &str = "https://shop.example.com/cb";

fn start() -> Server {
    Setup::new().edit_tenant("_cluster", "# A program in people's hands", CLIENTS).start()
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    format!("{path}?{}", Serializer::new(String::new()).extend_pairs(parameters).finish())
}

/// A request of the shop's with more parameters.
fn of_shop(more: &[(&str, &str)]) -> String {
    let first = [("client_id", "shop"), ("response_type", "code"), ("redirect_uri", SHOP), ("state", "s t&=")];
    query(AUTHORIZE, &[&first[..], more].concat())
}

fn shop(server: &Server) -> Actor {
    server.anonymous().with_basic("shop", server.secrets().get("clientSecret_shop"))
}

async fn exchange(client: &Actor, code: &str, more: &[(&str, &str)]) -> Answer {
    client.form(TOKEN, &[&[("grant_type", "authorization_code"), ("code", code)][..], more].concat()).await
}

/// A code for the shop, of somebody who is signed in.
async fn code(browser: &mut Browser, more: &[(&str, &str)]) -> String {
    let (address, parameters) = location(&browser.get(&of_shop(more)).await);
    assert_eq!(address, SHOP);
    parameters["code"].clone()
}

#[track_caller]
fn check_refused(answer: &Answer, error: &str, case: &str) {
    assert_eq!((answer.status, answer.field("error").as_str()), (400, error), "{case}: {}", answer.text());
}

async fn works(server: &Server, token: &str) -> bool {
    server.anonymous().with_token(token).get(APIKEYS).await.status == 200
}

#[tokio::test]
async fn a_person_signs_in_and_the_client_gets_tokens() {
    let server = start();
    let mut browser = Browser::new(&server);
    let sent = browser.get(&of_shop(&[])).await;
    let (address, carried) = location(&sent);
    assert_eq!(address, SIGN_IN);
    assert_eq!(carried["redirect_uri"], SHOP);
    let page = browser.get(sent.header("location").expect("a location")).await.expect(200);
    assert!(page.text().contains("The &lt;Shop&gt;"), "{}", page.text());
    let answer = browser.sign_in_on(&page, &server, PREMISE).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    let (address, parameters) = location(&answer);
    assert_eq!(address, SHOP);
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!((parameters["state"].as_str(), &parameters["iss"]), ("s t&=", &format!("http://{}", server.address)));

    let tokens = exchange(&shop(&server), &parameters["code"], &[("redirect_uri", SHOP)]).await.expect(200);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    assert_eq!(member_names(&tokens.text()), ["access_token", "token_type", "refresh_token", "expires_in", "scope"]);
    assert_eq!(tokens.field("scope"), "*");
    assert!(works(&server, &tokens.field("access_token")).await);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &tokens.field("refresh_token"))];
    shop(&server).form(TOKEN, &refresh).await.expect(200);

    // Who is signed in is not asked again.
    let again = code(&mut browser, &[]).await;
    exchange(&shop(&server), &again, &[("redirect_uri", SHOP)]).await.expect(200);
    let rows = crate::harness::audit(&server.stop(), PREMISE).await;
    let expected = [
        "tenant.declared",
        "session.began",
        "code.issued",
        "token.issued",
        "token.refreshed",
        "code.issued",
        "token.issued",
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn a_client_without_a_secret_shows_its_proof() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let challenge = challenge(VERIFIER);
    let proof = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    for (redirect_uri, address) in [
        ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004/cb"),
        ("com.example.desk:/cb", "com.example.desk:/cb"),
        ("https://desk.example.com/cb?from=wardgate", "https://desk.example.com/cb"),
    ] {
        let asked = [("client_id", "desk"), ("response_type", "code"), ("redirect_uri", redirect_uri)];
        let (sent_to, parameters) = location(&browser.get(&query(AUTHORIZE, &[&asked[..], &proof].concat())).await);
        assert_eq!(sent_to, address);
        assert_eq!(parameters.contains_key("from"), redirect_uri.contains("from="));
        let form = [("client_id", "desk"), ("redirect_uri", redirect_uri), ("code_verifier", VERIFIER)];
        let tokens = exchange(&server.anonymous(), &parameters["code"], &form).await.expect(200);
        assert!(works(&server, &tokens.field("access_token")).await);
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_no_address_that_its_client_did_not_register() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let mut cases = Vec::new();
    for redirect_uri in [
        "https://evil.example/cb",
        "https://shop.example.com/cb/",
        "https://shop.example.com/cb/../evil",
        "https://shop.example.com/cb?x=1",
        "https://shop.example.com/cb#x",
        "https://shop.example.com/cb%2f",
        "https://shop.example.com:443/cb",
        "https://SHOP.example.com/cb",
        "HTTPS://shop.example.com/cb",
        "https://shop.example.com./cb",
        "https://shop.example.com@evil.example/cb",
        "https://me@shop.example.com/cb",
        "https://shop.example.com\\@evil.example/cb",
        "https://shop.example.com/cb\r\nSet-Cookie: a=b",
        "https://shop.example.com/cb ",
        "http://shop.example.com/cb",
        "//shop.example.com/cb",
        "/cb",
        "javascript:alert(1)",
        "https://desk.example.com/cb?from=wardgate",
    ] {
        cases.push(query(
            AUTHORIZE,
            &[("client_id", "shop"), ("response_type", "code"), ("redirect_uri", redirect_uri)],
        ));
    }
    for redirect_uri in
        ["http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1.evil.example/cb", "http://localhost/cb"]
    {
        cases.push(query(
            AUTHORIZE,
            &[("client_id", "desk"), ("response_type", "code"), ("redirect_uri", redirect_uri)],
        ));
    }
    // Several are registered, and none is named.
    cases.push(query(AUTHORIZE, &[("client_id", "desk"), ("response_type", "code")]));
    cases.push(query(AUTHORIZE, &[("client_id", "nobody"), ("response_type", "code"), ("redirect_uri", SHOP)]));
    cases.push(query(AUTHORIZE, &[("client_id", "no body"), ("response_type", "code"), ("redirect_uri", SHOP)]));
    cases.push(query(AUTHORIZE, &[("response_type", "code"), ("redirect_uri", SHOP)]));
    // It has none.
    cases.push(query(AUTHORIZE, &[("client_id", "nexus_client"), ("response_type", "code")]));
    cases.push(format!("{}&redirect_uri=https://evil.example/", of_shop(&[])));
    cases.push(format!("{}&client_id=shop", of_shop(&[])));
    cases.push(format!("{}&state=again", of_shop(&[])));
    cases.push(format!("{}&x=%zz", of_shop(&[])));
    cases.push(of_shop(&[("nonce", &"n".repeat(6_200))]));
    cases.push(AUTHORIZE.to_owned());
    for case in cases {
        let both = [case.clone(), case.replace(AUTHORIZE, SIGN_IN)];
        for path in both.iter().filter(|path| *path != SIGN_IN) {
            let answer = browser.get(path).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{path}");
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert!(answer.header("content-security-policy").is_some(), "{path}");
            assert!(!answer.text().contains("evil.example"), "{path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_client_is_told_at_its_own_address_why_there_is_no_code() {
    let server = start();
    let proof = challenge(VERIFIER);
    let long = "n".repeat(513);
    let shop_asks: Vec<(&str, Vec<Pair<'_>>, &str)> = vec![
        ("no response type", vec![], "invalid_request"),
        ("a token", vec![("response_type", "token")], "unsupported_response_type"),
        ("an ID token", vec![("response_type", "code id_token")], "unsupported_response_type"),
        ("the fragment", vec![("response_type", "code"), ("response_mode", "fragment")], "invalid_request"),
        ("a malformed scope", vec![("response_type", "code"), ("scope", "a\"b")], "invalid_scope"),
        ("a plain challenge", vec![("response_type", "code"), ("code_challenge", VERIFIER)], "invalid_request"),
        (
            "a challenge that says that it is plain",
            vec![("response_type", "code"), ("code_challenge", &proof), ("code_challenge_method", "plain")],
            "invalid_request",
        ),
        (
            "a challenge of another length",
            vec![("response_type", "code"), ("code_challenge", &proof[1..]), ("code_challenge_method", "S256")],
            "invalid_request",
        ),
        ("a method alone", vec![("response_type", "code"), ("code_challenge_method", "S256")], "invalid_request"),
        ("a signed request", vec![("response_type", "code"), ("request", "x.y.z")], "request_not_supported"),
        (
            "a request elsewhere",
            vec![("response_type", "code"), ("request_uri", "https://evil.example/")],
            "request_uri_not_supported",
        ),
        ("a long nonce", vec![("response_type", "code"), ("nonce", &long)], "invalid_request"),
        ("an unknown prompt", vec![("response_type", "code"), ("prompt", "maybe")], "invalid_request"),
        ("two prompts at odds", vec![("response_type", "code"), ("prompt", "none login")], "invalid_request"),
        ("an age that is none", vec![("response_type", "code"), ("max_age", "-1")], "invalid_request"),
        ("nobody, who is not to be asked", vec![("response_type", "code"), ("prompt", "none")], "login_required"),
    ];
    let mut cases = Vec::new();
    for (case, more, error) in shop_asks {
        let first = [("client_id", "shop"), ("redirect_uri", SHOP), ("state", "<s>")];
        cases.push((case, query(AUTHORIZE, &[&first[..], &more].concat()), SHOP, error));
    }
    let robot = "https://robot.example.com/cb";
    let of_robot = [("client_id", "robot"), ("response_type", "code"), ("redirect_uri", robot), ("state", "<s>")];
    cases.push(("a client that fetches no codes", query(AUTHORIZE, &of_robot), robot, "unauthorized_client"));
    let desk = "com.example.desk:/cb";
    let of_desk = [("client_id", "desk"), ("response_type", "code"), ("redirect_uri", desk), ("state", "<s>")];
    cases.push(("a public client without a challenge", query(AUTHORIZE, &of_desk), desk, "invalid_request"));
    for (case, path, address, error) in cases {
        let mut browser = Browser::new(&server);
        let (sent_to, parameters) = location(&browser.get(&path).await);
        assert_eq!((sent_to.as_str(), parameters["error"].as_str()), (address, error), "{case}: {parameters:?}");
        let names: Vec<_> = parameters.keys().map(String::as_str).collect();
        assert_eq!(names, ["error", "error_description", "iss", "state"], "{case}");
        assert_eq!(parameters["state"], "<s>", "{case}");
    }
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_what_it_was_bound_to() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let challenge = challenge(VERIFIER);
    let proof = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let (bound, plain) = (code(&mut browser, &proof).await, code(&mut browser, &[]).await);
    let (client, there, shown) = (shop(&server), ("redirect_uri", SHOP), ("code_verifier", VERIFIER));
    let other = "other-other-other-other-other-other-other-other";
    let cases: [(&str, &str, &[Pair<'_>]); 9] = [
        ("no verifier", &bound, &[there]),
        ("another verifier", &bound, &[there, ("code_verifier", other)]),
        ("the challenge itself", &bound, &[there, ("code_verifier", &challenge)]),
        ("a verifier that is too short", &bound, &[there, ("code_verifier", "abc")]),
        ("a verifier whose challenge was taken out", &plain, &[there, shown]),
        ("no address", &bound, &[shown]),
        ("another address", &bound, &[("redirect_uri", "https://shop.example.com/cb/"), shown]),
        ("an unknown code", "x", &[there, shown]),
        ("half a code", &bound[..20], &[there, shown]),
    ];
    for (case, code, more) in cases {
        check_refused(&exchange(&client, code, more).await, "invalid_grant", case);
    }
    check_refused(&exchange(&client, "", &[there]).await, "invalid_request", "no code");
    let desk = [there, shown, ("client_id", "desk")];
    check_refused(&exchange(&server.anonymous(), &bound, &desk).await, "invalid_grant", "another client");
    check_refused(&exchange(&server.client(), &bound, &[there, shown]).await, "unauthorized_client", "no grant");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", bound.as_str())];
    check_refused(&client.form(TOKEN, &refresh).await, "invalid_grant", "a code to refresh with");
    // None of all that spent them.
    let tokens = exchange(&client, &bound, &[there, shown]).await.expect(200);
    exchange(&client, &plain, &[there]).await.expect(200);
    for token in ["access_token", "refresh_token"] {
        check_refused(&exchange(&client, &tokens.field(token), &[there]).await, "invalid_grant", token);
    }
}

#[tokio::test]
async fn a_code_ends_after_a_minute() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let (first, second) = (code(&mut browser, &[]).await, code(&mut browser, &[]).await);
    server.advance_s(59);
    exchange(&shop(&server), &first, &[("redirect_uri", SHOP)]).await.expect(200);
    server.advance_s(1);
    check_refused(&exchange(&shop(&server), &second, &[("redirect_uri", SHOP)]).await, "invalid_grant", "late");
}

#[tokio::test]
async fn a_code_that_comes_back_ends_what_it_was_exchanged_for() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let (client, there) = (shop(&server), [("redirect_uri", SHOP)]);
    let (used, apart) = (code(&mut browser, &[]).await, code(&mut browser, &[]).await);
    let tokens = exchange(&client, &used, &there).await.expect(200);
    let others = exchange(&client, &apart, &there).await.expect(200);
    // Also after its minute.
    server.advance_s(120);
    check_refused(&exchange(&client, &used, &there).await, "invalid_grant", "again");
    assert!(!works(&server, &tokens.field("access_token")).await, "the tokens of the code that came back");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &tokens.field("refresh_token"))];
    check_refused(&client.form(TOKEN, &refresh).await, "invalid_grant", "the refresh token of the code");
    assert!(works(&server, &others.field("access_token")).await, "another code's");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_any_number_of_parallel_exchanges_one_wins() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let code = code(&mut browser, &[]).await;
    let uses = (0..16).map(|_| {
        let (client, code) = (shop(&server), code.clone());
        tokio::spawn(async move { exchange(&client, &code, &[("redirect_uri", SHOP)]).await })
    });
    let mut winners = Vec::new();
    for used in uses.collect::<Vec<_>>() {
        let answer = used.await.expect("no panic");
        match answer.status {
            200 => winners.push(answer),
            _ => check_refused(&answer, "invalid_grant", "a loser"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert!(!works(&server, &winners[0].field("access_token")).await, "the others looked like theft");
}

#[tokio::test]
async fn codes_and_sessions_open_no_door() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let code = code(&mut browser, &[]).await;
    let session = browser.cookie.clone().expect("a session");
    for secret in [&code, &session] {
        server.anonymous().with_token(secret).get(APIKEYS).await.expect(401);
        let answer = server.client().form("/auth/v3/oauth/introspect", &[("token", secret)]).await.expect(200);
        assert_eq!(answer.text(), r#"{"active":false}"#);
        server.client().form("/auth/v3/oauth/revoke", &[("token", secret)]).await.expect(200);
    }
    // Nor did that end them.
    exchange(&shop(&server), &code, &[("redirect_uri", SHOP)]).await.expect(200);
    location(&browser.get(&of_shop(&[])).await).1.get("code").expect("a code");
}

#[tokio::test]
async fn a_scope_is_carried_to_the_tokens() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let code = code(&mut browser, &[("scope", "chat mail")]).await;
    let tokens = exchange(&shop(&server), &code, &[("redirect_uri", SHOP)]).await.expect(200);
    assert_eq!(tokens.field("scope"), "chat mail");
    server.anonymous().with_token(&tokens.field("access_token")).get(APIKEYS).await.expect(403);
}

#[tokio::test]
async fn a_client_says_whether_a_person_is_asked() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    server.advance_s(10);
    for more in [[("prompt", "none")], [("prompt", "consent")], [("max_age", "10")]] {
        code(&mut browser, &more).await;
    }
    for more in [[("prompt", "login")], [("prompt", "select_account")], [("max_age", "9")]] {
        let asked = browser.get(&of_shop(&more)).await;
        assert_eq!(location(&asked).0, SIGN_IN, "{more:?}");
        let page = browser.get(asked.header("location").expect("a location")).await.expect(200);
        // Whoever has signed in just now is not asked again.
        assert_eq!(location(&browser.sign_in_on(&page, &server, PREMISE).await).0, SHOP, "{more:?}");
        server.advance_s(10);
    }
    let (_, refused) = location(&browser.get(&of_shop(&[("prompt", "none"), ("max_age", "1")])).await);
    assert_eq!(refused["error"], "login_required");
}

#[tokio::test]
async fn a_request_may_come_as_a_form_and_never_for_its_head() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let form = [("client_id", "shop"), ("response_type", "code"), ("redirect_uri", SHOP)];
    let answer = browser.send(browser.request("POST", AUTHORIZE).form(&form)).await;
    let code = location(&answer).1["code"].clone();
    exchange(&shop(&server), &code, &[("redirect_uri", SHOP)]).await.expect(200);
    for request in [
        browser.request("POST", &of_shop(&[])).form(&form),
        browser.request("POST", AUTHORIZE).json(&serde_json::json!({ "client_id": "shop" })),
        browser.request("POST", AUTHORIZE).form(&[("client_id", "shop".repeat(2_000))]),
        browser.request("POST", AUTHORIZE),
    ] {
        let answer = browser.send(request).await.expect(400);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
    for method in ["HEAD", "OPTIONS", "PUT", "DELETE"] {
        let answer = browser.send(browser.request(method, &of_shop(&[]))).await.expect(405);
        assert_eq!((answer.header("allow"), answer.header("location")), (Some("GET, POST"), None), "{method}");
    }
}

#[tokio::test]
async fn a_client_that_names_no_address_is_answered_at_its_only_one() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let asked = query(AUTHORIZE, &[("client_id", "shop"), ("response_type", "code")]);
    for more in [&[][..], &[("redirect_uri", SHOP)]] {
        let (address, parameters) = location(&browser.get(&asked).await);
        assert_eq!((address.as_str(), parameters.contains_key("state")), (SHOP, false));
        exchange(&shop(&server), &parameters["code"], more).await.expect(200);
    }
    let (_, parameters) = location(&browser.get(&asked).await);
    let elsewhere = [("redirect_uri", "https://evil.example/")];
    check_refused(&exchange(&shop(&server), &parameters["code"], &elsewhere).await, "invalid_grant", "elsewhere");
}

#[tokio::test]
async fn whoever_is_out_of_service_gets_no_code_and_no_token() {
    let server = start();
    let mut browser = Browser::signed_in(&server).await;
    let code = code(&mut browser, &[]).await;
    let name = "name = \"premise_tenant\"\n";
    let setup = server.stop().edit_tenant("premise_tenant", name, &format!("{name}suspended = true\n"));
    let server = setup.start();
    check_refused(&exchange(&shop(&server), &code, &[("redirect_uri", SHOP)]).await, "invalid_grant", "suspended");
    let cookie = browser.cookie.take();
    let mut browser = Browser::new(&server);
    browser.cookie = cookie;
    assert_eq!(location(&browser.get(&of_shop(&[])).await).0, SIGN_IN);
}
