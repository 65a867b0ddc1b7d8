//! The other end: what the command line asks a running server for, and hands on to it for browsers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{
    CONNECTION, CONTENT_TYPE, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::net::UnixStream;
use tower::util::BoxCloneSyncService;
use wardgate_domain::Random;
use wardgate_domain::secret::PlainSecret;

use super::{ADMINS, LINKS, PREFIX};
use crate::request::id::RequestId;
use crate::respond::problem::Problem;

/// How long one of our own questions may take: a server that is just starting may compile modules first.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a browser's may take to be answered: others' uploads may be compiled before its own.
const RELAY_PATIENCE: Duration = Duration::from_mins(5);
/// The longest answer to one that is read, in bytes.
const ANSWER_BYTES: usize = 16 * 1024;
/// What belongs to one connection and not to the next (RFC 9110 section 7.6.1), beside what `Connection` names.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// A connection to the socket, whatever address is asked for.
type ToSocket = BoxCloneSyncService<Uri, TokioIo<UnixStream>, std::io::Error>;

/// A running server, by its control socket.
#[derive(Clone)]
pub struct Control {
    socket: Arc<Path>,
    client: Client<ToSocket, Body>,
}

/// An admin of the cluster who was made up.
#[derive(Debug)]
pub struct NewAdmin {
    /// What he signs in as.
    pub name: String,
    /// What he signs in with.
    pub password: PlainSecret,
}

/// A link by which somebody signs in once.
#[derive(Debug)]
pub struct Link {
    /// Who.
    pub name: String,
    /// What the link carries.
    pub code: PlainSecret,
}

/// Why the server did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// It cannot be reached, or broke off.
    #[error("{0} does not answer: {1}")]
    Unreachable(String, String),
    /// It took too long.
    #[error("{0} did not answer in time")]
    Late(String),
    /// It said no.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// There is nobody to make a link for.
    #[error("the cluster has no such admin who may sign in: make one with `wardgate cred-gen`")]
    Nobody,
}

impl Control {
    /// The server whose control socket this is.
    pub fn new(socket: PathBuf) -> Self {
        let socket: Arc<Path> = socket.into();
        let place = Arc::clone(&socket);
        let connect = tower::service_fn(move |_: Uri| {
            let place = Arc::clone(&place);
            async move { UnixStream::connect(&*place).await.map(TokioIo::new) }
        });
        let client = Client::builder(TokioExecutor::new()).build(BoxCloneSyncService::new(connect));
        Self { socket, client }
    }

    /// Makes up an admin of the cluster.
    pub async fn generate_admin(&self) -> Result<NewAdmin, ControlError> {
        #[derive(Deserialize)]
        struct Made {
            name: String,
            password: String,
        }
        let made: Made = self.ask(ADMINS, &json!({})).await?;
        Ok(NewAdmin { name: made.name, password: PlainSecret::new(made.password) })
    }

    /// A link for one of the cluster's users; if nobody is named, for the admin who was made up last, else the newest.
    pub async fn make_link(&self, user: Option<&str>) -> Result<Link, ControlError> {
        #[derive(Deserialize)]
        struct Made {
            name: String,
            link: String,
        }
        let made: Made = self.ask(LINKS, &json!({ "user": user })).await?;
        Ok(Link { name: made.name, code: PlainSecret::new(made.link) })
    }

    async fn ask<T: DeserializeOwned>(&self, path: &'static str, body: &serde_json::Value) -> Result<T, ControlError> {
        let request = Request::post(format!("http://control{path}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a legal request");
        let place = || self.socket.display().to_string();
        let unreachable = |why: String| ControlError::Unreachable(place(), why);
        let answer = async {
            let response = self.client.request(request).await.map_err(|e| unreachable(crate::client::innermost(&e)))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
            Ok((status, body.map_err(|e| unreachable(e.to_string()))?.to_bytes()))
        };
        let (status, body) =
            tokio::time::timeout(PATIENCE, answer).await.map_err(|_| ControlError::Late(place()))??;
        match status {
            StatusCode::CREATED => serde_json::from_slice(&body).map_err(|e| unreachable(e.to_string())),
            StatusCode::NOT_FOUND => Err(ControlError::Nobody),
            _ => Err(ControlError::Refused(detail(&body).unwrap_or_else(|| status.to_string()))),
        }
    }

    /// Hands a browser's request on, and the answer back; but for what is the owner's alone, whom a browser does not prove
    /// to be there. If the server does not answer, `random` names what is said
    /// instead.
    pub async fn relay(&self, request: Request<Incoming>, random: &Random) -> Response<Body> {
        let id = RequestId::of(request.headers(), random);
        if request.uri().path().starts_with(PREFIX) {
            return Problem::not_found().into_response(&id);
        }
        let late = || ControlError::Late(self.socket.display().to_string());
        let answered = tokio::time::timeout(RELAY_PATIENCE, self.hand_on(request)).await;
        answered.unwrap_or_else(|_| Err(late())).unwrap_or_else(|error| {
            tracing::warn!(%error, "a request could not be handed on");
            Problem::unavailable().into_response(&id)
        })
    }

    async fn hand_on(&self, request: Request<Incoming>) -> Result<Response<Body>, ControlError> {
        let (mut parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let unreachable = |why: String| ControlError::Unreachable(self.socket.display().to_string(), why);
        parts.uri = format!("http://control{target}").parse().map_err(|_| unreachable("a bad target".to_owned()))?;
        strip(&mut parts.headers);
        let request = Request::from_parts(parts, Body::new(body));
        let response = self.client.request(request).await.map_err(|e| unreachable(crate::client::innermost(&e)))?;
        let (mut parts, body) = response.into_parts();
        strip(&mut parts.headers);
        Ok(Response::from_parts(parts, Body::new(body)))
    }
}

/// Takes out what is said to this connection alone.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<_> = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok()).collect();
    let named: Vec<HeaderName> = named.join(",").split(',').filter_map(|name| name.trim().parse().ok()).collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// What a problem says of itself.
fn detail(body: &[u8]) -> Option<String> {
    let problem: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(problem.get("detail")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::strip;

    #[test]
    fn what_is_said_to_one_connection_is_not_handed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Own"),
            ("x-own", "1"),
            ("keep-alive", "5"),
            ("upgrade", "websocket"),
            ("host", "a"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers.append("connection", HeaderValue::from_static("x-other"));
        headers.append("x-other", HeaderValue::from_static("2"));
        strip(&mut headers);
        assert_eq!(headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["host"]);
    }
}
