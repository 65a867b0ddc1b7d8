//! Signing in to the portal at a real identity provider: who he says somebody is, and nobody else, and only where somebody
//! who may manage users had that said.

mod confirmation;

use std::collections::BTreeMap;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use wardgate_domain::{Clock, Timestamp};

use crate::harness::{Actor, Answer, IdentityProvider, PREMISE, Server, Setup};

const SPACES: &str = "/v1/app-spaces";
/// Redirects that one sign-in may take.
const STEPS: usize = 8;

/// A server and the App Space whose provider signs people in.
pub(crate) struct Ground {
    pub(crate) server: Server,
    pub(crate) provider: IdentityProvider,
    space: String,
    pub(crate) now: Timestamp,
}

impl Ground {
    async fn new() -> Option<Self> {
        Self::called("127.0.0.1").await
    }

    /// On a server that browsers call by this name.
    pub(crate) async fn called(name: &str) -> Option<Self> {
        let mut provider = IdentityProvider::start()?;
        let now = Clock::system().now();
        let setup = Setup::new().at_ms(now.as_ms());
        let allowed = vec!["127.0.0.0/8".parse().expect("a range")];
        let server = setup.configure(|config| config.openid.allowed_addresses = allowed).start();
        let mut record = provider.record(&["urn:unused"]);
        record["provider"]["client_id"] = json!("portal");
        record["provider"]["client_secret"] = json!("portal+secret/of=provider");
        record["provider"]["scopes"] = json!(["openid", "email"]);
        record["provider"]["sign_in"] = json!(true);
        let space = server.admin().await.post(SPACES, &record).await.expect(201).field("id");
        let port = server.address.port();
        provider.told(&format!("redirect http://{name}:{port}{}/back", way_in(&space)));
        let mut ground = Self { server, provider, space, now };
        ground.advance_s(0);
        Some(ground)
    }

    /// For both: each looks at the other's times.
    fn advance_s(&mut self, seconds: u32) {
        self.now = self.now.plus_s(seconds);
        self.server.advance_s(seconds.into());
        self.provider.told(&format!("clock {}", self.now.as_ms()));
    }

    fn browser(&self) -> Browser {
        Browser { actor: self.server.anonymous(), cookies: BTreeMap::new() }
    }
}

fn way_in(space: &str) -> String {
    format!("/portal/providers/{PREMISE}/{space}")
}

/// A browser that keeps the cookies of one place, as cookies of a browser are a place's.
struct Browser {
    actor: Actor,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn get(&mut self, path: &str) -> Answer {
        self.send(self.actor.request("GET", path)).await
    }

    async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(self.actor.request("POST", path).json(body)).await
    }

    /// As a page of the portal asks.
    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("cookie", cookies.join("; "));
        let request = request.header("x-wardgate-portal", "1").header("sec-fetch-site", "same-origin");
        let answer = self.actor.send(request).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

/// Goes to the provider and comes back: the address that a browser is sent to on our side.
async fn at_the_provider(ground: &Ground, browser: &mut Browser) -> String {
    let answer = browser.get(&way_in(&ground.space)).await.expect(303);
    let kept = answer.header("set-cookie").expect("a cookie").to_owned();
    assert!(kept.contains("Secure; HttpOnly; SameSite=Lax"), "{kept}");
    followed(ground, &answer).await
}

/// Where a browser comes out on our side that is sent to the provider by `answer`, and knows nothing there.
async fn followed(ground: &Ground, answer: &Answer) -> String {
    let ours = format!("http://{}", ground.server.address);
    let mut there = Browser { actor: Actor::anonymous(&ground.provider.issuer), cookies: BTreeMap::new() };
    let mut to = answer.header("location").expect("a place").to_owned();
    for _ in 0..STEPS {
        if let Some(back) = to.strip_prefix(&ours) {
            return back.to_owned();
        }
        let path = to.strip_prefix(&ground.provider.issuer).unwrap_or(&to).to_owned();
        let answer = there.get(&path).await;
        to = answer.header("location").unwrap_or_else(|| panic!("{path}: {}", answer.text())).to_owned();
    }
    panic!("the sign-in has no end");
}

async fn who(browser: &mut Browser) -> Option<Value> {
    let answer = browser.get("/portal/session").await;
    (answer.status == 200).then(|| answer.json())
}

#[tokio::test]
async fn whom_the_provider_names_is_signed_in_if_he_is_a_user() {
    let Some(mut ground) = Ground::new().await else { return };
    ground.provider.told("person nexus");
    let mut browser = ground.browser();
    let back = at_the_provider(&ground, &mut browser).await;
    let done = browser.get(&back).await.expect(303);
    assert_eq!(done.header("location"), Some("/portal"));
    let session = who(&mut browser).await.expect("a session");
    assert_eq!((&session["tenant"], &session["user"]), (&json!(PREMISE), &json!("nexus")));
    // A code is good once, and somebody else's way back is nobody's.
    let mut other = ground.browser();
    for (mut again, what) in [(ground.browser(), "no cookie"), (ground.browser(), "another's cookie")] {
        if what == "another's cookie" {
            at_the_provider(&ground, &mut again).await;
        }
        let refused = again.get(&back).await.expect(303);
        assert_eq!(refused.header("location"), Some("/portal#sign-in-failed"), "{what}");
        assert_eq!(who(&mut again).await, None, "{what}");
    }
    let fresh = at_the_provider(&ground, &mut other).await;
    assert_eq!(other.get(&fresh).await.expect(303).header("location"), Some("/portal"));
    assert_eq!(
        other.get(&fresh).await.expect(303).header("location"),
        Some("/portal#sign-in-failed"),
        "its code was used"
    );
    ground.provider.told("person stranger");
    let mut stranger = ground.browser();
    let back = at_the_provider(&ground, &mut stranger).await;
    assert_eq!(stranger.get(&back).await.expect(303).header("location"), Some("/portal#sign-in-failed"));
    assert_eq!(who(&mut stranger).await, None);
}

#[tokio::test]
async fn only_a_provider_that_may_signs_people_in_and_only_who_manages_users_says_so() {
    let Some(mut ground) = Ground::new().await else { return };
    let (server, one) = (&ground.server, format!("{SPACES}/{}", ground.space));
    let admin = server.admin().await;
    let somebody = json!({ "name": "spaces", "role": "member", "password": "correct horse battery",
        "privileges": ["Wardgate.AppSpaces.canRead", "Wardgate.AppSpaces.canManage"] });
    admin.post("/v1/users", &somebody).await.expect(201);
    let tokens = server.sign_in(&format!("{PREMISE}\\spaces"), "correct horse battery").await.expect(200);
    let keeper = server.anonymous().with_token(&tokens.field("access_token"));
    // Whoever could change it could be anybody.
    for change in [json!({ "sign_in": true }), json!({ "client_id": "other" }), json!({ "sign_in": false })] {
        let mut provider = change;
        provider["type"] = json!("openid");
        keeper.patch(&one, &json!({ "provider": provider })).await.expect(403);
    }
    keeper.patch(&one, &json!({ "name": "Another name" })).await.expect(200);
    // An address that the provider did not verify is nobody's name.
    admin.patch(&one, &json!({ "provider": { "type": "openid", "subject_claim": "email" } })).await.expect(200);
    ground.provider.told("person nexus");
    let mut browser = ground.browser();
    let back = at_the_provider(&ground, &mut browser).await;
    assert_eq!(browser.get(&back).await.expect(303).header("location"), Some("/portal#sign-in-failed"));
    admin.patch(&one, &json!({ "provider": { "type": "openid", "sign_in": false } })).await.expect(200);
    ground.browser().get(&way_in(&ground.space)).await.expect(404);
    keeper.patch(&one, &json!({ "provider": { "type": "openid", "sign_in": true } })).await.expect(403);
}
