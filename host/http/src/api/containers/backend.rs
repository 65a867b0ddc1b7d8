//! The JSON-RPC server that keeps a tenant's threads, stores and the like: one call, within its bounds. It is told who
//! calls and is sent no credential.

use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::{RawValue, to_raw_value};
use wardgate_domain::limits;

use crate::request::body::read_body;

/// Connections to all backends. Clones share them.
#[derive(Clone)]
pub(crate) struct Backends(Client<HttpConnector, Body>);

/// Who calls, as the backend is told.
pub(crate) struct OnBehalf<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) request: HeaderValue,
    /// The decision that let the call pass.
    pub(crate) decision: String,
}

/// What a backend answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// `result`, as it was sent.
    Result(Box<RawValue>),
    /// `error`, as it was sent.
    Error(Box<RawValue>),
}

/// A backend gave no answer that can be handed on; what was wrong is for the operator's log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackendError {
    #[error("its address cannot be used")]
    Address,
    #[error("no connection, or a broken one: {0}")]
    Connection(Box<dyn std::error::Error + Send + Sync>),
    #[error("no answer in time")]
    Late,
    #[error("status {0}")]
    Status(StatusCode),
    #[error("an answer that is too long or breaks off")]
    Body,
    #[error("an answer that is no JSON-RPC")]
    Form,
}

impl Backends {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(Duration::from_millis(limits::BACKEND_CONNECT_MS)));
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(limits::BACKEND_IDLE_CONNECTIONS)
            .pool_idle_timeout(Duration::from_millis(limits::BACKEND_IDLE_MS))
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self(client)
    }

    /// Calls `method` with `params`, a JSON text, at the server at `address`.
    pub(crate) async fn call(
        &self,
        address: &str,
        method: &str,
        params: &RawValue,
        on_behalf: &OnBehalf<'_>,
    ) -> Result<Answer, BackendError> {
        let request = request(address, method, params, on_behalf)?;
        let exchange = async {
            let response = self.0.request(request).await.map_err(|e| BackendError::Connection(e.into()))?;
            if response.status() != StatusCode::OK {
                return Err(BackendError::Status(response.status()));
            }
            let body = read_body(response.into_body(), limits::BACKEND_ANSWER_BYTES).await;
            read(&body.map_err(|_| BackendError::Body)?)
        };
        let wait = Duration::from_millis(limits::BACKEND_WAIT_MS);
        tokio::time::timeout(wait, exchange).await.map_err(|_| BackendError::Late)?
    }
}

/// One call on one connection has one answer, so the caller's id is not needed and not shown.
const CALL_ID: u32 = 1;

fn request(
    address: &str,
    method: &str,
    params: &RawValue,
    on_behalf: &OnBehalf<'_>,
) -> Result<Request<Body>, BackendError> {
    let method = to_raw_value(method).map_err(|_| BackendError::Form)?;
    let text = format!(r#"{{"jsonrpc":"2.0","id":{CALL_ID},"method":{method},"params":{params}}}"#);
    let mut request = Request::post(address)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json")
        .header("x-request-id", on_behalf.request.clone());
    let names = [
        ("x-wardgate-tenant", on_behalf.tenant),
        ("x-wardgate-subject", on_behalf.subject),
        ("x-wardgate-decision", &on_behalf.decision),
    ];
    for (name, value) in names {
        // A name that no header can carry is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            request = request.header(name, value);
        }
    }
    request.body(Body::from(text)).map_err(|_| BackendError::Address)
}

/// The envelope of an answer. Of `result` and `error` exactly one counts; members beside them are left behind.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<Box<RawValue>>,
}

/// What a client may rely on in an error.
#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "code")]
    _code: i64,
    #[serde(rename = "message")]
    _message: String,
    #[serde(rename = "data", default)]
    _data: Option<IgnoredAny>,
}

fn read(body: &[u8]) -> Result<Answer, BackendError> {
    match serde_json::from_slice(body) {
        Ok(Envelope { result: Some(result), error: None }) => Ok(Answer::Result(result)),
        Ok(Envelope { result: None, error: Some(error) }) if serde_json::from_str::<Fault>(error.get()).is_ok() => {
            Ok(Answer::Error(error))
        }
        _ => Err(BackendError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, read};

    #[test]
    fn an_answer_is_a_result_or_an_error_and_nothing_else() {
        let result = read(br#"{"jsonrpc":"2.0","id":1,"result":{"list":[],"count":0}}"#).expect("a result");
        assert!(matches!(result, Answer::Result(json) if json.get() == r#"{"list":[],"count":0}"#));
        let error = read(br#"{"id":1,"error":{"code":24577,"message":"Thread does not exist","data":null}}"#);
        assert!(matches!(error.expect("an error"), Answer::Error(json) if json.get().contains("24577")));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"result":1,"error":{"code":1,"message":""}}"#,
            r#"{"error":{"message":"no code"}}"#,
            r#"{"error":"text"}"#,
            r#"{"result":1,"result":2}"#,
            r#"{"result":1} x"#,
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
