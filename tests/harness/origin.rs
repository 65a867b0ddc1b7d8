//! Request Origins, and what they sign, made by other code than the server's (reference privakey.md, "Request-origin
//! authentication").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Actor, Answer, Server, hmac};

/// The address under which the services of [`Actor::make_app_space`] are reached.
pub(crate) const BASE: &str = "https://shop.example.com";

/// A Request Origin's GUID and secret, as the server gives them out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Origin {
    #[track_caller]
    pub(crate) fn of(made: &Answer) -> Self {
        Self { id: made.field("id"), secret: made.field("secret") }
    }

    /// The header of a call to `url`.
    pub(crate) fn header(&self, at_ms: i64, method: &str, url: &str, body: &str) -> String {
        let body = if method == "GET" { "" } else { body };
        let tag = hmac(&self.secret, format!("{method}{url}{at_ms}{}{body}", self.id).as_bytes());
        format!("CX1-HMAC-SHA256,{}/{at_ms},{}", self.id, STANDARD.encode(tag))
    }

    /// The header of its secret.
    pub(crate) fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)))
    }

    /// Its own address.
    pub(crate) fn path(&self) -> String {
        format!("/v1/origins/{}", self.id)
    }
}

impl Actor {
    /// Makes an App Space with a simple provider. Its id.
    pub(crate) async fn make_app_space(&self) -> String {
        self.post("/v1/app-spaces", &json!({ "name": "Shop", "base_urls": [BASE] })).await.expect(201).field("id")
    }

    /// Makes an origin of an App Space as `body` says.
    pub(crate) async fn make_origin(&self, space: &str, body: &Value) -> Origin {
        Origin::of(&self.post(&format!("/v1/app-spaces/{space}/origins"), body).await.expect(201))
    }
}

impl Server {
    /// Asks the check door about a call of an origin to what needs `permission`.
    pub(crate) async fn check_call(&self, header: &str, call: (&str, &str, &str), permission: &str) -> Value {
        let (method, path, body) = call;
        let headers = json!({ "authorization": header });
        self.check(
            &json!({ "headers": headers, "method": method, "path": path, "body": body, "permission": permission }),
        )
        .await
    }
}
