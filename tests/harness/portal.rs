//! The portal's page in somebody's browser, as far as the server sees it: its session's cookie, and what it sends with
//! each call.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Actor, Answer, Server};

/// The cookie of a session of the portal.
pub(crate) const PORTAL_COOKIE: &str = "__Host-wardgate-portal";
/// The session itself.
pub(crate) const PORTAL_SESSION: &str = "/portal/session";

/// A page with what it was given.
pub(crate) struct Portal {
    actor: Actor,
    pub(crate) cookie: Option<String>,
}

impl Portal {
    pub(crate) fn new(server: &Server) -> Self {
        Self { actor: server.anonymous(), cookie: None }
    }

    /// The page after a tenant's first user signed in.
    pub(crate) async fn signed_in(server: &Server, tenant: &str) -> Self {
        let mut portal = Self::new(server);
        let (username, password) = server.login_of(tenant);
        let user = username.split('\\').nth(1).expect("a prefix");
        portal.sign_in(tenant, user, &password).await.expect(201);
        portal
    }

    /// The page after the ops user signed in.
    pub(crate) async fn of_operator(server: &Server) -> Self {
        let (mut portal, secrets) = (Self::new(server), server.secrets());
        portal.sign_in("", secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await.expect(201);
        portal
    }

    pub(crate) async fn sign_in(&mut self, tenant: &str, user: &str, password: &str) -> Answer {
        let given = json!({ "tenant": tenant, "user": user, "password": password });
        self.send(self.request("POST", PORTAL_SESSION).json(&given)).await
    }

    pub(crate) async fn confirm(&mut self, password: &str) -> Answer {
        self.post("/portal/session/confirm", &json!({ "password": password })).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(self.request("POST", path).json(body)).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send(self.request("DELETE", path).header("content-type", "application/json")).await
    }

    /// A call as the page makes it, to be completed and given to [`Self::send`].
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.bare(method, path).header("x-wardgate-portal", "1").header("sec-fetch-site", "same-origin")
    }

    /// A call with the cookie alone, as any page can make a browser send it.
    pub(crate) fn bare(&self, method: &str, path: &str) -> RequestBuilder {
        let request = self.actor.request(method, path);
        match &self.cookie {
            Some(cookie) => request.header("cookie", format!("{PORTAL_COOKIE}={cookie}")),
            None => request,
        }
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = self.actor.send(request).await;
        if let Some(given) = answer.header("set-cookie") {
            let value = given.strip_prefix(PORTAL_COOKIE).and_then(|rest| rest.strip_prefix('=')).expect("our cookie");
            let value = value.split(';').next().unwrap_or_default();
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        answer
    }
}
