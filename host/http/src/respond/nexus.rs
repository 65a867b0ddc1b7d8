//! Errors under `/nexus/v3`: the Nexus envelope around the same problem (reference genesys.md).

use axum::body::Body;
use http::{HeaderValue, Response};
use serde::Serialize;

use super::problem::{Problem, ProblemCode};
use crate::request::id::RequestId;

/// The envelope of every Nexus answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<'a, T> {
    /// The request id.
    pub reference_id: &'a str,
    /// The operation's name in the API's description.
    pub operation_id: &'a str,
    /// How it went.
    pub status: Status<'a>,
    /// What was asked for; null if it went wrong.
    pub data: Option<T>,
}

/// How an operation went.
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    /// `SUCCESS`, or one word for what went wrong.
    pub code: &'a str,
    /// The same few words whenever the code is used.
    pub message: &'a str,
    /// What happened this time; absent if all went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
}

impl Status<'static> {
    /// All went well.
    pub const SUCCESS: Self = Self { code: "SUCCESS", message: "Success", detail: None };
}

/// The problem as Nexus says it.
pub fn into_response(problem: Problem, request_id: &RequestId, operation_id: &str) -> Response<Body> {
    let detail = full_detail(&problem);
    let envelope = Envelope::<()> {
        reference_id: request_id.as_str(),
        operation_id,
        status: Status { code: status_code(problem.code), message: problem.code.title(), detail: Some(&detail) },
        data: None,
    };
    let json = serde_json::to_vec(&envelope).expect("an envelope is plain text");
    problem.response(request_id, HeaderValue::from_static("application/json"), json)
}

/// The one mapping from our codes to Nexus's words.
pub fn status_code(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::BadRequest
        | ProblemCode::BadJson
        | ProblemCode::InvalidParameter
        | ProblemCode::CallbackUnlisted
        | ProblemCode::TooLarge
        | ProblemCode::UriTooLong
        | ProblemCode::HeadersTooLarge
        | ProblemCode::UnsupportedMediaType
        | ProblemCode::InvalidModule
        | ProblemCode::WrongHost => "INVALID_PARAMETER",
        ProblemCode::Unauthorized => "UNAUTHORIZED",
        ProblemCode::Forbidden | ProblemCode::ConfirmationNeeded | ProblemCode::NotConfirmed => "FORBIDDEN",
        ProblemCode::NotFound => "NOT_FOUND",
        ProblemCode::MethodNotAllowed => "METHOD_NOT_ALLOWED",
        ProblemCode::Timeout => "TIMEOUT",
        ProblemCode::Conflict => "CONFLICT",
        ProblemCode::RateLimited => "TOO_MANY_REQUESTS",
        ProblemCode::Unavailable => "UNAVAILABLE",
        ProblemCode::Internal => "FAILURE",
    }
}

/// The envelope has no list of faults, so they are told in its one line.
fn full_detail(problem: &Problem) -> String {
    let mut detail = problem.detail.to_string();
    for fault in &problem.errors {
        detail.extend(["; ", &fault.location, ": ", &fault.message]);
    }
    detail
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use wardgate_domain::Random;

    use super::*;

    #[tokio::test]
    async fn a_problem_becomes_an_envelope() {
        let id = RequestId::fresh(&Random::seeded(42));
        let problem = Problem::invalid_parameter("/name", "a name has at most 256 characters");
        let response = into_response(problem, &id, "createApiKey");
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-request-id"], id.as_str());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "referenceId": id.as_str(),
                "operationId": "createApiKey",
                "status": {
                    "code": "INVALID_PARAMETER",
                    "message": "A parameter is not valid",
                    "detail": "a parameter is not valid; /name: a name has at most 256 characters",
                },
                "data": null,
            })
        );
    }
}
