//! Who calls. All actors have the same methods, so that a test reads: actor, request, status, body, what changed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::Answer;

/// How long a connection is kept that nothing is sent on: less than the server keeps it. A test that waits for a tool does
/// not see it close.
const KEPT: Duration = Duration::from_secs(20);

/// A caller with his credential, if he has one.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    base: String,
    client: reqwest::Client,
    authorization: Option<String>,
}

impl Actor {
    /// Somebody without any credential.
    pub(crate) fn anonymous(base: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.pool_idle_timeout(KEPT).build();
        Self { base: base.to_owned(), client: client.expect("a client"), authorization: None }
    }

    /// The same caller with a token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { authorization: Some(format!("Bearer {token}")), ..self.clone() }
    }

    /// The same caller with an `Authorization` header as given.
    pub(crate) fn with_authorization(&self, header: &str) -> Self {
        Self { authorization: Some(header.to_owned()), ..self.clone() }
    }

    /// The same caller as an OAuth client, by Basic.
    pub(crate) fn with_basic(&self, id: &str, secret: &str) -> Self {
        self.with_authorization(&format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
    }

    /// The server that it calls.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Whether this caller sends an `Authorization` header.
    pub(crate) fn is_signed(&self) -> bool {
        self.authorization.is_some()
    }

    /// A request with this caller's credential, to be completed and given to [`Self::send`].
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.authorization {
            Some(header) => request.header("authorization", header),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("the server answers")).await
    }

    /// Like [`Self::send`], where the server may be gone.
    pub(crate) async fn try_send(&self, request: RequestBuilder) -> Option<Answer> {
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.ok()?.to_vec();
        Some(Answer { status, headers, body })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request("POST", path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request("PUT", path).json(body)).await
    }

    /// Sends a component, as `curl --data-binary` does.
    pub(crate) async fn put_component(&self, path: &str, component: Vec<u8>) -> Answer {
        self.send(self.request("PUT", path).header("content-type", "application/wasm").body(component)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request("PATCH", path).json(body)).await
    }

    /// A form, as token requests are sent.
    pub(crate) async fn form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.request("POST", path).form(form)).await
    }
}
