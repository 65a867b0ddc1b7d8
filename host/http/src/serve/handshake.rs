//! The handshake of RFC 6455, section 4.2: whether a request asks for a WebSocket, whether it asks as it must, and the
//! only answer that turns a connection into one. Who may have one is for the handler to say.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::socket::Speaker;
use crate::respond::problem::Problem;

/// The one version of the protocol.
const VERSION: HeaderValue = HeaderValue::from_static("13");
/// Length of a client's key, in bytes.
const KEY_BYTES: usize = 16;

/// What a request gets: a response, and with a 101 somebody who answers the messages that follow.
pub struct Answer {
    pub(super) response: Response<Body>,
    pub(super) speaker: Option<Box<dyn Speaker>>,
}

impl From<Response<Body>> for Answer {
    fn from(response: Response<Body>) -> Self {
        Self { response, speaker: None }
    }
}

/// Whether a request asks for a WebSocket, well or badly.
pub(crate) fn asks<B>(request: &Request<B>) -> bool {
    request.method() == Method::GET && names(request.headers(), UPGRADE, "websocket")
}

/// A handshake that is as it must be.
#[derive(Debug)]
pub(crate) struct Handshake {
    accept: HeaderValue,
}

impl Handshake {
    /// Reads the handshake of a request that [`asks`].
    pub(crate) fn read<B: hyper::body::Body>(request: &Request<B>) -> Result<Self, Problem> {
        let headers = request.headers();
        if request.version() != Version::HTTP_11 || !names(headers, CONNECTION, "upgrade") {
            return Err(Problem::bad_request("a WebSocket begins with HTTP/1.1 and `Connection: Upgrade`"));
        }
        if !request.body().is_end_stream() {
            return Err(Problem::bad_request("a request for a WebSocket has no body").closing());
        }
        if only(headers, SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
            let problem = Problem::bad_request("a WebSocket must be of version 13");
            return Err(problem.with(SEC_WEBSOCKET_VERSION, VERSION));
        }
        let key = only(headers, SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
        let key = key.filter(|key| STANDARD.decode(key).is_ok_and(|key| key.len() == KEY_BYTES));
        let key = key.ok_or_else(|| Problem::bad_request("Sec-WebSocket-Key must be 16 bytes in base64"))?;
        let accept = HeaderValue::from_str(&derive_accept_key(key)).expect("base64 is a legal header value");
        Ok(Self { accept })
    }

    /// Turns the connection into a WebSocket on which `speaker` answers.
    pub(crate) fn accept(self, speaker: Box<dyn Speaker>) -> Answer {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        Answer { response, speaker: Some(speaker) }
    }
}

impl Answer {
    /// The headers of the response.
    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        self.response.headers_mut()
    }

    /// The status of the response.
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }
}

/// Whether the lines of a header, which are lists, name `token`.
fn names(headers: &HeaderMap, header: HeaderName, token: &str) -> bool {
    let mut tokens = headers.get_all(header).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    tokens.any(|named| named.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

fn only(headers: &HeaderMap, header: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(header).iter();
    values.next().filter(|_| values.next().is_none())
}
