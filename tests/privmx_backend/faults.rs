//! A backend that misbehaves: its caller is told that something is wrong and nothing of what it said, and nobody else is
//! held up.

use std::time::{Duration, Instant};

use axum::body::Body;
use futures_util::{StreamExt, stream};
use http::Response;
use serde_json::json;
use tokio::net::TcpListener;
use wardgate_domain::limits;

use super::{Ground, Say, client_of, page, with_backend};
use crate::harness::{Backend, PREMISE, Privmx, SECOND, Server, Setup, Told};

/// What no caller may ever read.
const INTERNALS: &str = "internals-of-the-backend";

async fn get(caller: &Privmx) -> Told {
    caller.call("thread/getThread", json!({ "threadId": "t" })).await
}

fn status(status: u16, headers: &[(&str, &str)], text: &str) -> Response<Body> {
    let response = headers
        .iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(*name, *value));
    response.body(Body::from(text.to_owned())).expect("an answer")
}

/// A body of unknown length, which breaks off after `parts`.
fn broken(parts: Vec<String>) -> Body {
    let parts = parts.into_iter().map(Ok);
    Body::from_stream(stream::iter(parts.chain([Err(std::io::Error::other("broken"))])))
}

/// What it says, each time that it is asked.
type Fault = Box<dyn Fn() -> Say + Send>;

/// All that is wrong, by a word for it.
fn faults(elsewhere: &str) -> Vec<(&'static str, Fault)> {
    let good = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{INTERNALS}"}}"#);
    let text = |text: String| -> Fault { Box::new(move || Say::Text(text.clone())) };
    let whole = |code: u16, headers: Vec<(&'static str, String)>, body: &str| -> Fault {
        let body = body.to_owned();
        Box::new(move || {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Say::Whole(status(code, &headers, &body))
        })
    };
    let long = "x".repeat(limits::BACKEND_ANSWER_BYTES);
    let half = good[..good.len() / 2].to_owned();
    let error = |error: &str| text(format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#));
    let code = |code: &str| error(&format!(r#"{{"code":{code},"message":"{INTERNALS}","data":"{INTERNALS}"}}"#));
    let chunk = || Ok::<_, std::io::Error>(INTERNALS);
    vec![
        ("a failure", whole(500, vec![], &good)),
        ("a page of its proxy", whole(502, vec![("x-internals", INTERNALS.to_owned())], INTERNALS)),
        ("no leave", whole(401, vec![("www-authenticate", format!("Basic realm={INTERNALS}"))], &good)),
        ("another place", whole(302, vec![("location", elsewhere.to_owned())], &good)),
        ("another place for good", whole(308, vec![("location", elsewhere.to_owned())], &good)),
        ("something else than an answer", whole(201, vec![], &good)),
        ("nothing", whole(204, vec![], "")),
        ("no text", text(String::new())),
        ("a page", text(format!("<html>{INTERNALS}</html>"))),
        ("an answer that is cut", text(half.clone())),
        ("an answer and more", text(format!("{good} {INTERNALS}"))),
        ("two answers", text(format!("[{good},{good}]"))),
        ("a result and an error", text(good.replace('}', r#","error":{"code":1,"message":"m"}}"#))),
        ("two results", text(good.replace('}', r#","result":1}"#))),
        ("neither", text(good.replace("result", "outcome"))),
        ("an error that is none", error(&format!("\"{INTERNALS}\""))),
        ("an error without a code", error(&format!(r#"{{"message":"{INTERNALS}"}}"#))),
        ("an error with a text for a code", code("\"1\"")),
        ("an error with half a code", code("0.5")),
        ("that our call is none", code("-32700")),
        ("that our call is not right", code("-32600")),
        ("that we are nobody", code("24879")),
        ("far too much", text(format!(r#"{{"id":1,"result":"{INTERNALS}{long}"}}"#))),
        ("what never ends", Box::new(move || Say::Whole(Response::new(Body::from_stream(stream::repeat_with(chunk)))))),
        ("what breaks off", Box::new(move || Say::Whole(Response::new(broken(vec![half.clone()]))))),
        ("what breaks off at once", Box::new(|| Say::Whole(Response::new(broken(vec![]))))),
        ("a whole answer that breaks off", Box::new(move || Say::Whole(Response::new(broken(vec![good.clone()]))))),
    ]
}

#[tokio::test]
async fn an_answer_that_cannot_be_handed_on_is_an_internal_error_without_a_word_of_it() {
    let ground = Ground::new().await;
    let (_, limited) = ground.limited().await;
    let elsewhere = format!("http://{}/elsewhere", ground.backend.address);
    for (fault, say) in faults(&elsewhere) {
        ground.backend.answer(move |_| say());
        // Said of the call, and of a look-up.
        for caller in [&ground.owner, &limited] {
            let told = get(caller).await;
            told.refused_plainly("INTERNAL_ERROR");
            let shown = format!("{:?}{}", told.answer.headers, told.answer.text());
            assert!(!shown.contains(INTERNALS), "{fault}: {shown}");
            assert!(ground.heard_one().head[0].starts_with("POST /rpc"), "{fault}: it is asked once, and no other");
        }
        ground.backend.answer(|_| Say::Result(json!("OK")));
        get(&ground.owner).await.ok();
        ground.heard_one();
    }
}

#[tokio::test]
async fn a_backend_that_is_not_there_is_an_internal_error() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let server = with_backend(Setup::new(), &format!("http://{closed}")).start();
    let told = get(&server.owner()).await;
    told.refused_plainly("INTERNAL_ERROR");
    assert!(!told.answer.text().contains(&closed.to_string()));
    // It is asked for last: who may not call is told so.
    let scopeless = server.privmx().basic(&server.owner().make_key(&["store", "solution:*"]).await);
    get(&scopeless).await.refused("INSUFFICIENT_SCOPE");
}

#[tokio::test]
async fn a_backend_that_does_not_answer_is_given_up() {
    let ground = Ground::new().await;
    let (_, limited) = ground.limited().await;
    let context = ground.context.clone();
    ground.backend.answer(move |heard| match (heard.method().as_str(), heard.params()["storeId"].as_str()) {
        // A look-up that takes most of the time leaves little for the call.
        ("store/getStore", Some("slow")) => Say::Whole(Response::new(Body::from_stream(stream::once({
            let text = json!({ "id": 1, "result": { "store": { "contextId": context } } }).to_string();
            async move {
                tokio::time::sleep(Duration::from_millis(limits::BACKEND_WAIT_MS / 2)).await;
                Ok::<_, std::io::Error>(text)
            }
        })))),
        // The beginning of an answer, and then no more.
        ("inbox/getInbox", _) => {
            let beginning = stream::iter([Ok::<_, std::io::Error>("{")]).chain(stream::pending());
            Say::Whole(Response::new(Body::from_stream(beginning)))
        }
        _ => Say::Held(json!("OK")),
    });
    let began = Instant::now();
    let all = tokio::join!(
        get(&ground.owner),
        get(&limited),
        limited.call("store/deleteStore", json!({ "storeId": "slow" })),
        ground.owner.call("inbox/getInbox", json!({ "inboxId": "i" })),
    );
    let took = began.elapsed();
    for told in [all.0, all.1, all.2, all.3] {
        told.refused_plainly("INTERNAL_ERROR");
    }
    let wait = Duration::from_millis(limits::BACKEND_WAIT_MS);
    assert!(took >= wait && took < 2 * wait, "{took:?}");
    // The turns are free again.
    ground.backend.release();
    for _ in 0..2 {
        get(&ground.owner).await.ok();
    }
}

/// Every turn of one tenant is taken by calls that its backend holds.
async fn crowd(server: &Server, backend: &Backend) -> Vec<tokio::task::JoinHandle<Told>> {
    let owner = server.owner();
    let calls: Vec<_> = (0..limits::BACKEND_CALLS_PER_TENANT)
        .map(|_| {
            let owner = owner.clone();
            tokio::spawn(async move { get(&owner).await })
        })
        .collect();
    let began = Instant::now();
    while backend.count() < calls.len() {
        assert!(began.elapsed() < Duration::from_secs(8), "only {} came", backend.count());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    calls
}

#[tokio::test]
async fn too_many_calls_at_a_time_are_told_so_and_hold_up_no_other_tenant() {
    let backend = Backend::start().await;
    let setup = with_backend(Setup::new(), &backend.url());
    let name = "name = \"second_tenant\"";
    let server = setup.edit_tenant("second_tenant", name, &format!("{name}\nbackend = \"{}\"", backend.url())).start();
    let other = client_of(&server, SECOND).await;
    backend.answer(|heard| match heard.header("x-wardgate-tenant") {
        Some(PREMISE) => Say::Held(json!("OK")),
        _ => Say::Result(json!("other")),
    });
    let calls = crowd(&server, &backend).await;
    backend.heard();
    for _ in 0..3 {
        get(&server.owner()).await.refused_plainly("TOO_MANY_REQUESTS");
    }
    assert_eq!(backend.count(), 0);
    assert_eq!(get(&other).await.result(), "other");
    // What the backend has no part in is answered.
    server.owner().make_solution("s").await;
    server.owner().call("thread/listThreads", page("none")).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    backend.release();
    for call in calls {
        call.await.expect("no panic").ok();
    }
    get(&server.owner()).await.ok();
}

#[tokio::test]
async fn a_call_whose_caller_has_hung_up_is_under_way_until_it_is_answered() {
    let backend = Backend::start().await;
    let server = with_backend(Setup::new(), &backend.url()).start();
    backend.answer(|_| Say::Held(json!("OK")));
    let calls = crowd(&server, &backend).await;
    get(&server.owner()).await.refused_plainly("TOO_MANY_REQUESTS");
    for call in calls {
        call.abort();
    }
    // A call that was handed on is under way until it is answered, whoever still waits for it.
    backend.answer(|_| Say::Result(json!("OK")));
    get(&server.owner()).await.refused_plainly("TOO_MANY_REQUESTS");
    backend.release();
    let began = Instant::now();
    while get(&server.owner()).await.code().is_some() {
        assert!(began.elapsed() < Duration::from_secs(8), "turns are not given back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
