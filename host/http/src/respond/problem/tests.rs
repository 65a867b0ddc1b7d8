//! Problems on the wire.

use std::collections::HashSet;

use serde_json::{Value, json};
use wardgate_domain::Random;

use super::*;

fn request_id() -> RequestId {
    RequestId::fresh(&Random::seeded(42))
}

async fn body_of(response: Response<Body>) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_problem_says_what_where_and_under_which_name() {
    let id = request_id();
    let error = JsonError { location: "/a/0".to_owned(), message: "this value is not valid here".to_owned() };
    let response = Problem::bad_json(error).into_response(&id);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["x-request-id"], id.as_str());
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(
        body_of(response).await,
        json!({
            "type": "/docs/errors#bad_json",
            "title": "The JSON body cannot be read",
            "status": 400,
            "detail": "the JSON body cannot be read",
            "code": "bad_json",
            "request_id": id.as_str(),
            "errors": [{ "location": "/a/0", "message": "this value is not valid here" }],
        })
    );
}

#[tokio::test]
async fn a_problem_without_faults_lists_none() {
    let body = body_of(Problem::not_found().into_response(&request_id())).await;
    assert_eq!(body.get("errors"), None);
}

#[test]
fn statuses_that_need_a_header_have_it() {
    let header = |problem: Problem, name: &str| problem.into_response(&request_id()).headers()[name].clone();
    assert_eq!(header(Problem::unauthorized(), "www-authenticate"), "Bearer realm=\"wardgate\"");
    assert_eq!(header(Problem::method_not_allowed("GET, HEAD"), "allow"), "GET, HEAD");
    assert_eq!(header(Problem::rate_limited(7), "retry-after"), "7");
    assert_eq!(header(Problem::unavailable(), "retry-after"), "1");
    assert_eq!(header(Problem::too_large(8).closing(), "connection"), "close");
}

#[test]
fn codes_are_unique_and_every_one_is_a_refusal() {
    let codes: HashSet<_> = PROBLEM_CODES.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), PROBLEM_CODES.len());
    assert!(PROBLEM_CODES.iter().all(|code| code.status().is_client_error() || code.status().is_server_error()));
}
