//! Errors of the OAuth endpoints (RFC 6749, 4.1.2.1 and 5.2): a registered code, a sentence, and never a cache.

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::request::body::BodyError;
use crate::request::form::FormError;
use crate::request::id::{RequestId, X_REQUEST_ID};
use crate::respond::problem::Problem;

/// A registered OAuth error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OAuthError {
    /// The request is malformed, lacks a parameter or repeats one; says which.
    InvalidRequest(String),
    /// The client is unknown or its secret wrong.
    InvalidClient {
        /// Whether it came in the `Authorization` header, which asks for a challenge.
        by_header: bool,
    },
    /// The grant, a refresh token or a user's name and password, is not good.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// The grant type does not exist here.
    UnsupportedGrantType,
    /// The scope is unknown, malformed or wider than what was granted.
    InvalidScope,
    /// The client is not for this person.
    AccessDenied,
    /// Something else than a code was asked for at the authorisation endpoint.
    UnsupportedResponseType,
    /// Somebody must sign in, and the client did not want him asked.
    LoginRequired,
    /// A signed request (`OpenID` Connect Core, 6.1) is not read.
    RequestNotSupported,
    /// Nor fetched (`OpenID` Connect Core, 6.2).
    RequestUriNotSupported,
    /// The server cannot answer this right now (RFC 6749, 4.1.2.1, used here for the token endpoint too).
    TemporarilyUnavailable {
        /// Seconds until another try makes sense.
        retry_after_s: u32,
    },
    /// Too many wrong passwords for the account or from the network. RFC 6749 has no word for it.
    TooManyFailures {
        /// Seconds until another try makes sense.
        retry_after_s: u32,
    },
    /// Something failed that should not have; the cause belongs in the log.
    ServerError,
}

impl OAuthError {
    /// The registered code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient { .. } => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::TemporarilyUnavailable { .. } | Self::TooManyFailures { .. } => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidClient { .. } => StatusCode::UNAUTHORIZED,
            Self::TemporarilyUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyFailures { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The same in a sentence.
    pub fn description(&self) -> &str {
        match self {
            Self::InvalidRequest(detail) => detail,
            Self::InvalidClient { .. } => "the client could not be authenticated",
            Self::InvalidGrant => "the grant is not valid, has expired or was revoked",
            Self::UnauthorizedClient => "the client may not use this grant type",
            Self::UnsupportedGrantType => "this grant type is not offered",
            Self::InvalidScope => "the scope is not valid or wider than what was granted",
            Self::AccessDenied => "the client is not for this user",
            Self::UnsupportedResponseType => "response_type must be code",
            Self::LoginRequired => "nobody is signed in",
            Self::RequestNotSupported => "request is not supported",
            Self::RequestUriNotSupported => "request_uri is not supported",
            Self::TemporarilyUnavailable { .. } => "the server cannot answer this right now",
            Self::TooManyFailures { .. } => "too many attempts failed; try again later",
            Self::ServerError => "the request could not be completed",
        }
    }

    /// The answer.
    pub fn into_response(self, request_id: &RequestId) -> Response<Body> {
        let body = ErrorBody { error: self.code(), error_description: &printable(self.description()) };
        let json = serde_json::to_vec(&body).expect("an error is plain text");
        let mut response = Response::new(Body::from(json));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        headers.insert(X_REQUEST_ID, request_id.header_value());
        match self {
            Self::InvalidClient { by_header: true } => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"wardgate\""));
            }
            Self::TemporarilyUnavailable { retry_after_s } | Self::TooManyFailures { retry_after_s } => {
                headers.insert(RETRY_AFTER, retry_after_s.into());
            }
            _ => {}
        }
        response
    }
}

/// A problem from before the endpoint, such as a wrong method, with its own status and in the form of this dialect.
pub fn problem_response(problem: Problem, request_id: &RequestId) -> Response<Body> {
    let code = if problem.code.status().is_server_error() { "server_error" } else { "invalid_request" };
    let body = ErrorBody { error: code, error_description: &printable(&problem.detail) };
    let json = serde_json::to_vec(&body).expect("an error is plain text");
    problem.response(request_id, HeaderValue::from_static("application/json"), json)
}

impl From<FormError> for OAuthError {
    fn from(error: FormError) -> Self {
        Self::InvalidRequest(error.detail())
    }
}

impl From<BodyError> for OAuthError {
    fn from(error: BodyError) -> Self {
        Self::InvalidRequest(match error {
            BodyError::TooLarge { limit_bytes } => format!("the body may have at most {limit_bytes} bytes"),
            BodyError::Late => "the body did not arrive in time".to_owned(),
            BodyError::Broken => "the body could not be read to its end".to_owned(),
        })
    }
}

/// RFC 6749 allows a description few characters: visible ASCII and space, without quotation mark and backslash.
fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect()
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wardgate_domain::Random;

    use super::*;

    fn answer(error: OAuthError) -> Response<Body> {
        error.into_response(&RequestId::fresh(&Random::seeded(42)))
    }

    async fn body_of(response: Response<Body>) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn an_error_is_never_cached_and_has_its_registered_code() {
        let response = answer(OAuthError::InvalidRequest("the parameter scope is \"given\" twice\n".to_owned()));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["pragma"], "no-cache");
        assert_eq!(
            body_of(response).await,
            json!({ "error": "invalid_request", "error_description": "the parameter scope is given twice" })
        );
    }

    #[test]
    fn a_client_that_used_the_header_is_challenged() {
        let by_header = answer(OAuthError::InvalidClient { by_header: true });
        assert_eq!(by_header.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(by_header.headers()["www-authenticate"], "Basic realm=\"wardgate\"");
        let by_body = answer(OAuthError::InvalidClient { by_header: false });
        assert_eq!(by_body.status(), StatusCode::UNAUTHORIZED);
        assert!(!by_body.headers().contains_key("www-authenticate"));
    }

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let response = answer(OAuthError::TemporarilyUnavailable { retry_after_s: 3 });
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "3");
    }
}
