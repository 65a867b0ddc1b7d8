//! Somebody's browser: it keeps its session's cookie, follows nobody unasked, and fills in the forms that it is shown.

use std::collections::BTreeMap;

use super::{Actor, Answer, PREMISE, Server};

/// The cookie of a session.
pub(crate) const COOKIE: &str = "__Host-wardgate";
/// Where clients send browsers.
pub(crate) const AUTHORIZE: &str = "/auth/v3/oauth/authorize";
/// Where people sign in.
pub(crate) const SIGN_IN: &str = "/auth/v3/sign-in";

/// What every page comes with (security rule 78), beside its own content security policy.
pub(crate) const PAGE_HEADERS: [(&str, &str); 8] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// A browser with what it was given.
pub(crate) struct Browser {
    actor: Actor,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(server: &Server) -> Self {
        Self::of(server.anonymous())
    }

    /// The browser of somebody who has no credential.
    pub(crate) fn of(actor: Actor) -> Self {
        Self { actor, cookie: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(self.actor.request("GET", path)).await
    }

    /// A request with its cookie, to be completed and given to [`Self::send`].
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.actor.request(method, path)
    }

    pub(crate) async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", format!("{COOKIE}={cookie}")),
            None => request,
        };
        let answer = self.actor.send(request).await;
        if let Some(given) = answer.header("set-cookie") {
            let value = given.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('=')).expect("our cookie");
            let value = value.split(';').next().unwrap_or_default();
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        answer
    }

    /// Sends the one form of `page`, its hidden fields and `fields` in it, as a browser does.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let html = page.text();
        let form = html.split("<form ").nth(1).unwrap_or_else(|| panic!("no form in {html}"));
        let action = attribute(form, "action").expect("an action");
        let hidden = form.split("<input ").skip(1).filter(|input| input.contains("type=\"hidden\""));
        let hidden = hidden.map(|input| (attribute(input, "name").expect("a name"), attribute(input, "value")));
        let hidden: Vec<_> = hidden.map(|(name, value)| (name, value.unwrap_or_default())).collect();
        let all = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(fields.iter().copied());
        let request = self.actor.request("POST", &action).form(&all.collect::<Vec<_>>());
        self.send(request.header("origin", self.actor.base()).header("sec-fetch-site", "same-origin")).await
    }

    /// Signs a tenant's first user in with the form of `page`.
    pub(crate) async fn sign_in_on(&mut self, page: &Answer, server: &Server, tenant: &str) -> Answer {
        let (username, password) = server.login_of(tenant);
        let user = username.split('\\').nth(1).expect("a prefix");
        self.submit(page, &[("tenant", tenant), ("username", user), ("password", &password)]).await
    }

    /// The first tenant's first user, signed in for his own sake.
    pub(crate) async fn signed_in(server: &Server) -> Self {
        let mut browser = Self::new(server);
        let page = browser.get(SIGN_IN).await.expect(200);
        browser.sign_in_on(&page, server, PREMISE).await.expect(302);
        assert!(browser.cookie.is_some(), "no session");
        browser
    }
}

/// The value of an attribute of the tag that `html` begins in.
fn attribute(html: &str, name: &str) -> Option<String> {
    let tag = html.split('>').next()?;
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}

/// Address and parameters that a redirect leads to.
#[track_caller]
pub(crate) fn location(answer: &Answer) -> (String, BTreeMap<String, String>) {
    assert_eq!(answer.status, 302, "{:?}\n{}", answer.headers, answer.text());
    let location = answer.header("location").expect("a location");
    let (address, query) = location.split_once('?').unwrap_or((location, ""));
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        assert!(parameters.insert(name.to_string(), value.to_string()).is_none(), "{name} is there twice: {location}");
    }
    (address.to_owned(), parameters)
}
