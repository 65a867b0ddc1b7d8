//! Guessing ends early, and no stranger holds the owner out (security rules 67 and 68).

use serde_json::json;
use wardgate::config::Config;

use crate::harness::{Actor, Answer, PREMISE, SECOND, SUSPENDED, Server, Setup, TOKEN, member_names};

const CHANGE: &str = "/auth/v3/change-password";
/// Wrong passwords for one account from one network until it has to wait.
const TRIES: usize = 10;

/// A server that believes the proxy on this machine who is asking.
fn behind_a_proxy() -> Server {
    let trusting = |config: &mut Config| {
        config.doors.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a range")];
    };
    Setup::new().configure(trusting).start()
}

/// A sign-in from an address.
async fn sign_in(server: &Server, username: &str, password: &str, from: &str) -> Answer {
    let form = [("grant_type", "password"), ("username", username), ("password", password)];
    let client = server.client();
    client.send(client.request("POST", TOKEN).header("x-forwarded-for", from).form(&form)).await
}

async fn fail(server: &Server, username: &str, from: &str, times: usize) {
    for _ in 0..times {
        sign_in(server, username, "wrong", from).await.expect(400);
    }
}

#[track_caller]
fn check_turned_away(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let wait: u64 = answer.header("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=3_600).contains(&wait), "{wait}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(member_names(&answer.text()), ["error", "error_description"]);
}

/// An answer without what differs by nature from one request to the next.
fn comparable(answer: &Answer) -> (u16, String, Option<String>) {
    (answer.status, answer.text(), answer.header("retry-after").map(str::to_owned))
}

#[tokio::test]
async fn guessing_at_an_account_ends_early_also_on_this_machine() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    for _ in 0..TRIES {
        server.sign_in(&username, "wrong").await.expect(400);
    }
    check_turned_away(&server.sign_in(&username, "wrong").await);
    check_turned_away(&server.sign_in(&username, &password).await);
    // Another account, of the same name at another tenant, is not held up.
    let (other, others) = server.login_of(SECOND);
    server.sign_in(&other, &others).await.expect(200);
    // It passes by itself, a try at a time.
    server.advance_s(60);
    server.sign_in(&username, "wrong").await.expect(400);
    check_turned_away(&server.sign_in(&username, &password).await);
    server.advance_s(60);
    server.sign_in(&username, &password).await.expect(200);
}

#[tokio::test]
async fn one_account_has_one_count_however_it_is_spelt_and_wherever_it_is_sent() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let spellings = [
        format!("{PREMISE}\\nexus"),
        format!("{PREMISE}\\\\nexus"),
        format!("{PREMISE}\\NEXUS"),
        format!("{PREMISE}\\ｎｅｘｕｓ"),
        format!("{PREMISE}\\n exus"),
    ];
    for username in &spellings {
        server.sign_in(username, "wrong").await.expect(400);
        let change = json!({ "data": { "userName": username, "oldPassword": "wrong", "newPassword": "long enough" } });
        server.anonymous().post(CHANGE, &change).await.expect(403);
    }
    check_turned_away(&server.sign_in(&username, &password).await);
    let change = json!({ "data": { "userName": username, "oldPassword": password, "newPassword": "long enough" } });
    let refused = server.anonymous().post(CHANGE, &change).await.expect(429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.json()["status"]["code"], 429);
}

#[tokio::test]
async fn operators_names_and_passwords_are_counted_with_the_others() {
    let server = Server::start();
    let clients = "/auth/v3/ops/clients";
    let (name, password) =
        (server.secrets().get("gwsAdminName").to_owned(), server.secrets().get("gwsAdminPass").to_owned());
    let right = server.anonymous().with_basic(&name, &password);
    right.get(clients).await.expect(200);
    for _ in 0..TRIES {
        let refused = server.anonymous().with_basic(&name, "wrong").get(clients).await.expect(401);
        assert_eq!(refused.field("error"), "Unauthorized");
    }
    let refused = right.get(clients).await.expect(429);
    assert!(refused.header("retry-after").is_some());
    check_turned_away(&server.sign_in(&name, &password).await);
    let metrics = server.anonymous().get("/metrics").await.expect(200).text();
    assert!(metrics.contains("wardgate_login_failures_total 12"), "{metrics}");
}

#[tokio::test]
async fn another_spelling_is_the_same_user_and_no_other() {
    let server = Server::start();
    let (_, password) = server.login_of(PREMISE);
    let answer = server.sign_in(&format!("{PREMISE}\\Nexus"), &password).await.expect(200);
    let told = server.anonymous().with_token(&answer.field("access_token")).get("/auth/v3/userinfo").await.expect(200);
    assert_eq!(told.field("username"), "nexus");
    for name in ["nexus\u{200b}", "nex\u{ad}us", " nexus", "nexus\t", "nexus\0"] {
        server.sign_in(&format!("{PREMISE}\\{name}"), &password).await.expect(400);
    }
}

#[tokio::test]
async fn nobody_learns_from_waiting_whether_there_is_such_a_user() {
    let server = behind_a_proxy();
    let (known, password) = server.login_of(PREMISE);
    let (suspended, _) = server.login_of(SUSPENDED);
    let names =
        [known, format!("{PREMISE}\\nobody"), "no-such-tenant\\nexus".to_owned(), suspended, "nobody".to_owned()];
    let mut seen = Vec::new();
    for username in &names {
        fail(&server, username, "192.0.2.1", TRIES).await;
        let turned_away = sign_in(&server, username, &password, "192.0.2.1").await;
        check_turned_away(&turned_away);
        seen.push(comparable(&turned_away));
    }
    for (username, answer) in names.iter().zip(&seen) {
        assert_eq!(answer, &seen[0], "{username} looks different");
    }
}

#[tokio::test]
async fn a_stranger_holds_up_his_own_network_and_not_the_owner() {
    let server = behind_a_proxy();
    let (username, password) = server.login_of(PREMISE);
    let (home, office) = ("198.51.100.1", "2001:db8:1:2::1");
    for from in [home, office] {
        sign_in(&server, &username, &password, from).await.expect(200);
    }
    for network in 0..TRIES {
        fail(&server, &username, &format!("203.0.113.{network}"), TRIES).await;
    }
    // A hundred failures: from now on networks wait that he was never at.
    check_turned_away(&sign_in(&server, &username, &password, "203.0.113.99").await);
    for from in [home, office, "2001:db8:1:2:ffff::"] {
        sign_in(&server, &username, &password, from).await.expect(200);
    }
    // Whoever is at his network gets no more tries than anybody else.
    fail(&server, &username, home, TRIES).await;
    check_turned_away(&sign_in(&server, &username, &password, home).await);
    sign_in(&server, &username, &password, office).await.expect(200);
}

#[tokio::test]
async fn a_network_that_tries_many_accounts_waits() {
    let server = behind_a_proxy();
    let (username, password) = server.login_of(PREMISE);
    for user in 0..100 {
        sign_in(&server, &format!("{PREMISE}\\user{user}"), "wrong", "192.0.2.1").await.expect(400);
    }
    check_turned_away(&sign_in(&server, &username, &password, "192.0.2.1").await);
    sign_in(&server, &username, &password, "192.0.2.2").await.expect(200);
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_are_tried_than_one_after_another() {
    let server = Server::start();
    let (username, password) = server.login_of(PREMISE);
    let guesses: Vec<_> = (0..40)
        .map(|_| {
            let (client, username): (Actor, String) = (server.client(), username.clone());
            tokio::spawn(async move {
                let form = [("grant_type", "password"), ("username", username.as_str()), ("password", "wrong")];
                client.form(TOKEN, &form).await.status
            })
        })
        .collect();
    let mut tried = 0;
    for guess in guesses {
        let status = guess.await.expect("an answer");
        assert!([400, 429, 503].contains(&status), "{status}");
        tried += usize::from(status == 400);
    }
    // Two passwords are hashed at a time, so the second of them may be one too many.
    assert!((TRIES..=TRIES + 1).contains(&tried), "{tried} were tried");
    check_turned_away(&server.sign_in(&username, &password).await);
}

#[tokio::test]
async fn a_sign_in_from_an_unreadable_address_is_not_one_from_nowhere() {
    let server = behind_a_proxy();
    let (username, password) = server.login_of(PREMISE);
    let refused = sign_in(&server, &username, &password, "junk").await.expect(400);
    assert_eq!(refused.field("error"), "invalid_request");
}

#[tokio::test]
async fn a_page_of_another_origin_counts_nothing_against_its_visitors() {
    let server = Server::start();
    let (name, password) = server.login_of(PREMISE);
    let change = |old: &str| json!({ "data": { "userName": name, "oldPassword": old, "newPassword": "another battery staple" } });
    let anonymous = server.anonymous();
    for _ in 0..20 {
        for (header, value) in
            [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
        {
            let request = anonymous.request("POST", CHANGE).json(&change("wrong")).header(header, value);
            anonymous.send(request).await.expect(403);
        }
        // As a form of such a page can send it, by a browser that says nothing.
        for media_type in [Some("text/plain"), Some("application/x-www-form-urlencoded"), None] {
            let request = anonymous.request("POST", CHANGE).body(change("wrong").to_string());
            let request = media_type.into_iter().fold(request, |request, kind| request.header("content-type", kind));
            anonymous.send(request).await.expect(415);
        }
    }
    let request = anonymous.request("POST", CHANGE).body(change(&password).to_string());
    let own = request.header("origin", anonymous.base()).header("content-type", "application/json; charset=utf-8");
    anonymous.send(own).await.expect(200);
}

#[tokio::test]
async fn guessing_at_a_client_s_secret_ends_early_and_holds_up_no_other_network() {
    let server = behind_a_proxy();
    let (guesser, home) = ("198.51.100.9", "198.51.100.10");
    let ask = async |client: &Actor, path: &str, from: &str| {
        let form = [("grant_type", "client_credentials"), ("token", "x")];
        client.send(client.request("POST", path).header("x-forwarded-for", from).form(&form)).await
    };
    let wrong = server.anonymous().with_basic("nexus_client", "not-the-secret-at-all");
    let doors = [TOKEN, "/auth/v3/oauth/introspect", "/auth/v3/oauth/revoke"];
    for at in 0..100 {
        ask(&wrong, doors[at % 3], guesser).await.expect(401);
    }
    for path in doors {
        check_turned_away(&ask(&wrong, path, guesser).await);
        check_turned_away(&ask(&server.client(), path, guesser).await);
        ask(&server.client(), path, home).await.expect(200);
    }
    // Behind a proxy that is not named, nobody can be told apart, and nobody is held up.
    let server = Server::start();
    let wrong = server.anonymous().with_basic("nexus_client", "not-the-secret-at-all");
    for _ in 0..=100 {
        wrong.form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(401);
    }
    server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
}
