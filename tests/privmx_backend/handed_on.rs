//! What of a call goes to the backend, and what of its answer comes back.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Ground, METHODS, PREMISE, Say, page, parsed};
use crate::harness::API;

#[tokio::test]
async fn every_method_is_handed_on_and_its_result_comes_back_as_it_was_sent() {
    let ground = Ground::new().await;
    for (at, (method, template)) in METHODS.iter().enumerate() {
        let params = ground.params(template);
        let result = format!(r#"{{"z": [1e2, 18446744073709551616, -0.0], "a":"\u017c\/ż {at}",  "m":{{ }}}}"#);
        ground.backend.say(format!(r#"{{ "id":1, "result" :{result} , "jsonrpc":"2.0"}}"#));
        let call = format!(r#"{{"more":[],"params":{params},"method":"{method}","id":"own","jsonrpc":"2.0"}}"#);
        let told = ground.owner.send(call).await;
        assert_eq!(told.answer.text(), format!(r#"{{"jsonrpc":"2.0","id":"own","result":{result}}}"#), "{method}");
        let sent = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        assert_eq!(ground.heard_one().body, sent);
    }
}

#[tokio::test]
async fn params_keep_their_order_and_their_spelling_of_numbers() {
    let ground = Ground::new().await;
    for params in [
        format!(r#"{{"sortOrder":"desc","limit":5.0,"from":"ż\"\n","contextId":"{}"}}"#, ground.context),
        format!(r#"{{"from":null,"contextId":"{}","limit":100,"sortOrder":"asc"}}"#, ground.context),
    ] {
        let call = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"store/listStores","params":{params}}}"#);
        ground.owner.send(call.clone()).await.ok();
        assert_eq!(ground.heard_one().body, call);
    }
}

#[tokio::test]
async fn the_caller_s_id_is_answered_whatever_id_the_backend_has() {
    let ground = Ground::new().await;
    for id in [r#""x""#, "7", "-1.5", "0", r#""ż\"\\""#, r#""""#] {
        for its_id in [r#""id":1,"#, r#""id":"other","#, r#""id":null,"#, ""] {
            ground.backend.say(format!(r#"{{"jsonrpc":"2.0",{its_id}"result":"OK"}}"#));
            let call = |id: &str| {
                format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"inbox/getInbox","params":{{"inboxId":"i"}}}}"#)
            };
            let told = ground.owner.send(call(id)).await;
            assert_eq!(told.answer.text(), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"OK"}}"#));
            assert_eq!(ground.heard_one().body, call("1"), "the caller's id is his own");
        }
    }
}

#[tokio::test]
async fn an_error_comes_back_with_what_the_dialect_has_of_one() {
    let ground = Ground::new().await;
    let told = async |error: &str| {
        ground.backend.say(format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#));
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"thread/getThread","params":{"threadId":"t"}}"#;
        ground.owner.send(call).await.answer.text()
    };
    let answer = |error: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#);
    for error in [
        r#"{"code":24577,"message":"Thread does not exist","data":null}"#,
        r#"{"code":-32602,"message":"Invalid params","data":"from -> Expected string"}"#,
        r#"{"code":48,"message":"Access denied","data":{"a":[1,"ż"]}}"#,
        r#"{"code":9007199254740993,"message":"its own","data":null}"#,
    ] {
        assert_eq!(told(error).await, answer(error));
    }
    let more = r#"{"message":"m","stack":"at main.js:1","code":24577}"#;
    assert_eq!(told(more).await, answer(r#"{"code":24577,"message":"m","data":null}"#));
}

#[tokio::test]
async fn the_backend_is_told_who_calls_for_which_tenant_and_by_which_decision() {
    let ground = Ground::new().await;
    let key = ground.server.first_key();
    let call = br#"{"jsonrpc":"2.0","id":1,"method":"thread/getThread","params":{"threadId":"t"}}"#;
    let request = ground.owner.request(API, call.into()).header("x-request-id", "trace-1");
    ground.owner.exchange(request).await.ok();
    let heard = ground.heard_one();
    assert_eq!(heard.head[0], "POST /rpc");
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-request-id", "trace-1"),
        ("x-wardgate-tenant", PREMISE),
        ("x-wardgate-subject", &key.id),
        ("host", &ground.backend.address.to_string()),
    ] {
        assert_eq!(heard.header(name), Some(value), "{name}");
    }
    let decision = heard.header("x-wardgate-decision").expect("a decision");
    let why = ground.server.admin().await.why(decision).await.expect(200).json();
    assert_eq!(why["permission"], "privmx:thread:getThread");
    assert_eq!((&why["decision"], &why["subject"]), (&json!("allow"), &json!(key.id)));
    assert_eq!((&why["method"], &why["path"]), (&json!("POST"), &json!("/api")));
    // A look-up is made by the leave of the call's own decision.
    let (_, limited) = ground.limited().await;
    let context = ground.context.clone();
    ground.backend.answer(move |_| Say::Result(json!({ "thread": { "contextId": context } })));
    limited.call("thread/deleteThread", json!({ "threadId": "t" })).await.result();
    let heard = ground.backend.heard();
    let decisions: BTreeSet<_> = heard.iter().map(|heard| heard.header("x-wardgate-decision")).collect();
    assert_eq!((heard.len(), decisions.len()), (2, 1));
}

/// Whatever the caller proves himself by, and whatever else he sends along.
#[tokio::test]
async fn nothing_secret_reaches_the_backend() {
    let ground = Ground::new().await;
    let (key, basic) = ground.limited().await;
    let nobody = ground.server.privmx();
    let token = nobody.sign_in(&key, None).await.text("accessToken");
    let inside = format!(r#""token":"{token}","#);
    let pair = STANDARD.encode(format!("{}:{}", key.id, key.secret));
    let context = ground.context.clone();
    ground.backend.answer(move |_| Say::Result(json!({ "thread": { "contextId": context } })));
    let extra = [
        ("cookie", "session=crumbs-of-a-session"),
        ("x-api-key", "key-of-another-dialect"),
        ("proxy-authorization", "Basic cHJveHktc2VjcmV0"),
        ("x-anything", "anything-at-all"),
        ("user-agent", "agent-of-the-caller"),
        ("x-wardgate-subject", "somebody-else"),
        ("x-wardgate-decision", "a-decision-that-was-none"),
        ("referer", "https://page.example/?code=one-time-code"),
    ];
    let callers = [
        (basic, ""),
        (nobody.bearer(&token), ""),
        (nobody.signing(key.signer()), ""),
        (nobody.clone(), inside.as_str()),
        (nobody.basic(&key), inside.as_str()),
    ];
    for (caller, token_member) in callers {
        let params = r#"{"threadId":"t"}"#;
        let call = format!(
            r#"{{"jsonrpc":"2.0",{token_member}"id":"id-of-the-caller","method":"thread/deleteThread","params":{params}}}"#
        );
        let request = caller.request(API, call.into_bytes());
        let signature = request.try_clone().and_then(|request| request.build().ok()).and_then(|request| {
            let header = request.headers().get("authorization")?.to_str().ok()?.to_owned();
            Some(header.rsplit([' ', ';']).next()?.to_owned())
        });
        let request = extra.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        caller.exchange(request).await.result();
        let heard = ground.backend.heard();
        assert_eq!(heard.len(), 2, "a look-up, and the call");
        for heard in heard {
            let text = heard.text();
            let values = extra.iter().map(|(_, value)| value.rsplit(['=', ' ']).next().expect("a word"));
            for secret in
                [&key.secret, &token, &pair].into_iter().map(String::as_str).chain(signature.as_deref()).chain(values)
            {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
            assert!(!text.contains("id-of-the-caller"), "{text}");
            let names: BTreeSet<_> = heard.head[1..].iter().filter_map(|line| line.split(": ").next()).collect();
            let expected = [
                "accept",
                "content-length",
                "content-type",
                "host",
                "x-request-id",
                "x-wardgate-decision",
                "x-wardgate-subject",
                "x-wardgate-tenant",
            ];
            assert_eq!(names, BTreeSet::from(expected), "{text}");
            assert_eq!(heard.header("x-wardgate-subject"), Some(key.id.as_str()));
            let members = heard.json();
            assert_eq!(members.as_object().map(serde_json::Map::len), Some(4), "{text}");
            assert_eq!(members["params"], parsed(params));
        }
    }
}

#[tokio::test]
async fn a_token_s_holder_is_told_to_the_backend_as_its_key() {
    let ground = Ground::new().await;
    let (key, _) = ground.limited().await;
    let nobody = ground.server.privmx();
    let token = nobody.sign_in(&key, None).await.text("accessToken");
    nobody.bearer(&token).call("store/listStores", page(&ground.context)).await.ok();
    let heard = ground.heard_one();
    assert_eq!(heard.header("x-wardgate-subject"), Some(key.id.as_str()));
    assert_eq!(heard.params(), page(&ground.context));
    assert_eq!(heard.method(), "store/listStores");
}

#[tokio::test]
async fn an_answer_may_be_of_any_content_type_and_as_long_as_the_bound() {
    let ground = Ground::new().await;
    let length = wardgate_domain::limits::BACKEND_ANSWER_BYTES;
    let long = |length: usize| {
        let frame = r#"{"jsonrpc":"2.0","id":1,"result":""}"#;
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{}"}}"#, "x".repeat(length - frame.len()))
    };
    for kind in ["text/html; charset=utf-8", "application/octet-stream", "x"] {
        let text = long(length);
        ground.backend.answer(move |_| {
            let response = http::Response::builder().header("content-type", kind);
            Say::Whole(response.body(axum::body::Body::from(text.clone())).expect("an answer"))
        });
        let told = ground.owner.call("thread/getThread", json!({ "threadId": "t" })).await;
        assert!(matches!(told.result(), Value::String(text) if text.len() > length - 100));
    }
    ground.backend.say(long(length + 1));
    let told = ground.owner.call("thread/getThread", json!({ "threadId": "t" })).await;
    told.refused_plainly("INTERNAL_ERROR");
}
