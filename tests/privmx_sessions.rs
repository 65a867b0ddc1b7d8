//! Sessions of signing keys: how long their tokens live, what ends them, and the scopes that speak of the session itself
//! (reference privmx.md, sections 2.5 and 2.6).

use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{APIKEYS, ApiKey, Privmx, Server, Setup, TOKEN, Told};

const MINUTE_MS: i64 = 60_000;
const ACCESS_MS: i64 = 15 * MINUTE_MS;
const REFRESH_MS: i64 = 7 * 24 * 60 * MINUTE_MS;

/// A server behind a proxy that says where calls come from.
fn behind_a_proxy() -> Server {
    let own = "127.0.0.1/32".parse().expect("a range");
    Setup::new().configure(|config| config.doors.trusted_proxies = vec![own]).start()
}

/// A pair of tokens.
struct Session {
    access: String,
    refresh: String,
}

impl Session {
    #[track_caller]
    fn of(told: &Told) -> Self {
        Self { access: told.text("accessToken"), refresh: told.text("refreshToken") }
    }

    async fn lives(&self, nobody: &Privmx) -> bool {
        nobody.bearer(&self.access).is_known().await
    }
}

async fn begin(nobody: &Privmx, key: &ApiKey, scope: &[&str]) -> Session {
    Session::of(&nobody.sign_in(key, Some(scope)).await)
}

async fn change(owner: &Privmx, key: &ApiKey, more: Value) {
    let mut params = json!({ "id": key.id });
    params.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    owner.call("manager/updateApiKey", params).await.ok();
}

#[tokio::test]
async fn an_access_token_lives_fifteen_minutes_and_a_refresh_token_seven_days() {
    let server = Server::start();
    let (nobody, key, began) = (server.privmx(), server.first_key(), server.now_ms());
    let told = nobody.sign_in(&key, None).await;
    let result = told.result();
    assert_eq!(result["accessTokenExpiry"], began + ACCESS_MS);
    assert_eq!(result["refreshTokenExpiry"], began + REFRESH_MS);
    let session = Session::of(&told);
    server.advance_s(15 * 60 - 1);
    assert!(session.lives(&nobody).await);
    server.advance_s(1);
    assert!(!session.lives(&nobody).await);
    server.advance_s(7 * 24 * 3_600 - 15 * 60 - 1);
    let told = nobody.refresh(&session.refresh).await;
    assert_eq!(told.result()["refreshTokenExpiry"], server.now_ms() + REFRESH_MS, "it begins anew");
    let session = Session::of(&told);
    assert!(session.lives(&nobody).await);
    server.advance_s(7 * 24 * 3_600);
    nobody.refresh(&session.refresh).await.refused_plainly("INVALID_TOKEN");
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_often_it_is_refreshed() {
    let server = Server::start();
    let nobody = server.privmx();
    let began = server.now_ms();
    let mut session = begin(&nobody, &server.first_key(), &["context"]).await;
    for _ in 0..4 {
        server.advance_s(7 * 24 * 3_600 - 1);
        session = Session::of(&nobody.refresh(&session.refresh).await);
    }
    let end = began + i64::from(limits::FAMILY_S) * 1_000;
    let told = nobody.refresh(&session.refresh).await;
    assert_eq!(told.result()["refreshTokenExpiry"], end);
    server.advance_s(u64::try_from(end - server.now_ms()).expect("still to come") / 1_000);
    nobody.refresh(&Session::of(&told).refresh).await.refused_plainly("INVALID_TOKEN");
}

#[tokio::test]
async fn a_refresh_ends_both_tokens_before_it_and_keeps_the_scope() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let first = nobody.sign_in(&key, Some(&["context", "solution:*"])).await;
    let second = nobody.refresh(&first.text("refreshToken")).await;
    assert_eq!(second.result()["scope"], json!(["context", "solution:*"]));
    let (first, second) = (Session::of(&first), Session::of(&second));
    assert!(!first.lives(&nobody).await && second.lives(&nobody).await);
    assert!(first.access != second.access && first.refresh != second.refresh);
    // Somebody has a copy: nobody goes on with it.
    nobody.refresh(&first.refresh).await.refused_plainly("INVALID_TOKEN");
    assert!(!second.lives(&nobody).await);
    nobody.refresh(&second.refresh).await.refused_plainly("INVALID_TOKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_any_number_of_parallel_refreshes_one_wins_and_its_session_ends() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    for _ in 0..20 {
        let session = begin(&nobody, &key, &["context"]).await;
        let uses = (0..16).map(|_| {
            let (nobody, token) = (nobody.clone(), session.refresh.clone());
            tokio::spawn(async move { nobody.refresh(&token).await })
        });
        let mut winners = Vec::new();
        for told in uses.collect::<Vec<_>>() {
            let told = told.await.expect("no panic");
            if told.code().is_none() {
                winners.push(Session::of(&told));
            } else {
                told.refused_plainly("INVALID_TOKEN");
            }
        }
        assert_eq!(winners.len(), 1);
        assert!(!winners[0].lives(&nobody).await, "the losers ended it");
    }
}

#[tokio::test]
async fn a_session_of_a_name_takes_the_place_of_the_one_before() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let told = nobody.sign_in(&key, Some(&["context", "session:a"])).await;
    assert_eq!(told.result()["scope"], json!(["context"]), "what is said of the session is no right");
    let first = Session::of(&told);
    let other = begin(&nobody, &key, &["context", "session:b"]).await;
    let unnamed = begin(&nobody, &key, &["context"]).await;
    let second = begin(&nobody, &key, &["context", "session:a"]).await;
    assert!(!first.lives(&nobody).await);
    nobody.refresh(&first.refresh).await.refused_plainly("INVALID_TOKEN");
    for session in [&other, &unnamed, &second] {
        assert!(session.lives(&nobody).await);
    }
    // Two colons are no name, and so a right that the key has not.
    nobody.sign_in(&server.first_key(), Some(&["session:a:b"])).await.result();
    let narrow = server.owner().make_key(&["context"]).await;
    let told = nobody.sign_in(&narrow, Some(&["session:a:b"])).await;
    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), "Cannot use session:a:b");
}

#[tokio::test]
async fn the_seventeenth_session_of_a_tenant_ends_the_oldest() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    // Those of all its keys together.
    let keys = [server.first_key(), owner.make_key(&["context"]).await];
    let mut sessions = Vec::new();
    for at in 0..limits::SESSIONS_PER_TENANT {
        server.advance_s(1);
        let name = format!("session:{at}");
        sessions.push(begin(&nobody, &keys[at % 2], &["context", &name]).await);
    }
    assert_eq!(sessions.len(), 16);
    // One of a name that is there takes that one's place and nobody else's.
    server.advance_s(1);
    sessions[3] = begin(&nobody, &keys[0], &["context", "session:3"]).await;
    for (at, session) in sessions.iter().enumerate() {
        assert!(session.lives(&nobody).await, "session {at}");
    }
    // A refresh makes it no younger.
    sessions[0] = Session::of(&nobody.refresh(&sessions[0].refresh).await);
    server.advance_s(1);
    let next = begin(&nobody, &keys[1], &["context", "session:next"]).await;
    assert!(!sessions[0].lives(&nobody).await);
    nobody.refresh(&sessions[0].refresh).await.refused_plainly("INVALID_TOKEN");
    for (at, session) in sessions.iter().enumerate().skip(1) {
        assert!(session.lives(&nobody).await, "session {at}");
    }
    assert!(next.lives(&nobody).await);
    server.advance_s(1);
    let last = begin(&nobody, &keys[0], &["context"]).await;
    assert!(!sessions[1].lives(&nobody).await && sessions[2].lives(&nobody).await && last.lives(&nobody).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_sixteen_sessions_live_however_many_begin_at_once() {
    const AT_ONCE: usize = 48;
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let beginning = (0..AT_ONCE).map(|_| {
        let (nobody, key) = (nobody.clone(), key.clone());
        tokio::spawn(async move { begin(&nobody, &key, &["context"]).await })
    });
    let mut living = 0;
    let mut sessions = Vec::new();
    for session in beginning.collect::<Vec<_>>() {
        sessions.push(session.await.expect("no panic"));
    }
    for session in &sessions {
        living += usize::from(session.lives(&nobody).await);
    }
    assert_eq!(living, limits::SESSIONS_PER_TENANT);
}

#[tokio::test]
async fn a_token_lives_as_long_as_was_asked_for() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let asked = async |text: &str| nobody.sign_in(&key, Some(&["context", text])).await;
    let told = asked("expiresIn:60000").await;
    assert_eq!(told.result()["accessTokenExpiry"], server.now_ms() + 60_000);
    assert_eq!(told.result()["scope"], json!(["context"]));
    let session = Session::of(&told);
    server.advance_s(59);
    assert!(session.lives(&nobody).await);
    server.advance_s(1);
    assert!(!session.lives(&nobody).await);
    // The next ones live as long.
    let told = nobody.refresh(&session.refresh).await;
    assert_eq!(told.result()["accessTokenExpiry"], server.now_ms() + 60_000);

    let longest = asked(&format!("expiresIn:{REFRESH_MS}")).await;
    assert_eq!(longest.result()["accessTokenExpiry"], server.now_ms() + REFRESH_MS);
    let longest = Session::of(&longest);
    server.advance_s(3_600);
    assert!(longest.lives(&nobody).await);
    let none = Session::of(&asked("expiresIn:0").await);
    assert!(!none.lives(&nobody).await);
    let over = format!("expiresIn:{}", REFRESH_MS + 1);
    for bad in
        [over.as_str(), "expiresIn:-1", "expiresIn:1.5", "expiresIn:", "expiresIn", "expiresIn:x", "expiresIn:+5"]
    {
        asked(bad).await.refused("INVALID_PARAMS");
    }
}

#[tokio::test]
async fn a_token_is_good_from_the_address_that_it_was_asked_for() {
    let server = behind_a_proxy();
    let (nobody, key) = (server.privmx(), server.first_key());
    for (scope, good, bad) in [
        (
            "ipAddr:203.0.113.9",
            vec!["203.0.113.9", "::ffff:203.0.113.9", "203.0.113.9:4711"],
            vec!["203.0.113.10", "2001:db8::7"],
        ),
        (
            "ipAddr:2001:db8::7",
            vec!["2001:db8::7", "2001:0db8:0:0:0:0:0:7", "[2001:db8::7]:4711"],
            vec!["2001:db8::8", "203.0.113.9"],
        ),
        ("ipAddr:::ffff:203.0.113.9", vec!["203.0.113.9"], vec!["203.0.113.10"]),
        ("ipAddr:127.0.0.1", vec![], vec!["203.0.113.9"]),
        ("ipAddr:nonsense", vec![], vec!["203.0.113.9"]),
    ] {
        let told = nobody.sign_in(&key, Some(&["context", scope])).await;
        assert_eq!(told.result()["scope"], json!(["context"]), "{scope}");
        let bearer = nobody.bearer(&told.text("accessToken"));
        for address in &good {
            assert!(bearer.from(address).is_known().await, "{scope} from {address}");
        }
        for address in &bad {
            assert!(!bearer.from(address).is_known().await, "{scope} from {address}");
        }
        // And so is the refresh token, and what comes of it; from elsewhere it is not even used up.
        let refresh = told.text("refreshToken");
        for address in bad {
            nobody.from(address).refresh(&refresh).await.refused_plainly("INVALID_TOKEN");
        }
        if let Some(address) = good.first() {
            let token = nobody.from(address).refresh(&refresh).await.text("accessToken");
            assert!(nobody.bearer(&token).from(address).is_known().await, "{scope}");
            assert!(!nobody.bearer(&token).from("198.51.100.1").is_known().await, "{scope}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_bound_to_an_address_is_good_from_there_and_so_are_its_tokens() {
    let server = behind_a_proxy();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (here, there) = ("203.0.113.9", "203.0.113.10");
    let key = owner.make_key(&["context", "apiKey", "ipAddr:203.0.113.9"]).await;
    for caller in [nobody.basic(&key), nobody.signing(key.signer())] {
        assert!(caller.from(here).is_known().await && !caller.from(there).is_known().await);
    }
    // Signing in is possible from anywhere, and the token is bound as its key is.
    let token = nobody.from(there).sign_in(&key, None).await.text("accessToken");
    let bearer = nobody.bearer(&token);
    assert!(bearer.from(here).is_known().await && !bearer.from(there).is_known().await);
    nobody.sign_in(&key, Some(&["context", "ipAddr:203.0.113.9"])).await.result();
    for scope in [vec!["context"], vec![], vec!["context", "ipAddr:203.0.113.10"]] {
        nobody.sign_in(&key, Some(&scope)).await.refused("INSUFFICIENT_SCOPE");
    }
    // Nor does it make a key that is good from elsewhere.
    let maker = nobody.basic(&key).from(here);
    for scope in [vec!["context"], vec!["context", "ipAddr:203.0.113.10"]] {
        let told = maker.call("manager/createApiKey", json!({ "name": "k", "scope": scope })).await;
        told.refused("INSUFFICIENT_SCOPE");
    }
    maker.make_key(&["context", "ipAddr:203.0.113.9"]).await;
}

#[tokio::test]
async fn a_token_follows_its_key_to_another_address() {
    let server = behind_a_proxy();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["context"]).await;
    let free = begin(&nobody, &key, &["context"]).await;
    let bound = begin(&nobody, &key, &["context", "ipAddr:203.0.113.9"]).await;
    let known = async |session: &Session, from: &str| nobody.bearer(&session.access).from(from).is_known().await;
    assert!(known(&free, "203.0.113.9").await && known(&bound, "203.0.113.9").await);
    change(&owner, &key, json!({ "scope": ["context", "ipAddr:203.0.113.10"] })).await;
    assert!(known(&free, "203.0.113.10").await && !known(&free, "203.0.113.9").await);
    // One that is bound to another address than its key is good from nowhere.
    for from in ["203.0.113.9", "203.0.113.10"] {
        assert!(!known(&bound, from).await, "{from}");
    }
}

#[tokio::test]
async fn a_token_loses_what_its_key_loses() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let a = owner.make_solution("a").await;
    let of_a = owner.make_context(&a, "private").await;
    let key = owner.make_key(&["context", "solution", "solution:*"]).await;
    let only_a = format!("solution:{a}");
    let session = begin(&nobody, &key, &["context", "solution", &only_a]).await;
    let bearer = nobody.bearer(&session.access);
    let solutions = async || bearer.call("solution/listSolutions", json!({})).await;
    let context = async || bearer.call("context/getContext", json!({ "contextId": of_a })).await;
    solutions().await.result();
    context().await.result();

    change(&owner, &key, json!({ "scope": ["context", "solution:*"] })).await;
    assert_eq!(solutions().await.refused("INSUFFICIENT_SCOPE"), "solution");
    context().await.result();
    change(&owner, &key, json!({ "scope": ["context", "solution:another"] })).await;
    context().await.refused("ACCESS_DENIED");
    // A refresh brings nothing back, and what the key gets anew a token gets with it.
    let bearer = nobody.bearer(&Session::of(&nobody.refresh(&session.refresh).await).access);
    let get = json!({ "contextId": of_a });
    bearer.call("context/getContext", get.clone()).await.refused("ACCESS_DENIED");
    change(&owner, &key, json!({ "scope": ["context", "solution:*", "apiKey"] })).await;
    bearer.call("context/getContext", get).await.result();
    let told = bearer.call("manager/listApiKeys", json!({})).await;
    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), "apiKey", "it never asked for that");
}

#[tokio::test]
async fn switching_a_key_off_silences_its_tokens_and_deleting_it_ends_them() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["context"]).await;
    let session = begin(&nobody, &key, &["context"]).await;
    assert!(session.lives(&nobody).await);
    change(&owner, &key, json!({ "enabled": false })).await;
    assert!(!session.lives(&nobody).await && !nobody.basic(&key).is_known().await);
    nobody.sign_in(&key, None).await.refused_plainly("INVALID_CREDENTIALS");
    change(&owner, &key, json!({ "enabled": true })).await;
    assert!(session.lives(&nobody).await && nobody.basic(&key).is_known().await);
    change(&owner, &key, json!({ "enabled": false })).await;
    nobody.refresh(&session.refresh).await.refused_plainly("INVALID_TOKEN");
    // Which did not end it.
    change(&owner, &key, json!({ "enabled": true })).await;
    assert!(session.lives(&nobody).await);
    let session = Session::of(&nobody.refresh(&session.refresh).await);
    owner.call("manager/deleteApiKey", json!({ "id": key.id })).await.ok();
    assert!(!session.lives(&nobody).await && !nobody.basic(&key).is_known().await);
    nobody.refresh(&session.refresh).await.refused_plainly("INVALID_TOKEN");
    nobody.sign_in(&key, None).await.refused_plainly("INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_key_may_switch_itself_off() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["apiKey"]).await;
    change(&nobody.basic(&key), &key, json!({ "enabled": false })).await;
    assert!(!nobody.basic(&key).is_known().await);
}

#[tokio::test]
async fn without_a_scope_a_token_has_all_of_its_key_and_with_an_empty_one_nothing() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let scope = ["context", "no such scope !", "solution:x", "session:own", "shop:orders:read"];
    let key = owner.make_key(&scope).await;
    let told = nobody.sign_in(&key, None).await;
    assert_eq!(told.result()["scope"], json!(["context", "no such scope !", "solution:x", "shop:orders:read"]));
    // Its own name is the session's.
    let second = nobody.sign_in(&key, None).await;
    assert!(!Session::of(&told).lives(&nobody).await && Session::of(&second).lives(&nobody).await);

    let told = nobody.sign_in(&key, Some(&[])).await;
    assert_eq!(told.result()["scope"], json!([]));
    let nothing = nobody.bearer(&told.text("accessToken"));
    let page = json!({ "limit": 1, "skip": 0, "sortOrder": "asc" });
    assert_eq!(nothing.call("context/listContexts", page).await.refused("INSUFFICIENT_SCOPE"), "context");
    let headers = json!({ "authorization": format!("Bearer {}", told.text("accessToken")) });
    let answer = server.check(&json!({ "headers": headers, "permission": "shop:orders:read" })).await;
    assert_eq!(answer["code"], "permission_not_granted");
}

#[tokio::test]
async fn a_key_holds_no_more_scopes_than_may_be_asked_for() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let names: Vec<_> = (0..128).map(|at| format!("shop:orders:{at}")).collect();
    let scope: Vec<_> = names.iter().map(String::as_str).collect();
    let key = owner.make_key(&scope).await;
    let told = nobody.sign_in(&key, Some(&scope)).await;
    assert_eq!(told.result()["scope"], json!(scope));
    let one_more = [scope.as_slice(), &["shop:orders:0"]].concat();
    let told = nobody.sign_in(&key, Some(&one_more)).await;
    assert_eq!(told.refused("INVALID_PARAMS"), "Value doesn't match any spec");
}

#[tokio::test]
async fn a_session_outlives_a_restart_and_its_end_does_too() {
    let server = Server::start();
    let key = server.first_key();
    let (kept, ended) = {
        let nobody = server.privmx();
        let ended = begin(&nobody, &key, &["context", "session:a"]).await;
        (begin(&nobody, &key, &["context", "session:a"]).await, ended)
    };
    let server = server.stop().start();
    let nobody = server.privmx();
    assert!(kept.lives(&nobody).await && !ended.lives(&nobody).await);
    let next = Session::of(&nobody.refresh(&kept.refresh).await);
    let server = server.stop().start();
    let nobody = server.privmx();
    assert!(!kept.lives(&nobody).await && next.lives(&nobody).await);
    nobody.refresh(&next.refresh).await.result();
}

/// Tokens of the two dialects are one kind of thing, and each is refreshed where it came from.
#[tokio::test]
async fn the_token_endpoint_refreshes_no_session_of_a_signing_key() {
    let server = Server::start();
    let session = begin(&server.privmx(), &server.first_key(), &["apiKey"]).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", session.refresh.as_str())];
    let told = server.client().form(TOKEN, &form).await.expect(400);
    assert_eq!(told.field("error"), "invalid_grant");
    assert!(session.lives(&server.privmx()).await);
    // As a credential it is known at every door.
    server.anonymous().with_token(&session.access).get(APIKEYS).await.expect(200);
}
