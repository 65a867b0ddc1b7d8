//! Whoever is at the portal shows at a real identity provider that it is still he: anew, by himself, once, and for the
//! session that asked.

use serde_json::{Value, json};

use super::{Browser, Ground, at_the_provider, followed, way_in, who};
use crate::harness::{CHAT, PORTAL_COOKIE, PREMISE, SECOND};

const KEYS: &str = "/v1/keys";
const CONFIRM: &str = "/portal/session/confirm";
const KEPT: &str = "__Host-wardgate-confirmation";

/// A browser in which `name` signed in at the provider, longer ago than a change may be.
async fn signed_in_a_while_ago(ground: &mut Ground, name: &str) -> Browser {
    ground.provider.told(&format!("person {name}"));
    let mut browser = ground.browser();
    let back = at_the_provider(ground, &mut browser).await;
    assert_eq!(browser.get(&back).await.expect(303).header("location"), Some("/portal"));
    ground.advance_s(300);
    assert_eq!(change(&mut browser).await, (403, "confirmation_needed".to_owned()));
    browser
}

/// Makes a key: the status, and the code of what is wrong.
async fn change(browser: &mut Browser) -> (u16, String) {
    let answer = browser.post(KEYS, &json!({ "name": "k", "permissions": [CHAT] })).await;
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// Goes to the provider to confirm and comes back: what the page sends then.
async fn brought_back(ground: &Ground, browser: &mut Browser) -> Value {
    let answer = browser.get(&format!("{}/confirm", way_in(&ground.space))).await.expect(303);
    let kept = answer.header("set-cookie").expect("a cookie").to_owned();
    assert!(kept.starts_with(KEPT) && kept.contains("Secure; HttpOnly; SameSite=Strict"), "{kept}");
    let to = answer.header("location").expect("a place");
    assert!(to.contains("&prompt=login&max_age=0"), "{to}");
    let back = followed(ground, &answer).await;
    // A browser that comes from another site brings no cookie that is `Strict`.
    let answer = ground.browser().get(&back).await.expect(303);
    assert!(answer.header("set-cookie").is_none());
    let to = answer.header("location").expect("a place");
    let brought = to.strip_prefix("/portal#confirm?").unwrap_or_else(|| panic!("{to}"));
    let pairs = form_urlencoded::parse(brought.as_bytes()).into_owned();
    json!({ "provider": pairs.map(|(name, value)| (name, json!(value))).collect::<serde_json::Map<_, _>>() })
}

/// What is said of a confirmation that is none.
async fn refused(browser: &mut Browser, brought: &Value) -> String {
    let answer = browser.post(CONFIRM, brought).await.expect(403);
    assert_eq!(answer.field("code"), "not_confirmed");
    assert_eq!(change(browser).await, (403, "confirmation_needed".to_owned()));
    answer.field("detail")
}

#[tokio::test]
async fn whoever_shows_his_provider_anew_who_he_is_may_change_things_again() {
    let Some(mut ground) = Ground::new().await else { return };
    let mut browser = signed_in_a_while_ago(&mut ground, "nexus").await;
    let brought = brought_back(&ground, &mut browser).await;
    let before = browser.cookies.clone();
    let confirmed = browser.post(CONFIRM, &brought).await.expect(200);
    assert_eq!(confirmed.json()["user"], "nexus");
    assert_ne!(browser.cookies[PORTAL_COOKIE], before[PORTAL_COOKIE], "a session that may more has a new secret");
    assert_eq!(change(&mut browser).await.0, 201);
    // What came back is good once, whatever the browser kept.
    ground.advance_s(300);
    for kept in [browser.cookies[KEPT].clone(), before[KEPT].clone()] {
        browser.cookies.insert(KEPT.to_owned(), kept);
        let said = refused(&mut browser, &brought).await;
        assert!(said.contains("answers nothing that this session asked"), "{said}");
    }
    let mut old = ground.browser();
    old.cookies = before;
    old.post(CONFIRM, &brought).await.expect(401);
    // The password does as well.
    let (_, password) = ground.server.login_of(PREMISE);
    browser.post(CONFIRM, &json!({ "password": password })).await.expect(200);
    assert_eq!(change(&mut browser).await.0, 201);
    for body in [json!({}), json!({ "password": password, "provider": brought["provider"] })] {
        browser.post(CONFIRM, &body).await.expect(400);
    }
}

#[tokio::test]
async fn a_provider_that_did_not_ask_just_now_confirms_nothing() {
    let Some(mut ground) = Ground::new().await else { return };
    let mut browser = signed_in_a_while_ago(&mut ground, "nexus").await;
    ground.provider.told("shown 182");
    let brought = brought_back(&ground, &mut browser).await;
    let said = refused(&mut browser, &brought).await;
    assert!(said.contains("auth_time"), "{said}");
    ground.provider.told("shown 179");
    let brought = brought_back(&ground, &mut browser).await;
    browser.post(CONFIRM, &brought).await.expect(200);
    ground.advance_s(300);
    // It says nothing of it.
    ground.provider.told("deaf");
    let brought = brought_back(&ground, &mut browser).await;
    let said = refused(&mut browser, &brought).await;
    assert!(said.contains("auth_time"), "{said}");
}

#[tokio::test]
async fn nobody_confirms_for_another_and_no_session_for_another() {
    let Some(mut ground) = Ground::new().await else { return };
    let admin = ground.server.admin().await;
    for name in ["anna", "bert"] {
        let user = json!({ "name": name, "role": "admin", "password": "correct horse battery" });
        admin.post("/v1/users", &user).await.expect(201);
    }
    let mut anna = signed_in_a_while_ago(&mut ground, "anna").await;
    for other in ["bert", "stranger"] {
        ground.provider.told(&format!("person {other}"));
        let brought = brought_back(&ground, &mut anna).await;
        let said = refused(&mut anna, &brought).await;
        assert!(said.contains("names somebody else"), "{other}: {said}");
    }
    // Nor does another session of hers, whose way back and cookie somebody planted here.
    let mut elsewhere = signed_in_a_while_ago(&mut ground, "anna").await;
    let brought = brought_back(&ground, &mut elsewhere).await;
    anna.cookies.insert(KEPT.to_owned(), elsewhere.cookies[KEPT].clone());
    let said = refused(&mut anna, &brought).await;
    assert!(said.contains("answers nothing that this session asked"), "{said}");
    elsewhere.post(CONFIRM, &brought).await.expect(200);
    let answer = ground.browser().post(CONFIRM, &brought).await;
    assert_eq!(answer.status, 401, "nobody is at the portal");
}

#[tokio::test]
async fn a_sign_in_confirms_nothing_and_a_confirmation_signs_nobody_in() {
    const SIGN_IN: &str = "__Host-wardgate-provider";
    let Some(mut ground) = Ground::new().await else { return };
    let mut browser = signed_in_a_while_ago(&mut ground, "nexus").await;
    let back = at_the_provider(&ground, &mut browser).await;
    let (_, query) = back.split_once('?').expect("a query");
    let parts: std::collections::BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    browser.cookies.insert(KEPT.to_owned(), browser.cookies[SIGN_IN].clone());
    for state in [parts["state"].clone(), format!("confirmation.{}", parts["state"])] {
        let brought = json!({ "app_space": ground.space, "state": state, "code": parts["code"] });
        refused(&mut browser, &json!({ "provider": brought })).await;
    }
    let brought = brought_back(&ground, &mut browser).await;
    let told = |name: &str| brought["provider"][name].as_str().expect("a text").to_owned();
    let mut nobody = ground.browser();
    nobody.cookies.insert(SIGN_IN.to_owned(), browser.cookies[KEPT].clone());
    for state in [told("state"), told("state").replace("confirmation.", "")] {
        let answer = nobody.get(&format!("{}/back?state={state}&code={}", way_in(&ground.space), told("code"))).await;
        assert_ne!(answer.expect(303).header("location"), Some("/portal"));
        assert_eq!(who(&mut nobody).await, None);
    }
}

#[tokio::test]
async fn only_somebody_at_the_portal_is_sent_to_confirm_and_anybody_learns_where_to_sign_in() {
    let Some(mut ground) = Ground::new().await else { return };
    let confirm = format!("{}/confirm", way_in(&ground.space));
    let answer = ground.browser().get(&confirm).await.expect(303);
    assert_eq!((answer.header("location"), answer.header("set-cookie")), (Some("/portal"), None));
    let browser = signed_in_a_while_ago(&mut ground, "nexus").await;
    let cookie = format!("{PORTAL_COOKIE}={}", browser.cookies[PORTAL_COOKIE]);
    for site in ["cross-site", "same-site", "none"] {
        let request = ground.server.anonymous().request("GET", &confirm).header("cookie", &cookie);
        let answer = ground.server.anonymous().send(request.header("sec-fetch-site", site)).await.expect(303);
        assert_eq!((answer.header("location"), answer.header("set-cookie")), (Some("/portal"), None), "{site}");
    }
    let anybody = ground.server.anonymous();
    let list = async |tenant: &str| anybody.get(&format!("/portal/providers/{tenant}")).await.expect(200).json();
    assert_eq!(list(PREMISE).await, json!({ "providers": [{ "id": ground.space, "name": "A real one" }] }));
    for none in [SECOND, "nowhere", "*", "not%20one"] {
        assert_eq!(list(none).await, json!({ "providers": [] }), "{none}");
    }
}
