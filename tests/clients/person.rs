//! A person who signs in for a client library: his browser follows where it is sent, he fills in the form that he is shown,
//! and it stops where it is sent away from the server.

use crate::harness::{Actor, Browser};

/// Pages that one sign-in may take.
const STEPS: usize = 8;

/// A person with his browser.
pub(super) struct Person {
    browser: Browser,
    issuer: String,
    tenant: String,
    user: String,
    password: String,
}

impl Person {
    /// Somebody who signs in as `username`, `ccId\user`, with a fresh browser.
    pub(super) fn new(issuer: &str, username: &str, password: &str) -> Self {
        let (tenant, user) = username.split_once('\\').expect("a tenant's user");
        let browser = Browser::of(Actor::anonymous(issuer));
        let [issuer, tenant, user, password] = [issuer, tenant, user, password].map(str::to_owned);
        Self { browser, issuer, tenant, user, password }
    }

    /// Opens `url` and goes on until he is sent to another place, which is told.
    pub(super) async fn open(&mut self, url: &str) -> String {
        let path = self.here(url).unwrap_or_else(|| panic!("{url} is elsewhere"));
        let mut answer = self.browser.get(&path).await;
        for _ in 0..STEPS {
            let Some(to) = answer.header("location").map(str::to_owned) else {
                let typed = [("tenant", &self.tenant), ("username", &self.user), ("password", &self.password)];
                let typed = typed.map(|(name, text)| (name, text.as_str()));
                answer = self.browser.submit(&answer.expect(200), &typed).await;
                continue;
            };
            let Some(path) = self.here(&to) else { return to };
            answer = self.browser.get(&path).await;
        }
        panic!("the sign-in has no end");
    }

    /// The path of an address on this server.
    fn here(&self, url: &str) -> Option<String> {
        let path = url.strip_prefix(&self.issuer).unwrap_or(url);
        path.starts_with('/').then(|| path.to_owned())
    }
}
