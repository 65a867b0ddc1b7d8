//! The JSON-RPC server that keeps a tenant's threads, stores and the like: one call, within its bounds. It is told who
//! calls and is sent no credential.

use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use wardgate_domain::{TenantId, limits};

use super::turns::{Turn, Turns};
use crate::api::error::RpcCode;
use crate::request::body::read_body;

/// Connections to all backends, and the calls under way on them.
pub(crate) struct Backends {
    client: Client<HttpConnector, Body>,
    turns: Turns,
}

/// Who calls, as the backend is told.
pub(super) struct OnBehalf<'a> {
    pub(super) tenant: &'a str,
    pub(super) subject: &'a str,
    pub(super) request: HeaderValue,
    /// The decision that let the call pass.
    pub(super) decision: String,
}

/// What a backend answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// `result`, as it was sent.
    Result(Box<RawValue>),
    Error(Fault),
}

/// A backend's error: what the dialect has of one. Whatever a backend says beside it stays behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::api) struct Fault {
    code: i64,
    message: String,
    #[serde(default)]
    data: Value,
}

/// A backend gave no answer that can be handed on; what was wrong is for the operator's log.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackendError {
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
    #[error("it takes the call for none, or Wardgate for nobody (error {0})")]
    Refused(i64),
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
        Self { client, turns: Turns::default() }
    }

    /// Leave to call the backend of `tenant`, if not too many calls are under way.
    pub(super) fn turn(&self, tenant: &TenantId) -> Option<Turn<'_>> {
        self.turns.take(tenant)
    }

    /// Calls `method` with `params` at the server at `address`. How long it may take is the caller's to bound.
    pub(super) async fn call(
        &self,
        address: &str,
        method: &str,
        params: &RawValue,
        on_behalf: &OnBehalf<'_>,
    ) -> Result<Answer, BackendError> {
        let request = request(address, method, params, on_behalf)?;
        let response = self.client.request(request).await.map_err(|e| BackendError::Connection(e.into()))?;
        if response.status() != StatusCode::OK {
            return Err(BackendError::Status(response.status()));
        }
        let body = read_body(response.into_body(), limits::BACKEND_ANSWER_BYTES).await;
        read(&body.map_err(|_| BackendError::Body)?)
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

/// Errors that are about Wardgate's call and not about the caller's: handed on, they would tell him that his own is no
/// call, or his credential not good.
const ABOUT_US: [RpcCode; 3] = [RpcCode::ParseError, RpcCode::InvalidRequest, RpcCode::Unauthorized];

/// The envelope of an answer. Of `result` and `error` exactly one counts; members beside them are left behind.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<Fault>,
}

fn read(body: &[u8]) -> Result<Answer, BackendError> {
    match serde_json::from_slice(body) {
        Ok(Envelope { result: Some(result), error: None }) => Ok(Answer::Result(result)),
        Ok(Envelope { result: None, error: Some(fault) }) => {
            let about_us = ABOUT_US.iter().any(|code| i64::from(code.number()) == fault.code);
            if about_us { Err(BackendError::Refused(fault.code)) } else { Ok(Answer::Error(fault)) }
        }
        _ => Err(BackendError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, BackendError, read};

    #[test]
    fn an_answer_is_a_result_or_an_error_and_nothing_else() {
        // As it was sent: order, spaces and numbers of any length.
        let sent = r#"{"list": [1e2, 123456789012345678901234567890], "count":0, "a":"\u017c"}"#;
        let result = read(format!(r#"{{"jsonrpc":"2.0","id":1,"result":{sent}}}"#).as_bytes()).expect("a result");
        assert!(matches!(result, Answer::Result(json) if json.get() == sent));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"result":null}"#,
            r#"{"result":1,"error":{"code":1,"message":""}}"#,
            r#"{"error":{"message":"no code"}}"#,
            r#"{"error":{"code":"1","message":"text"}}"#,
            r#"{"error":{"code":1.5,"message":"text"}}"#,
            r#"{"error":{"code":1}}"#,
            r#"{"error":"text"}"#,
            r#"{"result":1,"result":2}"#,
            r#"{"result":1} x"#,
        ] {
            assert!(matches!(read(bad.as_bytes()), Err(BackendError::Form)), "{bad}");
        }
        assert!(matches!(read(b"{\"result\":\"\xff\"}"), Err(BackendError::Form)));
    }

    #[test]
    fn of_an_error_is_kept_what_the_dialect_has() {
        let kept = |error: &str| match read(format!(r#"{{"id":1,"result":null,"error":{error}}}"#).as_bytes()) {
            Ok(Answer::Error(fault)) => serde_json::to_string(&fault).expect("JSON"),
            other => panic!("{other:?}"),
        };
        let plain = r#"{"code":24577,"message":"Thread does not exist","data":null}"#;
        assert_eq!(kept(plain), plain);
        assert_eq!(kept(r#"{"message":"Thread does not exist","stack":"at x.js:1","code":24577}"#), plain);
        let told = r#"{"code":-32602,"message":"Invalid params","data":{"where":["from"]}}"#;
        assert_eq!(kept(told), told);
    }

    #[test]
    fn an_error_about_our_own_call_is_no_answer_to_the_caller_s() {
        for code in [-32700, -32600, 24879] {
            let text = format!(r#"{{"id":null,"error":{{"code":{code},"message":"m","data":null}}}}"#);
            assert!(matches!(read(text.as_bytes()), Err(BackendError::Refused(told)) if told == code), "{code}");
        }
    }
}
