//! `/api`: the management API of PrivMX Bridge, by JSON-RPC 2.0 (reference privmx.md). The door reads a call, and answers
//! 200 whatever the call comes to. A method is a file: `manager/createApiKey` is `manager/create_api_key.rs`.

mod call;
mod containers;
mod context;
mod envelope;
mod error;
mod manager;
mod methods;
mod params;
pub(crate) mod socket;
mod socket_state;
mod solution;
mod value;
mod versions;

use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response, Uri};

use crate::call::{Arrival, wire};
use crate::shared::Shared;
use call::{Call, CallerContext};
pub(crate) use containers::backend::Backends;
use envelope::Envelope;

pub use error::{RPC_ERRORS, RpcCode};

/// Bytes of a call.
const BODY_BYTES: usize = 256 * 1024;

/// What an operator may set about the door.
#[derive(Debug, Clone, Default)]
pub struct ApiOptions {
    /// Web pages that may call from a browser, as origins such as `https://panel.example.com`.
    pub origins: Vec<String>,
}

/// `POST /api`: one call.
pub(crate) async fn post(
    State(shared): State<Shared>,
    arrival: Arrival,
    method: Method,
    uri: Uri,
    request: crate::call::Call,
) -> Response<Body> {
    let headers = request.headers.clone();
    let (text, closing) = match request.bytes(BODY_BYTES).await {
        Ok(body) => {
            let wire = wire(&method, &uri, &body);
            let (method, target) = (wire.method, wire.target);
            let from = CallerContext {
                headers: &headers,
                method,
                target,
                peer: arrival.peer,
                request: &arrival.id,
                socket: None,
            };
            (answer(&shared, &from, &body).await, false)
        }
        // What comes next on the connection cannot be trusted to be a request.
        Err(_) => (envelope::parse_error(), true),
    };
    let mut response = Response::new(Body::from(text));
    let sent = response.headers_mut();
    sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    sent.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if closing {
        sent.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    allow_origin(&shared.api, &headers, sent);
    response
}

/// `OPTIONS /api`: may a web page call from here?
pub(crate) async fn options(State(shared): State<Shared>, headers: HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let sent = response.headers_mut();
    if allow_origin(&shared.api, &headers, sent) {
        sent.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        sent.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type, Authorization"));
        sent.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

/// Answers one call, however it came.
async fn answer(shared: &Shared, from: &CallerContext<'_>, text: &[u8]) -> Bytes {
    let Some(Envelope { id, method, params, token }) = Envelope::read(text) else {
        return envelope::parse_error();
    };
    let call = Call { shared, from, text, token, params };
    let outcome = methods::run(&method, &call).await;
    envelope::answer(&id, &outcome)
}

/// Lets a web page of a named origin read the answer. Whether its origin is one.
fn allow_origin(options: &ApiOptions, asked: &HeaderMap, sent: &mut HeaderMap) -> bool {
    if options.origins.is_empty() {
        return false;
    }
    sent.insert(VARY, HeaderValue::from_static("Origin"));
    let named = |origin: &&HeaderValue| options.origins.iter().any(|named| named.as_bytes() == origin.as_bytes());
    let Some(origin) = asked.get(ORIGIN).filter(named) else { return false };
    sent.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    sent.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    true
}

#[cfg(test)]
mod tests {
    use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, VARY};
    use http::{HeaderMap, HeaderValue};

    use super::{ApiOptions, allow_origin};

    #[test]
    fn only_a_named_origin_is_let_in() {
        let options = ApiOptions { origins: vec!["https://panel.example.com".to_owned()] };
        let allowed = |origin: &'static str, options: &ApiOptions| {
            let (mut asked, mut sent) = (HeaderMap::new(), HeaderMap::new());
            asked.insert(ORIGIN, HeaderValue::from_static(origin));
            let allowed = allow_origin(options, &asked, &mut sent);
            assert_eq!(sent.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), allowed);
            assert_eq!(sent.contains_key(VARY), !options.origins.is_empty());
            allowed
        };
        assert!(allowed("https://panel.example.com", &options));
        assert!(!allowed("https://panel.example.com", &ApiOptions::default()));
        for other in ["null", "https://panel.example.com.evil.example", "http://panel.example.com", ""] {
            assert!(!allowed(other, &options), "{other}");
        }
    }
}
