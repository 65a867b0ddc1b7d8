//! Answers under `/auth/v3` and `/environment/v3`: the envelope of GWS (reference genesys.md, section 3). The endpoints of
//! RFC 6749 below `/auth/v3/oauth` have their own form.

use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::problem::{Problem, ProblemCode};
use crate::request::id::RequestId;

/// How it went: code 0 is success, any other the HTTP status.
#[derive(Debug, Serialize)]
struct Status<'a> {
    code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct Success<T> {
    status: Status<'static>,
    data: T,
}

#[derive(Serialize)]
struct Failure<'a> {
    status: Status<'a>,
    data: Option<()>,
    errors: Vec<Fault<'a>>,
    path: &'a str,
    /// Beside the envelope: what wrong credentials were seen to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'static str>,
}

#[derive(Serialize)]
struct Fault<'a> {
    status: FaultStatus<'a>,
}

#[derive(Serialize)]
struct FaultStatus<'a> {
    code: u16,
    message: &'a str,
    detail: String,
}

/// All went well. What is told may have secrets in it and is for nobody's cache.
pub fn success<T: Serialize>(status: StatusCode, data: T) -> Response<Body> {
    let envelope = Success { status: Status { code: 0, message: None, detail: None }, data };
    (status, [(CACHE_CONTROL, "no-store")], Json(envelope)).into_response()
}

/// The problem as GWS says it.
pub fn into_response(problem: Problem, request_id: &RequestId, path: &str) -> Response<Body> {
    let code = problem.code.status().as_u16();
    let fault = |detail: String| Fault { status: FaultStatus { code, message: problem.code.title(), detail } };
    let unauthorized = problem.code == ProblemCode::Unauthorized;
    let envelope = Failure {
        status: Status { code, message: Some(problem.code.title()), detail: Some(&problem.detail) },
        data: None,
        errors: problem.errors.iter().map(|f| fault(format!("{}: {}", f.location, f.message))).collect(),
        path,
        error: unauthorized.then_some("Unauthorized"),
        error_description: unauthorized.then_some("Bad credentials"),
    };
    let json = serde_json::to_vec(&envelope).expect("an envelope is plain text and numbers");
    problem.response(request_id, HeaderValue::from_static("application/json"), json)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wardgate_domain::Random;

    use super::*;

    async fn body_of(response: Response<Body>) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn success_is_code_0() {
        let response = success(StatusCode::OK, json!({ "name": "a" }));
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(body_of(response).await, json!({ "status": { "code": 0 }, "data": { "name": "a" } }));
    }

    #[tokio::test]
    async fn a_problem_becomes_an_envelope() {
        let id = RequestId::fresh(&Random::seeded(42));
        let problem = Problem::invalid_parameter("/data/name", "is missing");
        let response = into_response(problem, &id, "/auth/v3/ops/clients");
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let message = "A parameter is not valid";
        let expected = json!({
            "status": { "code": 400, "message": message, "detail": "a parameter is not valid" },
            "data": null,
            "errors": [{ "status": { "code": 400, "message": message, "detail": "/data/name: is missing" } }],
            "path": "/auth/v3/ops/clients",
        });
        assert_eq!(body_of(response).await, expected);
        let body = body_of(into_response(Problem::unauthorized(), &id, "/")).await;
        assert_eq!(body["error"], "Unauthorized");
        assert_eq!(body["error_description"], "Bad credentials");
        assert_eq!(body["status"]["code"], 401);
    }
}
