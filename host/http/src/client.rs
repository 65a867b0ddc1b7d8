//! The other end of our own API: what the command line calls a server with. Speaks plain HTTP, so it belongs beside the
//! server or behind a tunnel; a token is sent to nobody else than the server that was named.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use wardgate_domain::secret::PlainSecret;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take: others' uploads may be compiled before ours.
const PATIENCE: Duration = Duration::from_mins(5);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// What is handed to the connection at a time, in bytes, so that progress can be seen.
const PIECE_BYTES: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The server's address is none that can be called.
    #[error("{0}")]
    Address(String),
    /// No credential of a request looks like this.
    #[error("the token has characters that no token has")]
    Token,
    /// It could not be reached, or broke off.
    #[error("{server} does not answer: {why}")]
    Unreachable {
        /// The server, as it was named.
        server: String,
        /// What the connection says.
        why: String,
    },
    /// It took too long.
    #[error("{0} did not answer in time")]
    Late(String),
}

/// A server's answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Bytes,
}

/// What is sent, and how it is called.
#[derive(Debug, Clone)]
pub struct Content {
    /// Its media type.
    pub kind: &'static str,
    /// The bytes.
    pub bytes: Bytes,
}

/// A server, and the credential to use there.
pub struct Remote {
    server: String,
    authorization: HeaderValue,
    client: Client<HttpConnector, Sending>,
}

impl Remote {
    /// `server` is a URL such as `http://127.0.0.1:8080`.
    pub fn new(server: &str, token: &PlainSecret) -> Result<Self, RemoteError> {
        let server = server.trim_end_matches('/');
        let uri: Uri = server.parse().map_err(|_| RemoteError::Address(format!("{server} is no URL of a server")))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                let why = "https is not spoken here: run this beside the server, or through a tunnel to it (ssh -L)";
                return Err(RemoteError::Address(why.to_owned()));
            }
            _ => return Err(RemoteError::Address(format!("{server} must begin with http://"))),
        }
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| RemoteError::Token)?;
        authorization.set_sensitive(true);
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { server: server.to_owned(), authorization, client })
    }

    /// Whether whoever listens to the network in between could hear the token.
    pub fn is_overheard(&self) -> bool {
        let uri: Option<Uri> = self.server.parse().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default().trim_matches(['[', ']']);
        host != "localhost" && !host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// One call; `sent` counts the bytes of its content that are on their way.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        content: Option<Content>,
        sent: Arc<AtomicUsize>,
    ) -> Result<Reply, RemoteError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
            .header(ACCEPT, "application/json, application/problem+json, */*")
            .header(AUTHORIZATION, self.authorization.clone());
        if let Some(content) = &content {
            request = request.header(CONTENT_TYPE, content.kind);
        }
        let body = Sending { left: content.map(|content| content.bytes).unwrap_or_default(), sent };
        let request = request.body(body).map_err(|e| RemoteError::Address(format!("{}{path}: {e}", self.server)))?;
        let answered = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        answered.map_err(|_| RemoteError::Late(self.server.clone()))?
    }

    async fn answer(&self, request: Request<Sending>) -> Result<Reply, RemoteError> {
        let unreachable = |why: String| RemoteError::Unreachable { server: self.server.clone(), why };
        let response = self.client.request(request).await.map_err(|e| unreachable(innermost(&e)))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        Ok(Reply { status, body: body.map_err(|e| unreachable(e.to_string()))?.to_bytes() })
    }
}

/// What went wrong in the end: `Connection refused`, rather than `client error`.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map_or_else(String::new, ToString::to_string)
}

/// A body that counts what it has given away.
struct Sending {
    left: Bytes,
    sent: Arc<AtomicUsize>,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(PIECE_BYTES);
        self.sent.fetch_add(length, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_is_spoken_and_said_so() {
        let token = PlainSecret::new("abc".to_owned());
        assert!(Remote::new("http://127.0.0.1:8080/", &token).is_ok());
        for (server, word) in
            [("https://example.com", "tunnel"), ("ftp://x", "http://"), ("127.0.0.1:80", ""), ("", "")]
        {
            let refused = Remote::new(server, &token).err().unwrap_or_else(|| panic!("{server} was taken"));
            assert!(refused.to_string().contains(word), "{refused}");
        }
        for (server, overheard) in [
            ("http://localhost:8080", false),
            ("http://127.0.0.2", false),
            ("http://[::1]:80", false),
            ("http://192.0.2.1", true),
            ("http://localhost.example.com", true),
        ] {
            assert_eq!(Remote::new(server, &token).map(|it| it.is_overheard()).ok(), Some(overheard), "{server}");
        }
        let broken = PlainSecret::new("a\nb".to_owned());
        assert!(matches!(Remote::new("http://127.0.0.1", &broken), Err(RemoteError::Token)));
    }
}
