//! The refusals of the PrivMX dialect that speak of keys, tokens and scopes, each by its number (reference privmx.md,
//! section 3), and with each what is as it was afterwards. Those of contexts are in `privmx_contexts.rs`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{ApiKey, CODES, PREMISE, Pair, SECOND, SUSPENDED, Server, Setup, Told, nonce, signed};

/// The private key of the dialect's own documents.
const PRIVATE_LINE: &str = "MC4CAQAwBQYDK2VwBCIEIOBVFGaSFtfqbNvZWctFKg3k+I0T5YXRavpKAD9+BgCX";
/// What an operator may set so that somebody can make a tenant's first key.
const TOKEN: &str = "operator's own word";

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
    // What would end the nonce in the signed text is in none, or one signature were good over two calls.
    for inside in [";", "\n", ";POST\n/api\n", "\u{0}"] {
        let nonce = format!("{inside}{}", "n".repeat(40));
        assert!(auth(grant(&key, now, &nonce, None)).await.code().is_some(), "{inside:?}");
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
    let solution = owner.make_solution("s").await;
    let context = owner.make_context(&solution, "private").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn of_any_number_of_first_keys_one_is_made() {
    let server = Setup::new().configure(|config| config.privmx.initialization_token = TOKEN.into()).start();
    let server = std::sync::Arc::new(server);
    let making = (0..16).map(|_| {
        let server = std::sync::Arc::clone(&server);
        tokio::spawn(async move { first_key_of(&server, SECOND, TOKEN).await })
    });
    let mut made = 0;
    for told in making.collect::<Vec<_>>() {
        let told = told.await.expect("no panic");
        if told.code().is_none() {
            made += 1;
        } else {
            told.refused_plainly("FIRST_API_KEY_ALREADY_EXISTS");
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn a_public_key_is_an_ed25519_public_key_and_no_private_one() {
    let server = Server::start();
    let owner = server.owner();
    let good = Pair::new(1).public_pem();
    let lines: Vec<_> = good.lines().collect();
    let with = |line: &str| format!("{}\n{line}\n{}\n", lines[0], lines[2]);
    // The neutral point, under which everybody signs; and one of order 8.
    let weak = ["AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o="];
    for bad in [
        String::new(),
        "x".to_owned(),
        lines[1].to_owned(),
        lines.concat(),
        with("AAAA"),
        with(&lines[1].replacen("MCowBQYDK2Vw", "MCowBQYDK2Vu", 1)),
        with(&format!("MCowBQYDK2VwAyEA{}", weak[0])),
        with(&format!("MCowBQYDK2VwAyEA{}", weak[1])),
        format!("-----BEGIN PRIVATE KEY-----\n{PRIVATE_LINE}\n-----END PRIVATE KEY-----\n"),
        with(PRIVATE_LINE),
        format!("{good}{good}"),
        format!("x{good}"),
        format!("# a key\n{good}"),
        format!("{good}x"),
        format!("{good}{}", "\n".repeat(300)),
    ] {
        for (method, mut params) in [
            ("manager/createApiKey", json!({ "name": "k", "scope": [] })),
            ("manager/createFirstApiKey", json!({ "initializationToken": "x", "name": "k" })),
        ] {
            params["publicKey"] = json!(bad);
            let told = owner.call(method, params).await;
            assert_eq!(told.refused("INVALID_PARAMS"), "publicKey -> Not ed25519 PEM public key", "{bad}");
        }
    }
    for good in [good.clone(), good.trim_end().to_owned()] {
        let make = json!({ "name": "k", "publicKey": good, "scope": [] });
        let id = owner.call("manager/createApiKey", make).await.text("id");
        let kept = owner.call("manager/getApiKey", json!({ "id": id })).await.result();
        assert_eq!(kept["apiKey"]["publicKey"], good, "as it was sent");
    }
}

/// Imported secrets may be short, and so may an operator's own word: whoever tries many is turned away, with a good one,
/// too.
#[tokio::test]
async fn a_network_with_too_many_failed_sign_ins_is_turned_away() {
    let own = "127.0.0.1/32".parse().expect("a range");
    let server = Setup::new().configure(|config| config.doors.trusted_proxies = vec![own]).start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let there = nobody.from("203.0.113.9");
    let known = there.bearer(&there.sign_in(&key, None).await.text("accessToken"));
    assert!(known.is_known().await);
    let mut tried = 0;
    loop {
        let told = there.sign_in(&ApiKey::new(&key.id, &tried.to_string()), None).await;
        if told.code() == Some(-32000) {
            break;
        }
        told.refused_plainly("INVALID_CREDENTIALS");
        tried += 1;
        assert!(tried <= limits::FAILURES_PER_NETWORK.capacity, "nobody stops it");
    }
    there.sign_in(&key, None).await.refused("TOO_MANY_REQUESTS");
    there.sign_in(&ApiKey::new("unknown", "x"), None).await.refused("TOO_MANY_REQUESTS");
    let guess = json!({ "initializationToken": "x", "name": "k" });
    there.call("manager/createFirstApiKey", guess).await.refused("TOO_MANY_REQUESTS");
    // Whoever is known goes on, and so does everybody else; and the network later.
    assert!(known.is_known().await);
    nobody.from("198.51.100.1").sign_in(&key, None).await.result();
    server.advance_s(60);
    there.sign_in(&key, None).await.result();
}

#[tokio::test]
async fn nobody_of_a_suspended_tenant_is_known() {
    let server = Server::start();
    let key = server.first_key();
    let tokens = server.privmx().sign_in(&key, None).await;
    let (named, suspended) = ("name = \"premise_tenant\"", "suspended = true\nname = \"premise_tenant\"");
    let server = server.stop().edit_tenant("premise_tenant", named, suspended).start();
    let nobody = server.privmx();
    for caller in [nobody.basic(&key), nobody.signing(key.signer()), nobody.bearer(&tokens.text("accessToken"))] {
        assert!(!caller.is_known().await);
    }
    nobody.sign_in(&key, None).await.refused_plainly("INVALID_CREDENTIALS");
    nobody.refresh(&tokens.text("refreshToken")).await.refused_plainly("INVALID_TOKEN");
    // Left out, the word would leave the tenant as it is.
    let resumed = suspended.replace("true", "false");
    let server = server.stop().edit_tenant("premise_tenant", suspended, &resumed).start();
    assert!(server.owner().is_known().await);
    server.privmx().refresh(&tokens.text("refreshToken")).await.result();
}
