//! Every refusal of the PrivMX dialect by its number (reference privmx.md, section 3), and with each what is as it was
//! afterwards. Those that a tenant's backend gives are not here.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{ApiKey, CODES, PREMISE, Pair, Privmx, SECOND, SUSPENDED, Server, Setup, Told, nonce, signed};

/// Public keys of end users: points of the curve.
const MEMBER_KEYS: [&str; 3] = [
    "5p78kHbL33Rn3JWkTWRE2B9uz6gy4r1KbfAKLNQGE3ovKxJ2W1",
    "6PhSs6H49U1Lb6vz9GDtUF9RjtpFpkS6Rxm94LumQrnD2Uh9RU",
    "6nEZsuNhDnknxVTf1YH454nxiB5MpVSN7gQktMRioqRi8pyqSC",
];
/// What an operator may set so that somebody can make a tenant's first key.
const TOKEN: &str = "operator's own word";

/// A solution with a context of its own.
async fn ground(owner: &Privmx, scope: &str) -> (String, String) {
    let solution = owner.make_solution("s").await;
    let context = owner.make_context(&solution, scope).await;
    (solution, context)
}

async fn add_user(owner: &Privmx, context: &str, user: &str, key: &str) -> Told {
    owner.call("context/addUserToContext", json!({ "contextId": context, "userId": user, "userPubKey": key })).await
}

async fn users(owner: &Privmx, context: &str) -> Vec<(String, String)> {
    let params = json!({ "contextId": context, "limit": 100, "skip": 0, "sortOrder": "asc" });
    let told = owner.call("context/listUsersFromContext", params).await;
    told.each("users", "userId").into_iter().zip(told.each("users", "pubKey")).collect()
}

/// The params of `manager/auth` with a signature: over an empty method and path, and `data` as the body.
fn grant(key: &ApiKey, at_ms: i64, nonce: &str, data: Option<&str>) -> Value {
    let bytes = signed(&at_ms.to_string(), nonce, "", "", data.unwrap_or_default().as_bytes());
    let mut params = json!({
        "apiKeyId": key.id, "grantType": "api_key_signature", "nonce": nonce, "signature": key.signer().sign(&bytes),
        "timestamp": at_ms,
    });
    if let Some(data) = data {
        params["data"] = json!(data);
    }
    params
}

#[test]
fn the_table_of_the_tests_is_that_of_the_server() {
    let known: BTreeSet<_> = wardgate_http::RPC_ERRORS
        .iter()
        .map(|code| (code.as_str(), i64::from(code.number()), code.message()))
        .collect();
    for line in CODES {
        assert!(known.contains(line), "the server does not know {line:?}");
    }
}

#[tokio::test]
async fn invalid_signature() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let now = server.now_ms();
    let auth = async |params: Value| nobody.call("manager/auth", params).await;
    let good = grant(&key, now, &nonce(), Some("whatever"));
    let spoilt = |member: &str, value: Value| {
        let mut params = grant(&key, now, &nonce(), Some("whatever"));
        params[member] = value;
        params
    };
    let window = i64::try_from(limits::CLOCK_WINDOW_MS).expect("a few minutes");
    for params in [
        spoilt("data", json!("whatever ")),
        spoilt("timestamp", json!(now + 1)),
        spoilt("nonce", json!("another nonce of 32 characters..")),
        spoilt("signature", good["signature"].clone()),
        spoilt("signature", json!("AAAA")),
        spoilt("apiKeyId", json!("0123456789abcdef0123456789abcdef")),
        grant(&ApiKey::new(&key.id, "another secret"), now, &nonce(), None),
        grant(&key, now - window, &nonce(), None),
        grant(&key, now + window, &nonce(), None),
        grant(&key, 0, &nonce(), None),
    ] {
        auth(params.clone()).await.refused_plainly("INVALID_SIGNATURE");
    }
    // None of that used up a nonce, and the good one is good once.
    auth(good.clone()).await.result();
    auth(good).await.refused_plainly("INVALID_SIGNATURE");
    for good in [
        grant(&key, now, &nonce(), None),
        grant(&key, now, &nonce(), Some("")),
        grant(&key, now, &nonce(), Some(&"🦀".repeat(512))),
        grant(&key, now - window + 1, &nonce(), None),
        grant(&key, now + window - 1, &nonce(), None),
        grant(&key, now, &"n".repeat(64), None),
    ] {
        auth(good.clone()).await.result();
    }
    for bad in [
        grant(&key, now, &"n".repeat(31), None),
        grant(&key, now, &"n".repeat(65), None),
        grant(&key, now, &nonce(), Some(&"x".repeat(1_025))),
        spoilt("timestamp", json!(1.5)),
        spoilt("timestamp", json!(now.to_string())),
        spoilt("signature", json!("not base64!")),
        spoilt("signature", json!("A".repeat(176))),
        spoilt("extra", json!(1)),
    ] {
        assert_eq!(auth(bad.clone()).await.refused("INVALID_PARAMS"), "Value doesn't match any spec", "{bad}");
    }
}

#[tokio::test]
async fn a_signature_signs_in_with_either_kind_of_key() {
    let server = Server::start();
    let (nobody, owner, pair) = (server.privmx(), server.owner(), Pair::new(7));
    let params = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": ["solution", "context"] });
    let id = owner.call("manager/createApiKey", params).await.text("id");
    let (now, nonce) = (server.now_ms(), nonce());
    let bytes = signed(&now.to_string(), &nonce, "", "", b"");
    let told = nobody
        .call(
            "manager/auth",
            json!({
                "apiKeyId": id, "grantType": "api_key_signature", "nonce": nonce, "scope": ["solution"],
                "signature": pair.signer(&id).sign(&bytes), "timestamp": now,
            }),
        )
        .await;
    assert_eq!(told.result()["scope"], json!(["solution"]));
    let bearer = nobody.bearer(&told.text("accessToken"));
    bearer.call("solution/listSolutions", json!({})).await.result();
}

#[tokio::test]
async fn user_doesnt_exist() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "private").await;
    add_user(&owner, &context, "u", MEMBER_KEYS[0]).await.ok();
    let there = users(&owner, &context).await;
    for (method, params) in [
        ("removeUserFromContext", json!({ "contextId": context, "userId": "nobody" })),
        ("removeUserFromContextByPubKey", json!({ "contextId": context, "userPubKey": MEMBER_KEYS[1] })),
        ("getUserFromContext", json!({ "contextId": context, "userId": "nobody" })),
        ("getUserFromContextByPubKey", json!({ "contextId": context, "pubKey": MEMBER_KEYS[1] })),
        ("setUserAcl", json!({ "acl": "ALLOW ALL", "contextId": context, "userId": "nobody" })),
    ] {
        owner.call(&format!("context/{method}"), params).await.refused_plainly("USER_DOESNT_EXIST");
    }
    assert_eq!(users(&owner, &context).await, there);
}

#[tokio::test]
async fn invalid_token() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let first = nobody.sign_in(&key, None).await;
    let access = first.text("accessToken");
    for token in ["x", access.as_str(), &"x".repeat(2_048), "\u{0}", "ż"] {
        nobody.refresh(token).await.refused_plainly("INVALID_TOKEN");
    }
    // Nothing of that ended the session.
    let second = nobody.refresh(&first.text("refreshToken")).await;
    second.result();
    // A token of the other dialect is none of this one.
    let (username, password) = server.login_of(PREMISE);
    let theirs = server.sign_in(&username, &password).await.field("refresh_token");
    nobody.refresh(&theirs).await.refused_plainly("INVALID_TOKEN");
    for bad in [json!(""), json!("x".repeat(2_049)), json!(7), Value::Null] {
        let told = nobody.call("manager/auth", json!({ "grantType": "refresh_token", "refreshToken": bad })).await;
        assert_eq!(told.refused("INVALID_PARAMS"), "Value doesn't match any spec");
    }
    let params = json!({ "grantType": "refresh_token", "refreshToken": second.text("refreshToken"), "scope": [] });
    let told = nobody.call("manager/auth", params).await;
    assert_eq!(told.refused("INVALID_PARAMS"), "Value doesn't match any spec", "a refresh has no scope");
    nobody.refresh(&second.text("refreshToken")).await.result();
}

#[tokio::test]
async fn access_denied() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (solution, context) = ground(&owner, "private").await;
    let elsewhere = owner.make_solution("another").await;
    let key = owner.make_key(&["context", &format!("solution:{elsewhere}")]).await;
    let limited = nobody.basic(&key);
    let told = limited.call("context/getContext", json!({ "contextId": context })).await;
    told.refused("ACCESS_DENIED");
    let params = json!({ "description": "d", "name": "n", "scope": "private", "solution": solution });
    limited.call("context/createContext", params).await.refused("ACCESS_DENIED");
    limited.call("context/deleteContext", json!({ "contextId": context })).await.refused("ACCESS_DENIED");
    owner.call("context/getContext", json!({ "contextId": context })).await.result();

    // A key does not delete itself, however it calls; and is told why.
    let first = server.first_key();
    let token = nobody.sign_in(&first, None).await.text("accessToken");
    for caller in [&owner, &nobody.bearer(&token), &nobody.signing(first.signer())] {
        let told = caller.call("manager/deleteApiKey", json!({ "id": first.id })).await;
        assert!(told.refused("ACCESS_DENIED").is_string(), "{}", told.json);
    }
    owner.call("manager/getApiKey", json!({ "id": first.id })).await.result();
}

#[tokio::test]
async fn pub_key_already_in_use() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "private").await;
    let [one, two, three] = MEMBER_KEYS;
    add_user(&owner, &context, "u", one).await.ok();
    add_user(&owner, &context, "v", two).await.ok();
    for (user, key) in [("w", one), ("v", one), ("u", two)] {
        add_user(&owner, &context, user, key).await.refused_plainly("PUB_KEY_ALREADY_IN_USE");
    }
    let pair = |user: &str, key: &str| (user.to_owned(), key.to_owned());
    assert_eq!(users(&owner, &context).await, [pair("u", one), pair("v", two)]);
    // The same pair again changes nothing, not even what the user may do; a new key takes the old one's place.
    let acl = async || {
        let user = owner.call("context/getUserFromContext", json!({ "contextId": context, "userId": "u" })).await;
        user.result()["user"]["acl"].clone()
    };
    assert_eq!(acl().await, "ALLOW ALL");
    let again = json!({ "acl": "DENY ALL", "contextId": context, "userId": "u", "userPubKey": one });
    owner.call("context/addUserToContext", again).await.ok();
    assert_eq!(acl().await, "ALLOW ALL");
    add_user(&owner, &context, "u", three).await.ok();
    add_user(&owner, &context, "w", one).await.ok();
    let mut there = users(&owner, &context).await;
    there.sort();
    assert_eq!(there, [pair("u", three), pair("v", two), pair("w", one)]);
    // A key is unique inside its context alone.
    let other = owner.make_context(&solution, "private").await;
    add_user(&owner, &other, "u", one).await.ok();
}

#[tokio::test]
async fn context_does_not_exist() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "public").await;
    let (key, id) = (MEMBER_KEYS[0], "no-such-context");
    let page = json!({ "contextId": id, "limit": 1, "skip": 0, "sortOrder": "asc" });
    for (method, params) in [
        ("getContext", json!({ "contextId": id })),
        ("updateContext", json!({ "contextId": id, "name": "n" })),
        ("updateContext", json!({ "contextId": id })),
        ("deleteContext", json!({ "contextId": id })),
        ("addSolutionToContext", json!({ "contextId": id, "solutionId": solution })),
        ("removeSolutionFromContext", json!({ "contextId": id, "solutionId": solution })),
        ("addUserToContext", json!({ "contextId": id, "userId": "u", "userPubKey": key })),
        ("removeUserFromContext", json!({ "contextId": id, "userId": "u" })),
        ("removeUserFromContextByPubKey", json!({ "contextId": id, "userPubKey": key })),
        ("getUserFromContext", json!({ "contextId": id, "userId": "u" })),
        ("getUserFromContextByPubKey", json!({ "contextId": id, "pubKey": key })),
        ("listUsersFromContext", page),
        ("setUserAcl", json!({ "acl": "ALLOW ALL", "contextId": id, "userId": "u" })),
    ] {
        owner.call(&format!("context/{method}"), params).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    }
    // A deleted one is gone with its users, and its solution can go, too.
    add_user(&owner, &context, "u", key).await.ok();
    owner.call("context/deleteContext", json!({ "contextId": context })).await.ok();
    for method in ["getContext", "deleteContext"] {
        let told = owner.call(&format!("context/{method}"), json!({ "contextId": context })).await;
        told.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    }
    owner.call("solution/deleteSolution", json!({ "id": solution })).await.ok();
}

#[tokio::test]
async fn no_match_for_last_id() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "private").await;
    server.advance_s(1);
    let second = owner.make_context(&solution, "private").await;
    let page = |last: &str| json!({ "lastId": last, "limit": 10, "skip": 5, "sortOrder": "asc" });
    let with = |mut params: Value, name: &str, value: &str| {
        params[name] = json!(value);
        params
    };
    owner.call("context/listContexts", page("x")).await.refused_plainly("NO_MATCH_FOR_LAST_ID");
    let of_solution = with(page("x"), "solutionId", &solution);
    owner.call("context/listContextsOfSolution", of_solution).await.refused_plainly("NO_MATCH_FOR_LAST_ID");
    let of_context = with(page("x"), "contextId", &context);
    owner.call("context/listUsersFromContext", of_context).await.refused_plainly("NO_MATCH_FOR_LAST_ID");
    // With one that is there, what comes after it, whatever `skip` says.
    let told = owner.call("context/listContexts", page(&context)).await;
    assert_eq!(told.each("list", "id"), [second]);
}

#[tokio::test]
async fn api_key_does_not_exist() {
    let server = Setup::new().configure(|config| config.privmx.initialization_token = TOKEN.into()).start();
    let owner = server.owner();
    let theirs = first_key_of(&server, SECOND, TOKEN).await.text("id");
    let gone = owner.make_key(&["context"]).await.id;
    owner.call("manager/deleteApiKey", json!({ "id": gone })).await.ok();
    for id in ["x", &gone, &theirs] {
        for (method, params) in [
            ("getApiKey", json!({ "id": id })),
            ("updateApiKey", json!({ "id": id })),
            ("updateApiKey", json!({ "enabled": false, "id": id })),
            ("deleteApiKey", json!({ "id": id })),
        ] {
            owner.call(&format!("manager/{method}"), params).await.refused_plainly("API_KEY_DOES_NOT_EXIST");
        }
    }
    let listed = owner.call("manager/listApiKeys", json!({})).await;
    assert_eq!(listed.each("list", "id"), [server.first_key().id]);
}

#[tokio::test]
async fn invalid_credentials() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (first, off) = (server.first_key(), owner.make_key(&["context"]).await);
    owner.call("manager/updateApiKey", json!({ "enabled": false, "id": off.id })).await.ok();
    let pem = Pair::new(1).public_pem();
    let params = json!({ "name": "p", "publicKey": pem, "scope": ["context"] });
    // What the dialect calls the secret of such a key is made of the public key, and opens nothing here.
    let public = ApiKey::of(&owner.call("manager/createApiKey", params).await.result());
    assert!(public.secret.len() == 32 && public.secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
    for key in [
        ApiKey::new(&first.id, "wrong"),
        ApiKey::new(&first.id, &first.secret.to_uppercase()),
        ApiKey::new(&first.id, &first.secret[..31]),
        ApiKey::new("unknown", &first.secret),
        ApiKey::new("\u{0}", &first.secret),
        ApiKey::new(&off.id, &first.secret),
        off,
        public,
    ] {
        nobody.sign_in(&key, None).await.refused_plainly("INVALID_CREDENTIALS");
    }
    nobody.sign_in(&first, None).await.result();
    // Whatever is in the header is not looked at here.
    for header in ["nonsense", "Basic nonsense", "Bearer x"] {
        nobody.header(header).sign_in(&first, None).await.result();
    }
}

#[tokio::test]
async fn api_keys_limit_exceeded_with_the_eleventh() {
    let server = Server::start();
    let owner = server.owner();
    let mut keys = Vec::new();
    for _ in 1..limits::SIGNING_KEYS_PER_TENANT {
        keys.push(owner.make_key(&["context"]).await);
    }
    assert_eq!(keys.len(), 9, "with the first one, ten");
    let make = json!({ "name": "k", "scope": [] });
    owner.call("manager/createApiKey", make.clone()).await.refused_plainly("API_KEYS_LIMIT_EXCEEDED");
    // One that is switched off counts, one that is gone does not.
    owner.call("manager/updateApiKey", json!({ "enabled": false, "id": keys[0].id })).await.ok();
    owner.call("manager/createApiKey", make.clone()).await.refused_plainly("API_KEYS_LIMIT_EXCEEDED");
    owner.call("manager/deleteApiKey", json!({ "id": keys[0].id })).await.ok();
    owner.call("manager/createApiKey", make.clone()).await.result();
    owner.call("manager/createApiKey", make).await.refused_plainly("API_KEYS_LIMIT_EXCEEDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn api_keys_limit_exceeded_however_many_are_made_at_once() {
    const AT_ONCE: usize = 40;
    let server = Server::start();
    let owner = server.owner();
    let making = (0..AT_ONCE).map(|_| {
        let owner = owner.clone();
        tokio::spawn(async move { owner.call("manager/createApiKey", json!({ "name": "k", "scope": [] })).await })
    });
    let mut made = 0;
    for told in making.collect::<Vec<_>>() {
        let told = told.await.expect("no panic");
        if told.code().is_none() {
            made += 1;
        } else {
            told.refused_plainly("API_KEYS_LIMIT_EXCEEDED");
        }
    }
    assert_eq!(made, 9);
    assert_eq!(owner.call("manager/listApiKeys", json!({})).await.each("list", "id").len(), 10);
}

#[tokio::test]
async fn insufficient_scope_says_which() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let nothing = nobody.basic(&owner.make_key(&["shop:orders:read"]).await);
    let id = server.first_key().id;
    for (method, params, scope) in [
        ("manager/listApiKeys", json!({}), "apiKey"),
        ("manager/getApiKey", json!({ "id": id }), "apiKey"),
        ("manager/createApiKey", json!({ "name": "n", "scope": [] }), "apiKey"),
        ("manager/updateApiKey", json!({ "id": id, "name": "stolen" }), "apiKey"),
        ("manager/deleteApiKey", json!({ "id": id }), "apiKey"),
        ("solution/listSolutions", json!({}), "solution"),
        ("solution/createSolution", json!({ "name": "s" }), "solution"),
        ("solution/deleteSolution", json!({ "id": "s" }), "solution"),
        ("context/listContexts", json!({ "limit": 1, "skip": 0, "sortOrder": "asc" }), "context"),
        ("context/getContext", json!({ "contextId": "c" }), "context"),
    ] {
        assert_eq!(nothing.call(method, params).await.refused("INSUFFICIENT_SCOPE"), scope, "{method}");
    }
    let kept = owner.call("manager/getApiKey", json!({ "id": id })).await.result();
    assert_ne!(kept["apiKey"]["name"], "stolen");
    let key = owner.make_key(&["context", "solution:a"]).await;
    for (asked, said) in [
        ("solution", "Cannot use solution"),
        ("apikey", "Cannot use apikey"),
        ("*", "Cannot use *"),
        ("no such scope !", "Cannot use no such scope !"),
        ("solution:b", "Cannot use solution=b"),
        ("solution:*", "Cannot use solution=*"),
        ("nexus:consumer:chat", "Cannot use nexus:consumer:chat"),
    ] {
        let told = nobody.sign_in(&key, Some(&["context", asked])).await;
        assert_eq!(told.refused("INSUFFICIENT_SCOPE"), said);
    }
    nobody.sign_in(&key, Some(&["connection"])).await.refused("INSUFFICIENT_SCOPE");
}

#[tokio::test]
async fn unauthorized_whatever_is_wrong_with_a_credential() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (first, off) = (server.first_key(), owner.make_key(&["solution"]).await);
    owner.call("manager/updateApiKey", json!({ "enabled": false, "id": off.id })).await.ok();
    let signed_in = nobody.sign_in(&first, None).await;
    let wrong = ApiKey::new(&first.id, "wrong");
    let unknown = ApiKey::new("unknown", &first.secret);
    for (who, caller) in [
        ("nobody", nobody.clone()),
        ("a wrong secret", nobody.basic(&wrong)),
        ("an unknown key", nobody.basic(&unknown)),
        ("a key that is off", nobody.basic(&off)),
        ("a wrong signature", nobody.signing(wrong.signer())),
        ("an unknown signer", nobody.signing(unknown.signer())),
        ("a signer that is off", nobody.signing(off.signer())),
        ("a bad token", nobody.bearer("x")),
        ("a refresh token", nobody.bearer(&signed_in.text("refreshToken"))),
        ("a bad token inside, beside a good header", owner.token_inside("x")),
        ("a refresh token inside", owner.token_inside(&signed_in.text("refreshToken"))),
    ] {
        let told = caller.call("solution/listSolutions", json!({})).await;
        assert_eq!(told.code(), Some(24879), "{who}: {}", told.json);
        told.refused_plainly("UNAUTHORIZED");
    }
    let access = signed_in.text("accessToken");
    for good in [
        nobody.basic(&first),
        nobody.signing(first.signer()),
        nobody.bearer(&access),
        nobody.token_inside(&access),
        // A token inside goes first, whatever is in the header.
        nobody.basic(&wrong).token_inside(&access),
        // And an empty one is none.
        owner.token_inside(""),
    ] {
        good.call("solution/listSolutions", json!({})).await.result();
    }
}

#[tokio::test]
async fn solution_does_not_exist() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "public").await;
    for (method, params) in [
        ("solution/getSolution", json!({ "id": "x" })),
        ("solution/updateSolution", json!({ "id": "x", "name": "n" })),
        ("solution/deleteSolution", json!({ "id": "x" })),
        ("context/createContext", json!({ "description": "", "name": "", "scope": "private", "solution": "x" })),
        ("context/addSolutionToContext", json!({ "contextId": context, "solutionId": "x" })),
    ] {
        owner.call(method, params).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
    }
    let gone = owner.make_solution("gone").await;
    owner.call("solution/deleteSolution", json!({ "id": gone })).await.ok();
    owner.call("solution/getSolution", json!({ "id": gone })).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
}

#[tokio::test]
async fn invalid_acl() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "private").await;
    add_user(&owner, &context, "u", MEMBER_KEYS[0]).await.ok();
    let many = |lines: usize| vec!["ALLOW ALL"; lines].join("\n");
    for bad in ["", "ALLOW", "allow ALL", "ALLOW nothing/at_all", "ALLOW ALL x=1", "GRANT ALL", &many(101)] {
        let set = json!({ "acl": bad, "contextId": context, "userId": "u" });
        owner.call("context/setUserAcl", set).await.refused("INVALID_ACL");
        let add = json!({ "acl": bad, "contextId": context, "userId": "v", "userPubKey": MEMBER_KEYS[1] });
        owner.call("context/addUserToContext", add).await.refused("INVALID_ACL");
    }
    assert_eq!(users(&owner, &context).await.len(), 1);
    for good in ["DENY WRITE\nALLOW thread/READ", &many(100)] {
        let set = json!({ "acl": good, "contextId": context, "userId": "u" });
        owner.call("context/setUserAcl", set).await.ok();
        let user = owner.call("context/getUserFromContext", json!({ "contextId": context, "userId": "u" })).await;
        assert_eq!(user.result()["user"]["acl"], good);
    }
    let long = json!({ "acl": "x".repeat(4_097), "contextId": context, "userId": "u" });
    let told = owner.call("context/setUserAcl", long).await;
    assert_eq!(told.refused("INVALID_PARAMS"), "acl -> Invalid length! Expected max 4096, get 4097");
}

#[tokio::test]
async fn solution_has_contexts() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "public").await;
    let delete = json!({ "id": solution });
    owner.call("solution/deleteSolution", delete.clone()).await.refused_plainly("SOLUTION_HAS_CONTEXTS");
    owner.call("context/getContext", json!({ "contextId": context })).await.result();
    owner.call("context/deleteContext", json!({ "contextId": context })).await.ok();
    owner.call("solution/deleteSolution", delete).await.ok();
}

#[tokio::test]
async fn the_three_of_sharing() {
    let server = Server::start();
    let owner = server.owner();
    let (parent, context) = ground(&owner, "private").await;
    let other = owner.make_solution("other").await;
    let pair = |solution: &str| json!({ "contextId": context, "solutionId": solution });
    let add = async |solution: &str| owner.call("context/addSolutionToContext", pair(solution)).await;
    let remove = async |solution: &str| owner.call("context/removeSolutionFromContext", pair(solution)).await;
    let become_ =
        async |scope: &str| owner.call("context/updateContext", json!({ "contextId": context, "scope": scope })).await;
    let shares = async || {
        let kept = owner.call("context/getContext", json!({ "contextId": context })).await.result();
        kept["context"]["shares"].clone()
    };

    add(&other).await.refused_plainly("CANNOT_ASSIGN_PRIVATE_CONTEXT");
    assert_eq!(shares().await, json!([]));
    become_("public").await.ok();
    add(&parent).await.ok();
    assert_eq!(shares().await, json!([]), "its own parent is no share");
    add(&other).await.ok();
    add(&other).await.ok();
    assert_eq!(shares().await, json!([other]), "and a share is one");

    remove(&parent).await.refused_plainly("CANNOT_UNASSIGN_CONTEXT_FROM_ITS_PARENT");
    become_("private").await.refused_plainly("CANNOT_SWITCH_CONNECTED_CONTEXT_TO_PRIVATE");
    become_("public").await.ok();
    assert_eq!(shares().await, json!([other]));

    remove(&other).await.ok();
    become_("private").await.ok();
    assert_eq!(shares().await, json!([]));
}

#[tokio::test]
async fn method_callable_with_websocket_only() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let token = nobody.sign_in(&server.first_key(), None).await.text("accessToken");
    for caller in [&nobody, &owner] {
        let told = caller.call("manager/bindAccessToken", json!({ "accessToken": token })).await;
        told.refused_plainly("METHOD_CALLABLE_WITH_WEBSOCKET_ONLY");
    }
    for method in ["manager/subscribeToChannel", "manager/unsubscribeFromChannel"] {
        let params = json!({ "channels": ["thread"] });
        owner.call(method, params).await.refused_plainly("METHOD_CALLABLE_WITH_WEBSOCKET_ONLY");
    }
}

/// `manager/createFirstApiKey`, where `tenant` is the one that the call names.
async fn first_key_of(server: &Server, tenant: &str, token: &str) -> Told {
    let params = json!({ "initializationToken": token, "name": "first" });
    let call = json!({ "id": 1, "jsonrpc": "2.0", "method": "manager/createFirstApiKey", "params": params });
    let nobody = server.privmx();
    nobody.exchange(nobody.request("/api", call.to_string().into()).header("x-ccid", tenant)).await
}

#[tokio::test]
async fn the_two_of_the_first_key() {
    let server = Setup::new().configure(|config| config.privmx.initialization_token = TOKEN.into()).start();
    let (nobody, key) = (server.privmx(), server.first_key());
    // Of the tenant that is always meant everybody is told; of another only whoever has the token.
    for token in [TOKEN, "wrong"] {
        let told = nobody.call("manager/createFirstApiKey", json!({ "initializationToken": token, "name": "n" })).await;
        told.refused_plainly("FIRST_API_KEY_ALREADY_EXISTS");
    }
    first_key_of(&server, PREMISE, TOKEN).await.refused_plainly("FIRST_API_KEY_ALREADY_EXISTS");
    first_key_of(&server, PREMISE, "wrong").await.refused_plainly("INITIALIZATION_TOKEN_MISSMATCH");
    for token in ["wrong", "Operator's own word", "operator's own wor", "operator's own word "] {
        first_key_of(&server, SECOND, token).await.refused_plainly("INITIALIZATION_TOKEN_MISSMATCH");
    }
    let made = ApiKey::of(&first_key_of(&server, SECOND, TOKEN).await.result());
    first_key_of(&server, SECOND, TOKEN).await.refused_plainly("FIRST_API_KEY_ALREADY_EXISTS");
    let theirs = nobody.basic(&made);
    let kept = theirs.call("manager/getApiKey", json!({ "id": made.id })).await.result();
    let all = json!(["context", "apiKey", "solution", "solution:*", "inbox", "store", "thread", "stream", "kvdb"]);
    assert_eq!(kept["apiKey"]["scope"], all);
    // And what is another tenant's is not there for it.
    let ours = server.owner().make_solution("ours").await;
    theirs.call("solution/getSolution", json!({ "id": ours })).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
    theirs.call("manager/getApiKey", json!({ "id": key.id })).await.refused_plainly("API_KEY_DOES_NOT_EXIST");
    // The cluster's keys reach everybody, and a tenant that is not there, or not in service, has none.
    for tenant in ["*", "no-such-tenant", "not a name", SUSPENDED] {
        first_key_of(&server, tenant, TOKEN).await.refused_plainly("INITIALIZATION_TOKEN_MISSMATCH");
    }
}

#[tokio::test]
async fn without_a_token_of_the_operator_nobody_makes_a_first_key() {
    let server = Server::start();
    for token in ["x", " ", "\u{0}"] {
        first_key_of(&server, SECOND, token).await.refused_plainly("INITIALIZATION_TOKEN_MISSMATCH");
    }
    let told = first_key_of(&server, SECOND, "").await;
    told.refused("INVALID_PARAMS");
}
