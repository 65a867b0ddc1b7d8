//! The same over a WebSocket.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use wardgate_domain::limits;

use super::{Ground, PREMISE, Say, page, refusal};
use crate::harness::Socket;

/// A path as existing clients have it.
const PATH: &str = "/instance/api";

#[tokio::test]
async fn a_call_over_a_socket_is_judged_and_handed_on_like_any_other() {
    let ground = Ground::new().await;
    let (key, _) = ground.limited().await;
    let theirs = ground.owner.make_context(&ground.owner.make_solution("other").await, "private").await;
    let token = ground.server.privmx().sign_in(&key, None).await.text("accessToken");
    let mut socket = Socket::open(ground.server.address, PATH).await;
    let thread = json!({ "threadId": "t" });
    socket.call("thread/getThread", thread.clone()).await.refused_plainly("UNAUTHORIZED");
    socket.call("manager/bindAccessToken", json!({ "accessToken": token })).await.ok();
    assert_eq!(
        socket.call("thread/getThread", json!({})).await.refused("INVALID_PARAMS"),
        "Key 'threadId' is required"
    );
    socket.call("thread/listThreads", page(&theirs)).await.refused_plainly("ACCESS_DENIED");
    ground.heard_nothing();

    socket.call("thread/listThreads", page(&ground.context)).await.ok();
    let heard = ground.heard_one();
    assert_eq!((heard.method().as_str(), heard.params()), ("thread/listThreads", page(&ground.context)));
    assert_eq!(heard.header("x-wardgate-tenant"), Some(PREMISE));
    assert_eq!(heard.header("x-wardgate-subject"), Some(key.id.as_str()));
    assert!(!heard.text().contains(&token) && !heard.text().contains("authorization"));
    let decision = heard.header("x-wardgate-decision").expect("a decision");
    let why = ground.server.admin().await.why(decision).await.expect(200).json();
    assert_eq!((&why["permission"], &why["path"]), (&json!("privmx:thread:listThreads"), &json!(PATH)));

    // Looked up, and in another's context.
    ground.backend.answer(move |_| Say::Result(json!({ "thread": { "contextId": theirs } })));
    socket.call("thread/deleteThread", thread.clone()).await.refused_plainly("ACCESS_DENIED");
    assert_eq!(ground.heard_one().method(), "thread/getThread");
    ground.backend.answer(|_| refusal("THREAD_DOES_NOT_EXIST"));
    socket.call("thread/getThread", thread.clone()).await.refused_plainly("THREAD_DOES_NOT_EXIST");
    ground.backend.say("no JSON");
    socket.call("thread/getThread", thread).await.refused_plainly("INTERNAL_ERROR");
    socket.call("versions", json!({})).await.result();
}

#[tokio::test]
async fn a_long_answer_comes_over_a_socket_as_it_was_sent() {
    let ground = Ground::new().await;
    let token = ground.server.privmx().sign_in(&ground.server.first_key(), None).await.text("accessToken");
    let frame = r#"{"jsonrpc":"2.0","id":1,"result":""}"#.len();
    let result = format!(r#""{}""#, "ż".repeat((limits::BACKEND_ANSWER_BYTES - frame) / 2));
    ground.backend.say(format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
    let mut socket = Socket::open(ground.server.address, PATH).await;
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":"own","token":"{token}","method":"store/listStores","params":{}}}"#,
        page(&ground.context)
    );
    let told = socket.exchange(Message::text(call)).await;
    assert!(told.answer.text() == format!(r#"{{"jsonrpc":"2.0","id":"own","result":{result}}}"#));
}
