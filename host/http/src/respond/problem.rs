//! Errors of our own API: `application/problem+json` (RFC 9457). A problem is a value until a door gives it its form;
//! what it says to people is written here, never taken from a database, a file system or a library (security rule 66).

use std::borrow::Cow;

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::request::id::{RequestId, X_REQUEST_ID};
use crate::request::json::JsonError;

/// Where the codes are explained; each has its section, named by the code.
pub const ERRORS_PAGE: &str = "/docs/errors";

/// The same words whatever is wrong with a credential (security rule 17).
const UNAUTHORIZED: &str = "the credential is missing or not valid";

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// What kind of problem it is. Codes are stable; each has its section on the page of errors.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $($(#[$doc])* $variant,)* }

        impl ProblemCode {
            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// The same few words whenever the code is used.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }

        /// All codes, in the order of their statuses.
        pub const PROBLEM_CODES: &[ProblemCode] = &[$(ProblemCode::$variant,)*];
    };
}

problem_codes! {
    /// The request breaks a rule of HTTP or of this API that no other code names.
    BadRequest = "bad_request", BAD_REQUEST, "The request is malformed";
    /// The body is not JSON, or not JSON that is taken.
    BadJson = "bad_json", BAD_REQUEST, "The JSON body cannot be read";
    /// A value is legal JSON but not legal here.
    InvalidParameter = "invalid_parameter", BAD_REQUEST, "A parameter is not valid";
    /// A callback that the Request Origin does not list.
    CallbackUnlisted = "callback_unlisted", BAD_REQUEST, "The callback is not listed";
    /// No credential, or none that is good.
    Unauthorized = "unauthorized", UNAUTHORIZED, "A valid credential is needed";
    /// A good credential that does not cover this.
    Forbidden = "forbidden", FORBIDDEN, "The credential does not allow this";
    /// A session of the portal whose user has not shown who he is for a while.
    ConfirmationNeeded = "confirmation_needed", FORBIDDEN, "The password is needed again";
    /// An identity provider's word that is not taken for its user being at the portal still.
    NotConfirmed = "not_confirmed", FORBIDDEN, "The provider confirms nothing";
    /// It does not exist, or the caller may not know of it.
    NotFound = "not_found", NOT_FOUND, "There is no such thing";
    /// The address exists, the method does not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// The request did not arrive in time.
    Timeout = "timeout", REQUEST_TIMEOUT, "The request did not arrive in time";
    /// The state of things does not allow it.
    Conflict = "conflict", CONFLICT, "The request conflicts with the present state";
    /// The body is larger than the route allows.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The target is too long.
    UriTooLong = "uri_too_long", URI_TOO_LONG, "The request target is too long";
    /// The body is of a kind that is not read here.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not supported";
    /// The server is called by a name that is not its own.
    WrongHost = "wrong_host", MISDIRECTED_REQUEST, "This server is not called so";
    /// What was uploaded is no module that runs here.
    InvalidModule = "invalid_module", UNPROCESSABLE_ENTITY, "The module cannot be taken";
    /// A rate limit is used up.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    /// Too many header lines.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The request header is too large";
    /// Something failed that should not have.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    /// A part is out of reach or a bound was reached; another try may succeed.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service is not available right now";
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A JSON pointer into the body, a parameter's name, or a line and column.
    pub location: Cow<'static, str>,
    /// What is wrong there.
    pub message: Cow<'static, str>,
}

/// An error as the caller will see it, in whatever form his dialect has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub code: ProblemCode,
    /// What happened this time.
    pub detail: Cow<'static, str>,
    /// Each thing that is wrong.
    pub errors: Vec<Fault>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of a kind, with what happened this time.
    pub fn new(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// The request breaks a rule.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemCode::BadRequest, detail)
    }

    /// The body is not JSON that is taken.
    pub fn bad_json(error: JsonError) -> Self {
        Self::new(ProblemCode::BadJson, "the JSON body cannot be read").at(error.location, error.message)
    }

    /// The server is called by a name that is not its own.
    pub fn wrong_host() -> Self {
        Self::new(ProblemCode::WrongHost, "this address is for the person at this machine: call it as it was printed")
    }

    /// One parameter is not valid.
    pub fn invalid_parameter(location: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemCode::InvalidParameter, "a parameter is not valid").at(location, message)
    }

    /// No good credential. The same words whatever is wrong with it (security rule 17).
    pub fn unauthorized() -> Self {
        Self::new(ProblemCode::Unauthorized, UNAUTHORIZED)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"wardgate\""))
    }

    /// The token that was presented is not good (RFC 6750 section 3.1).
    pub fn invalid_token() -> Self {
        let challenge = HeaderValue::from_static("Bearer realm=\"wardgate\", error=\"invalid_token\"");
        Self::new(ProblemCode::Unauthorized, UNAUTHORIZED).with(WWW_AUTHENTICATE, challenge)
    }

    /// The token's scope leaves this out (RFC 6750 section 3.1).
    pub fn insufficient_scope(scope: &'static str) -> Self {
        let challenge = format!("Bearer realm=\"wardgate\", error=\"insufficient_scope\", scope=\"{scope}\"");
        let challenge = HeaderValue::try_from(challenge).expect("a scope is visible ASCII");
        Self::new(ProblemCode::Forbidden, "the token's scope does not allow this").with(WWW_AUTHENTICATE, challenge)
    }

    /// The credential does not cover this.
    pub fn forbidden() -> Self {
        Self::new(ProblemCode::Forbidden, "the credential does not allow this")
    }

    /// No such thing, or none that the caller may know of: the same words for both (security rule 73).
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "there is no such thing")
    }

    /// The address does not know the method; `allow` are those that it knows, as in `GET, POST`.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(ProblemCode::MethodNotAllowed, format!("the methods allowed here are {allow}"))
            .with(ALLOW, HeaderValue::from_static(allow))
    }

    /// Something did not arrive in time.
    pub fn timeout(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemCode::Timeout, detail)
    }

    /// The present state does not allow it.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemCode::Conflict, detail)
    }

    /// The body is larger than the route allows.
    pub fn too_large(limit_bytes: usize) -> Self {
        Self::new(ProblemCode::TooLarge, format!("the body may have at most {limit_bytes} bytes"))
    }

    /// The target is longer than allowed.
    pub fn uri_too_long(limit_bytes: usize) -> Self {
        Self::new(ProblemCode::UriTooLong, format!("the request target may have at most {limit_bytes} bytes"))
    }

    /// More header lines than allowed.
    pub fn headers_too_large(limit_lines: usize) -> Self {
        Self::new(ProblemCode::HeadersTooLarge, format!("a request may have at most {limit_lines} header lines"))
    }

    /// The body is of a kind that is not read here.
    pub fn unsupported_media_type(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemCode::UnsupportedMediaType, detail)
    }

    /// A rate limit is used up for that many seconds.
    pub fn rate_limited(retry_after_s: u32) -> Self {
        Self::new(ProblemCode::RateLimited, "a rate limit is used up").with(RETRY_AFTER, retry_after_s.into())
    }

    /// Trouble of ours. The cause belongs in the log, beside the request id.
    pub fn internal() -> Self {
        Self::new(ProblemCode::Internal, "the request could not be completed; its id helps us to find out why")
    }

    /// Out of reach for now.
    pub fn unavailable() -> Self {
        Self::new(ProblemCode::Unavailable, "the service cannot answer this right now")
            .with(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// Adds one thing that is wrong.
    #[must_use]
    pub fn at(mut self, location: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        self.errors.push(Fault { location: location.into(), message: message.into() });
        self
    }

    /// Sets a header on the answer.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Ends the connection with the answer: what the client sends next cannot be trusted to be a request.
    #[must_use]
    pub fn closing(self) -> Self {
        self.with(CONNECTION, HeaderValue::from_static("close"))
    }

    /// The answer in the form of our own API.
    pub fn into_response(self, request_id: &RequestId) -> Response<Body> {
        let body = ProblemBody {
            kind: format!("{ERRORS_PAGE}#{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            request_id: request_id.as_str(),
            errors: &self.errors,
        };
        let json = serde_json::to_vec(&body).expect("a problem is plain text and numbers");
        self.response(request_id, HeaderValue::from_static("application/problem+json"), json)
    }

    /// The answer with a body of some dialect; status and headers are the same in all.
    pub(super) fn response(self, request_id: &RequestId, media_type: HeaderValue, body: Vec<u8>) -> Response<Body> {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.code.status();
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(CONTENT_TYPE, media_type);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_REQUEST_ID, request_id.header_value());
        response
    }
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        Self::bad_json(error)
    }
}

/// RFC 9457 on the wire.
#[derive(Serialize)]
struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

#[cfg(test)]
mod tests;
