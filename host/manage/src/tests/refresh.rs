//! A session's next pair of tokens: once, for whom it is meant, and not for ever.

use std::time::Duration;

use wardgate_domain::audit::AuditEvent;
use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::signing_key::SigningKeyChange;
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, Token, TokenKind};
use wardgate_domain::user::{PasswordHash, Rights, Role, User};
use wardgate_domain::{ClientId, FamilyId, Grants, UserName, limits};
use wardgate_storage::Visibility;

use super::{Bench, DAY_MS, admin, refusal, scopes, tenant};
use crate::Refusal;
use crate::sessions::IssuedSession;
use crate::tokens::{PresentedClient, TokenError, TokenRequest};

impl Bench {
    async fn refreshed(&self, token: &PlainSecret) -> Option<IssuedSession> {
        match self.manager.refresh_session(token.expose(), None, None).await {
            Ok(issued) => Some(issued),
            refused => {
                assert_eq!(refusal(refused), Refusal::InvalidToken);
                None
            }
        }
    }

    async fn session(&self) -> IssuedSession {
        let (id, secret) = self.key(&["context"]).await;
        self.sign_in(&id, &secret, None).await.expect("signed in")
    }
}

#[tokio::test]
async fn a_refresh_kills_both_old_tokens_and_keeps_the_scope() {
    let bench = Bench::new().await;
    let first = bench.session().await;
    let version = bench.store.generation();
    let second = bench.refreshed(&first.refresh).await.expect("a new pair");
    assert!(bench.store.generation() > version, "copies of the old access token must go");
    assert_eq!(second.scopes, scopes(&["context"]));
    assert!(bench.token(&first.access).await.is_none() && !bench.is_good(&first.refresh).await);
    assert!(bench.is_good(&second.access).await);
    assert!(bench.refreshed(&second.refresh).await.is_some());
}

#[tokio::test]
async fn a_spent_refresh_token_ends_its_session() {
    let bench = Bench::new().await;
    let first = bench.session().await;
    let second = bench.refreshed(&first.refresh).await.expect("a new pair");
    assert!(bench.refreshed(&first.refresh).await.is_none());
    assert!(!bench.is_good(&second.access).await);
    assert!(bench.refreshed(&second.refresh).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_a_time_one_is_refreshed() {
    let bench = Bench::new().await;
    let first = bench.session().await;
    let tries: Vec<_> = (0..32)
        .map(|_| {
            let (manager, token) = (bench.manager.clone(), first.refresh.expose().to_owned());
            tokio::spawn(async move { manager.refresh_session(&token, None, None).await.is_ok() })
        })
        .collect();
    let mut won = 0;
    for each in tries {
        won += u32::from(each.await.expect("no panic"));
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn only_a_living_session_s_refresh_token_is_taken() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context"]).await;
    let session = bench.sign_in(&id, &secret, None).await.expect("signed in");
    for text in ["", "unknown", session.access.expose()] {
        assert!(bench.refreshed(&PlainSecret::new(text.to_owned())).await.is_none(), "{text}");
    }
    let switch = async |enabled| {
        let change = SigningKeyChange { enabled: Some(enabled), ..SigningKeyChange::default() };
        bench.manager.change_signing_key(&admin("a"), &tenant("a"), id.as_str(), change).await.expect("switched");
    };
    switch(false).await;
    assert!(bench.refreshed(&session.refresh).await.is_none());
    switch(true).await;
    bench.put_tenant("a", TenantState::Suspended).await;
    assert!(bench.refreshed(&session.refresh).await.is_none());
    bench.put_tenant("a", TenantState::Active).await;
    let session = bench.refreshed(&session.refresh).await.expect("nothing was used up");
    bench.manager.delete_signing_key(&admin("a"), &tenant("a"), id.as_str()).await.expect("deleted");
    assert!(bench.refreshed(&session.refresh).await.is_none());
    assert!(bench.token(&session.access).await.is_none());
}

#[tokio::test]
async fn a_session_ends_some_time_after_its_last_use_and_some_day_anyhow() {
    let bench = Bench::new().await;
    let idle = bench.session().await;
    let mut busy = bench.session().await;
    let short_of_a_week = |by_ms| Duration::from_millis(limits::REFRESH_TOKEN_MS - by_ms);
    bench.hand.advance(short_of_a_week(1));
    busy = bench.refreshed(&busy.refresh).await.expect("in time");
    bench.hand.advance(Duration::from_millis(1));
    assert!(bench.refreshed(&idle.refresh).await.is_none());
    let mut weeks = 1;
    bench.hand.advance(short_of_a_week(2));
    while let Some(next) = bench.refreshed(&busy.refresh).await {
        busy = next;
        weeks += 1;
        bench.hand.advance(short_of_a_week(1));
    }
    // 30 days hold four weeks; the fifth pair ends with the family.
    assert_eq!(weeks, 4);
    let ends = bench.token(&busy.refresh).await.expect("kept").1.ends;
    assert_eq!(busy.refresh_expires, ends);
}

#[tokio::test]
async fn oauth_tokens_are_refreshed_at_their_own_door_only() {
    let bench = Bench::new().await;
    let session = bench.session().await;
    let (client, user) = (ClientId::parse("web").expect("an id"), UserName::parse("anna").expect("a name"));
    let plain = |text: &str| PlainSecret::new(text.to_owned());
    let event = || AuditEvent {
        actor: "system".to_owned(),
        action: "tenant.declared",
        target: String::new(),
        detail: String::new(),
    };
    let now = bench.clock.now();
    let mut change = bench.store.tenant(&tenant("*")).change().await.expect("a change");
    let row = Client {
        id: client.clone(),
        secret: Some(bench.hasher.hash(Purpose::ClientSecret, "s")),
        name: "web".to_owned(),
        description: String::new(),
        grant_types: vec![GrantType::RefreshToken],
        redirect_uris: Vec::new(),
        scopes: vec!["*".to_owned()],
        authorities: Vec::new(),
        internal: false,
        tenants: None,
        grants: Grants::default(),
        access_s: 60,
        refresh_s: 60,
        enabled: true,
        created: now,
    };
    change.put_client(&row).await.expect("a client");
    change.commit(event(), Visibility::Visible).await.expect("a commit");
    let mut change = bench.store.tenant(&tenant("a")).change().await.expect("a change");
    let row = User {
        id: wardgate_domain::Random::seeded(2).user_id(),
        tenant: tenant("a"),
        name: user.clone(),
        password: PasswordHash(String::new()),
        password_set: now,
        role: Role::Admin,
        privileges: Rights::NONE,
        app_spaces: [].into(),
        grants: Grants::default(),
        enabled: true,
        email: None,
        given_name: None,
        family_name: None,
        created: now,
    };
    change.put_user(&row).await.expect("a user");
    let family = Family {
        id: FamilyId(wardgate_domain::Random::seeded(1).uuid()),
        tenant: tenant("a"),
        holder: Holder::User(user, client.clone()),
        scope: "*".to_owned(),
        created: now,
        ends: now.plus_s(limits::FAMILY_S),
        revoked: None,
    };
    change.insert_family(&family).await.expect("a family");
    let token = Token {
        hash: bench.hasher.hash(Purpose::Token, "refresh"),
        kind: TokenKind::Refresh,
        family: family.id,
        scope: "*".to_owned(),
        issued: now,
        expires: now.plus_s(60),
        spent: None,
        code: None,
    };
    change.insert_token(&token).await.expect("a token");
    change.commit(event(), Visibility::Visible).await.expect("a commit");

    assert!(bench.refreshed(&plain("refresh")).await.is_none());
    let presented = || PresentedClient { readings: vec![(client.to_string(), Some(plain("s")))] };
    let elsewhere = TokenRequest::Refresh(plain(session.refresh.expose()));
    let elsewhere = bench.manager.issue_token(&presented(), elsewhere, None, None).await;
    assert!(matches!(elsewhere, Err(TokenError::InvalidGrant)));
    let own = TokenRequest::Refresh(plain("refresh"));
    assert!(bench.manager.issue_token(&presented(), own, None, None).await.is_ok(), "it was not used up");
    assert!(bench.refreshed(&session.refresh).await.is_some(), "nor was this");
}

#[tokio::test]
async fn sessions_past_their_end_leave_the_store() {
    let bench = Bench::new().await;
    let session = bench.session().await;
    bench.refreshed(&session.refresh).await.expect("a new pair");
    assert_eq!(bench.manager.sweep_tokens().await.expect("swept"), 0);
    bench.hand.advance(Duration::from_millis(limits::REFRESH_TOKEN_MS + DAY_MS + 1));
    assert_eq!(bench.manager.sweep_tokens().await.expect("swept"), 3, "two refresh tokens and an access token");
    bench.hand.advance(Duration::from_millis(u64::from(limits::FAMILY_S) * 1_000));
    assert_eq!(bench.manager.sweep_tokens().await.expect("swept"), 1, "their family");
}
