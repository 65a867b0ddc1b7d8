//! The JSON-RPC of `/api` itself: what is a call and what is none, what is looked at first, and what a number and a
//! length are there (reference privmx.md, section 3).

use serde_json::{Value, json};

use crate::harness::{API, Server, exchange};

/// A call that everybody may make.
const VERSIONS: &str = r#"{"jsonrpc":"2.0","id":1,"method":"versions","params":{}}"#;

/// [`VERSIONS`] with other text in one place.
#[track_caller]
fn versions_with(from: &str, to: &str) -> String {
    assert!(VERSIONS.contains(from), "{from}");
    VERSIONS.replace(from, to)
}

#[tokio::test]
async fn what_is_no_call_is_a_parse_error_without_an_id() {
    let server = Server::start();
    let nobody = server.privmx();
    let deep = |depth: usize| versions_with("{}", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let texts: Vec<Vec<u8>> = [
        String::new(),
        " ".to_owned(),
        "null".to_owned(),
        "nonsense".to_owned(),
        r#""text""#.to_owned(),
        "[]".to_owned(),
        format!("[{VERSIONS}]"),
        format!("[{VERSIONS},{VERSIONS}]"),
        format!("{VERSIONS}{VERSIONS}"),
        format!("{VERSIONS} x"),
        VERSIONS[..VERSIONS.len() - 1].to_owned(),
        versions_with(r#""id":1,"#, ""),
        versions_with(r#""id":1"#, r#""id":null"#),
        versions_with(r#""id":1"#, r#""id":true"#),
        versions_with(r#""id":1"#, r#""id":{}"#),
        versions_with(r#""id":1"#, r#""id":[1]"#),
        versions_with(r#""id":1"#, r#""id":1e999"#),
        versions_with(r#""id":1"#, r#""id":01"#),
        versions_with(r#","params":{}"#, ""),
        versions_with(r#""params":{}"#, r#""params":{},"#),
        versions_with(r#""method":"versions","#, ""),
        versions_with(r#""versions""#, "7"),
        versions_with(r#""versions""#, "null"),
        versions_with(r#""jsonrpc":"2.0","#, ""),
        versions_with(r#""2.0""#, "2.0"),
        versions_with(r#""2.0""#, r#""1.0""#),
        versions_with(r#""2.0""#, r#""2""#),
        versions_with(r#""id":1"#, r#""id":1,"id":1"#),
        versions_with("{}", r#"{"a":1,"a":2}"#),
        versions_with("{}", "{'a':1}"),
        versions_with("{}", "NaN"),
        versions_with("{}", "1e999"),
        versions_with("versions", "\u{0}"),
        versions_with("versions", r"\ud800"),
        deep(40),
        deep(100_000),
    ]
    .into_iter()
    .map(String::into_bytes)
    .chain([b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\",\"params\":{}}".to_vec()])
    .collect();
    for text in texts {
        let shown = String::from_utf8_lossy(&text[..text.len().min(100)]).into_owned();
        let told = nobody.send(text).await;
        assert_eq!(told.code(), Some(-32700), "{shown}: {}", told.json);
        told.refused_plainly("PARSE_ERROR");
        let text = r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error","data":null}}"#;
        assert_eq!(told.answer.text(), text, "{shown}");
    }
}

#[tokio::test]
async fn a_call_is_answered_with_its_own_id() {
    let server = Server::start();
    for id in [
        r#""""#,
        r#""1""#,
        r#""a\"b ż 🦀""#,
        "0",
        "-1",
        "1.5",
        "9007199254740993",
        "-9223372036854775808",
        "18446744073709551615",
    ] {
        let told = server.privmx().send(versions_with(r#""id":1"#, &format!(r#""id":{id}"#))).await;
        assert_eq!(told.answer.text(), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":["v2.0"]}}"#));
    }
}

#[tokio::test]
async fn whatever_else_is_in_the_envelope_is_left_alone() {
    let server = Server::start();
    for more in
        [r#""x":{"id":2}"#, r#""result":1"#, r#""token":null"#, r#""token":"""#, r#""token":7"#, r#""token":"bad""#]
    {
        let told = server.privmx().send(versions_with(r#""id":1"#, &format!(r#""id":1,{more}"#))).await;
        assert_eq!(told.result(), json!(["v2.0"]), "{more}");
    }
    let spread = VERSIONS.replace(':', " :\n\t ").replace(',', "\r\n , ");
    assert_eq!(server.privmx().send(spread).await.result(), json!(["v2.0"]));
    let escaped = versions_with("versions", r"\u0076ersion\u0073");
    assert_eq!(server.privmx().send(escaped).await.result(), json!(["v2.0"]));
}

#[tokio::test]
async fn the_content_type_of_a_call_is_not_looked_at() {
    let server = Server::start();
    let nobody = server.privmx();
    for media_type in [
        None,
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        // What curl says without being told.
        Some("application/x-www-form-urlencoded"),
        Some("text/plain"),
        Some("multipart/form-data"),
        Some("nonsense"),
    ] {
        let mut request = nobody.request(API, VERSIONS.into());
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        assert_eq!(nobody.exchange(request).await.result(), json!(["v2.0"]), "{media_type:?}");
    }
}

#[tokio::test]
async fn only_post_is_a_call_and_a_query_changes_nothing() {
    let server = Server::start();
    let nobody = server.anonymous();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        nobody.send(nobody.request(method, API).body(VERSIONS)).await.expect(404);
    }
    let asked = nobody.send(nobody.request("OPTIONS", API)).await.expect(200);
    assert_eq!(asked.text(), "");
    assert_eq!(asked.header("access-control-allow-origin"), None, "no page of another origin may call");
    let privmx = server.privmx();
    let told = privmx.exchange(privmx.request("/api?x=1&y", VERSIONS.into())).await;
    assert_eq!(told.result(), json!(["v2.0"]));
    for path in ["/api/", "/API", "/api/x", "//api"] {
        let answer = nobody.send(nobody.request("POST", path).body(VERSIONS)).await;
        assert_ne!(answer.status, 200, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_answer_is_for_its_caller_alone() {
    let server = Server::start();
    for told in [server.privmx().send(VERSIONS).await, server.privmx().send("").await] {
        assert_eq!(told.answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(told.answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_body_over_the_bound_is_answered_in_the_dialect() {
    let server = Server::start();
    let whole = |bytes: usize| {
        let room = bytes - VERSIONS.len();
        format!("{}{}", VERSIONS, " ".repeat(room))
    };
    assert_eq!(server.privmx().send(whole(256 * 1024)).await.result(), json!(["v2.0"]));
    for signed in [false, true] {
        let body = whole(256 * 1024 + 1);
        let header = if signed { "authorization: pmx-hmac-sha256 k;1;1;n;s\r\n" } else { "" };
        let head = format!(
            "POST /api HTTP/1.1\r\nhost: a\r\n{header}connection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let raw = exchange(server.address, &[head.as_bytes(), body.as_bytes()].concat()).expect("an answer");
        assert_eq!((raw.status, raw.header("content-type")), (200, Some("application/json")), "{}", raw.body);
        let json: Value = serde_json::from_str(&raw.body).expect("JSON");
        assert!(json["error"]["code"].is_i64() && json.get("id").is_none(), "{json}");
    }
}

#[tokio::test]
async fn a_method_is_looked_for_before_a_credential_and_a_credential_before_params() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let known = nobody.basic(&owner.make_key(&[]).await);
    for method in
        ["", "nothing", "solution/nothing", "solution/listsolutions", "Solution/listSolutions", "solution/", "/"]
    {
        for caller in [&nobody, &owner, &nobody.header("Basic nonsense")] {
            for params in [json!({}), json!(null)] {
                caller.call(method, params).await.refused_plainly("METHOD_NOT_FOUND");
            }
        }
    }
    for params in [json!({}), json!(null), json!({ "id": 7 }), json!({ "id": "x" })] {
        nobody.call("solution/getSolution", params).await.refused_plainly("UNAUTHORIZED");
    }
    // Params go before the scope, and the scope before what there is.
    known.call("solution/getSolution", json!({})).await.refused("INVALID_PARAMS");
    let told = known.call("solution/getSolution", json!({ "id": "x" })).await;
    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), "solution");
    owner.call("solution/getSolution", json!({ "id": "x" })).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
}

#[tokio::test]
async fn no_params_are_an_object_or_an_empty_list_and_nothing_else() {
    let server = Server::start();
    let owner = server.owner();
    for method in ["versions", "solution/listSolutions", "manager/listApiKeys"] {
        for good in [json!({}), json!([])] {
            owner.call(method, good).await.result();
        }
        for bad in [json!(null), json!(1), json!("text"), json!(true)] {
            assert_eq!(owner.call(method, bad).await.refused("INVALID_PARAMS"), "Expected object", "{method}");
        }
        let told = owner.call(method, json!({ "x": 1 })).await;
        assert_eq!(told.refused("INVALID_PARAMS"), "Unexpected key 'x'", "{method}");
        owner.call(method, json!([1])).await.refused("INVALID_PARAMS");
    }
}

#[tokio::test]
async fn params_are_told_about_in_the_words_that_clients_show() {
    let server = Server::start();
    let owner = server.owner();
    let solution = owner.make_solution("s").await;
    let context = owner.make_context(&solution, "private").await;
    let page = |more: Value| {
        let mut params = json!({ "contextId": context, "limit": 1, "skip": 0, "sortOrder": "asc" });
        params.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        ("context/listUsersFromContext", params)
    };
    let made = |key: &str, value: Value| {
        let mut params = json!({ "description": "d", "name": "n", "scope": "private", "solution": solution });
        params[key] = value;
        ("context/createContext", params)
    };
    let key = |key: &str, value: Value| {
        let mut params = json!({ "name": "n", "scope": [] });
        params[key] = value;
        ("manager/createApiKey", params)
    };
    let too_many = vec!["a"; 129];
    for ((method, params), data) in [
        (("solution/getSolution", json!({})), "Key 'id' is required"),
        (("solution/getSolution", json!([])), "Key 'id' is required"),
        (("solution/getSolution", json!({ "id": "x", "y": 1 })), "Unexpected key 'y'"),
        (("solution/getSolution", json!({ "id": null })), "id -> Expected string"),
        (("solution/getSolution", json!({ "id": 7 })), "id -> Expected string"),
        (("solution/getSolution", json!({ "id": "" })), "id -> Invalid length! Expected min 1, get 0"),
        (("solution/createSolution", json!({})), "Key 'name' is required"),
        (("manager/createApiKey", json!({ "name": "n" })), "Key 'scope' is required"),
        (
            ("context/getUserFromContextByPubKey", json!({ "contextId": "c", "userPubKey": "k" })),
            "Key 'pubKey' is required",
        ),
        (("manager/updateApiKey", json!({ "id": "k", "enabled": 1 })), "enabled -> Expected bool"),
        (("manager/updateApiKey", json!({ "id": "k", "enabled": null })), "enabled -> Expected bool"),
        (key("name", json!(null)), "name -> Expected string"),
        (key("scope", json!("apiKey")), "scope -> Expected list"),
        (key("scope", json!([7])), "scope -> 0 -> Expected string"),
        (key("scope", json!(["a", ""])), "scope -> 1 -> Invalid length! Expected min 1, get 0"),
        (key("scope", json!(["x".repeat(129)])), "scope -> 0 -> Invalid length! Expected max 128, get 129"),
        (key("scope", json!(too_many)), "scope -> Invalid length! Expected max 128, get 129"),
        (key("publicKey", json!("x")), "publicKey -> Not ed25519 PEM public key"),
        (made("scope", json!("secret")), "scope -> Expected value to be one of enums"),
        (made("policy", json!([1])), "policy -> Unexpected key '0'"),
        (made("policy", json!("x")), "policy -> Expected object"),
        (made("policy", json!({ "context": {} })), "policy -> Unexpected key 'context'"),
        (
            ("context/addUserToContext", json!({ "contextId": context, "userId": "u", "userPubKey": "x" })),
            "userPubKey -> Expected Ecc public key",
        ),
        (page(json!({ "sortOrder": "up" })), "sortOrder -> Expected value to be one of enums"),
        (page(json!({ "limit": "1" })), "limit -> Expected integer"),
        (page(json!({ "limit": 1.5 })), "limit -> Expected integer"),
        (page(json!({ "limit": 0 })), "limit -> Invalid range! Expected min 1, get 0"),
        (page(json!({ "limit": 101 })), "limit -> Invalid range! Expected max 100, get 101"),
        (page(json!({ "skip": -1 })), "skip -> Invalid range! Expected min 0, get -1"),
        (page(json!({ "lastId": "" })), "lastId -> Invalid length! Expected min 1, get 0"),
        (page(json!({ "lastId": null })), "lastId -> Expected string"),
        // Every sign-in that is none.
        (("manager/auth", json!({})), "Value doesn't match any spec"),
        (("manager/auth", json!({ "grantType": "password" })), "Value doesn't match any spec"),
        (("manager/auth", json!({ "grantType": "refresh_token" })), "Value doesn't match any spec"),
    ] {
        let told = owner.call(method, params.clone()).await;
        assert_eq!(told.refused("INVALID_PARAMS"), data, "{method} {params}");
    }
}

#[tokio::test]
async fn a_page_takes_numbers_up_to_their_edges() {
    let server = Server::start();
    let owner = server.owner();
    owner.make_context(&owner.make_solution("s").await, "private").await;
    let page = async |skip: &str, limit: &str| {
        let params = format!(r#"{{"limit":{limit},"skip":{skip},"sortOrder":"asc"}}"#);
        let call = versions_with("{}", &params).replace("versions", "context/listContexts");
        owner.send(call).await
    };
    for (skip, limit, shown) in [
        ("0", "1", 1),
        ("-0", "100", 1),
        ("0.0", "1.0", 1),
        ("0e5", "1e2", 1),
        ("1", "100", 0),
        ("9007199254740992", "1", 0),
        ("9223372036854775807", "1", 0),
        ("18446744073709551615", "1", 0),
        ("1e300", "1", 0),
    ] {
        let told = page(skip, limit).await;
        assert_eq!(told.each("list", "id").len(), shown, "{skip} {limit}");
        assert_eq!(told.result()["count"], 1, "{skip} {limit}");
    }
    for (skip, limit) in [("0.5", "1"), ("0", "1.0000001"), ("0", "-1"), ("-9223372036854775809", "1"), ("0", "1e300")]
    {
        page(skip, limit).await.refused("INVALID_PARAMS");
    }
    page("1e999", "1").await.refused("PARSE_ERROR");
}

#[tokio::test]
async fn lengths_count_utf16_units() {
    let server = Server::start();
    let owner = server.owner();
    let solution = owner.make_solution("").await;
    for (longest, unit, units) in [("a", "a", 1), ("ż", "ż", 1), ("🦀", "🦀", 2)] {
        let (fits, over) = (longest.repeat(128 / units), unit.repeat(128 / units + 1));
        let length = format!("Invalid length! Expected max 128, get {}", 128 + units);
        owner.call("solution/getSolution", json!({ "id": fits })).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
        let told = owner.call("solution/getSolution", json!({ "id": over })).await;
        assert_eq!(*told.refused("INVALID_PARAMS"), format!("id -> {length}"));

        let context = json!({ "description": fits, "name": fits, "scope": "public", "solution": solution });
        let id = owner.call("context/createContext", context.clone()).await.text("contextId");
        let kept = owner.call("context/getContext", json!({ "contextId": id })).await.result();
        assert_eq!((&kept["context"]["name"], &kept["context"]["description"]), (&json!(fits), &json!(fits)));
        for member in ["name", "description"] {
            let mut context = context.clone();
            context[member] = json!(over);
            let told = owner.call("context/createContext", context).await;
            assert_eq!(*told.refused("INVALID_PARAMS"), format!("{member} -> {length}"));
        }

        let name = unit.repeat(256 / units);
        let made = owner.make_solution(&name).await;
        let kept = owner.call("solution/getSolution", json!({ "id": made })).await.result();
        assert_eq!(kept["solution"]["name"], name.as_str());
        let told = owner.call("solution/createSolution", json!({ "name": format!("{name}{unit}") })).await;
        let length = format!("name -> Invalid length! Expected max 256, get {}", 256 + units);
        assert_eq!(*told.refused("INVALID_PARAMS"), length);
    }
}

#[tokio::test]
async fn a_name_of_any_letters_is_kept_as_it_was_sent() {
    let server = Server::start();
    let owner = server.owner();
    for name in ["", " ", "Zażółć gęślą 🦀", "<script>", "a\u{0}b", "\u{feff}x", "' OR 1=1 --", "\u{202e}"] {
        let id = owner.make_solution(name).await;
        let kept = owner.call("solution/getSolution", json!({ "id": id })).await.result();
        assert_eq!(kept["solution"]["name"], name);
    }
    for id in ["\u{0}", "\n", "%", "*", "../x", "' OR 1=1 --"] {
        owner.call("solution/getSolution", json!({ "id": id })).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
        owner.call("context/getContext", json!({ "contextId": id })).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
        owner.call("manager/getApiKey", json!({ "id": id })).await.refused_plainly("API_KEY_DOES_NOT_EXIST");
    }
}
