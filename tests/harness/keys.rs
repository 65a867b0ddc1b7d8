//! Keys, as tests make and use them.

use serde_json::{Value, json};

use super::{Actor, Answer, Server};

/// The collection of keys.
pub(crate) const APIKEYS: &str = "/nexus/v3/apikeys";
/// What web chats need.
pub(crate) const CHAT: &str = "nexus:consumer:chat";

/// A key and its public handle.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// What a caller presents.
    pub(crate) plain: String,
    /// What lists show.
    pub(crate) handle: String,
}

impl Key {
    #[track_caller]
    pub(crate) fn of(created: &Answer) -> Self {
        let location = created.header("location").expect("a location");
        // Of another tenant's key it names the tenant, too.
        let path = location.split('?').next().expect("a path");
        let handle = path.rsplit('/').next().expect("a last segment").to_owned();
        Self { plain: created.field("id"), handle }
    }

    /// The key's own address.
    pub(crate) fn path(&self) -> String {
        format!("{APIKEYS}/{}", self.handle)
    }
}

impl Actor {
    /// Makes a key for `permission` in the caller's own tenant.
    pub(crate) async fn make_key(&self, permission: &str) -> Key {
        self.make_key_with(&json!({ "name": "key", "permissions": [permission] })).await
    }

    /// Makes a key as `body` says.
    pub(crate) async fn make_key_with(&self, body: &Value) -> Key {
        Key::of(&self.post(APIKEYS, body).await.expect(201))
    }

    /// The record of a decision.
    pub(crate) async fn why(&self, id: &str) -> Answer {
        self.get(&format!("/v1/decisions/{id}")).await
    }
}

impl Server {
    /// Asks the check door.
    pub(crate) async fn check(&self, ask: &Value) -> Value {
        self.anonymous().post("/v1/check", ask).await.expect(200).json()
    }

    /// Asks the check door whether `key` may do what needs `permission`.
    pub(crate) async fn check_key(&self, key: &Key, permission: &str) -> Value {
        self.check(&json!({ "headers": { "x-api-key": key.plain }, "permission": permission })).await
    }

    /// Asks the forward door as nginx does.
    pub(crate) async fn forward(&self, headers: &[(&str, &str)]) -> Answer {
        self.forward_to("/forward/nginx", headers).await
    }

    /// Asks the forward door with a permission fixed by the proxy.
    pub(crate) async fn forward_to(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let actor = self.anonymous();
        let request = actor.request("GET", path);
        actor.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }
}
