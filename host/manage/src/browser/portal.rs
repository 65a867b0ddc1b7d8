//! A session of the portal: as a browser's, but of a kind of its own, and what it opens is the public API. Its secret is
//! new whenever its user shows who he is (security rule 76), so its age says how long that is ago.

use std::net::IpAddr;

use wardgate_domain::secret::{PlainSecret, SecretHash};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, Token, TokenKind};
use wardgate_domain::user::User;
use wardgate_domain::{Timestamp, limits};
use wardgate_storage::Visibility;

use crate::tokens::sign_in::check_unchanged;
use crate::tokens::{TokenError, event};
use crate::{Caller, ManageError, Manager};

/// Somebody at the portal.
#[derive(Debug, Clone)]
pub struct PortalSession {
    pub(super) family: Family,
    pub(super) hash: SecretHash,
    pub(super) user: User,
    confirmed_until: Timestamp,
    is_confirmed: bool,
}

impl PortalSession {
    /// Who he is, as he is kept now.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The same as a caller.
    pub fn caller(&self) -> Caller {
        Caller::of_user(&self.user)
    }

    /// When it is over, whatever its use.
    pub fn ends(&self) -> Timestamp {
        self.family.ends
    }

    /// Until when he counts as somebody who has just shown who he is.
    pub fn confirmed_until(&self) -> Timestamp {
        self.confirmed_until
    }

    /// Whether that is still so.
    pub fn is_confirmed(&self) -> bool {
        self.is_confirmed
    }

    pub(super) fn new(family: Family, token: &Token, user: User, now: Timestamp) -> Self {
        let confirmed_until = token.issued.plus_s(limits::PORTAL_CONFIRMED_S);
        Self { family, hash: token.hash, user, confirmed_until, is_confirmed: now < confirmed_until }
    }
}

impl Manager {
    /// Begins a session for whoever's name (as at the token endpoint) and password these are.
    pub async fn sign_in_to_portal(
        &self,
        username: &str,
        password: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<(PortalSession, PlainSecret), TokenError> {
        let user = self.sign_in(username, password, from).await?;
        self.begin_portal(user).await
    }

    /// Begins a session for whoever's link this is, and burns it.
    pub async fn sign_in_to_portal_by_link(
        &self,
        link: &PlainSecret,
    ) -> Result<(PortalSession, PlainSecret), TokenError> {
        let user = self.take_link(link).await?;
        self.begin_portal(user).await
    }

    /// Begins a session for `user`, who has shown who he is.
    pub(crate) async fn begin_portal(&self, user: User) -> Result<(PortalSession, PlainSecret), TokenError> {
        let now = self.clock.now();
        let family = self.browser_family(&user, now, limits::PORTAL_SESSION_S);
        let (secret, token) = self.portal_token(&family, now);
        let mut change = self.store.tenant(&family.tenant).change().await?;
        check_unchanged(&mut change, &user).await?;
        change.insert_family(&family).await?;
        change.insert_token(&token).await?;
        change.commit(event("portal.session_began", &family), Visibility::Quiet).await?;
        Ok((PortalSession::new(family, &token, user, now), secret))
    }

    /// The session that a cookie stands for, if it is one, is not over and its user is still served. Where he is known to
    /// be there, it was used by that, and lives on.
    pub async fn portal_session(
        &self,
        cookie: &PlainSecret,
        attended: bool,
    ) -> Result<Option<PortalSession>, ManageError> {
        let Some((token, family)) = self.living_token(cookie, TokenKind::Portal).await? else { return Ok(None) };
        let Holder::Browser(name) = &family.holder else { return Ok(None) };
        let scoped = self.store.tenant(&family.tenant);
        let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        let Some(user) = scoped.user(name).await?.filter(|user| active && user.enabled) else { return Ok(None) };
        let now = self.clock.now();
        let until = now.plus_s(limits::PORTAL_IDLE_S).min(family.ends);
        if attended && token.expires.plus_s(limits::PORTAL_IDLE_STALE_S) <= until {
            scoped.touch_portal(&token.hash, until).await?;
        }
        Ok(Some(PortalSession::new(family, &token, user, now)))
    }

    /// Ends the session that a cookie stands for, whether or not its user is still served.
    pub async fn end_portal(&self, cookie: &PlainSecret) -> Result<(), ManageError> {
        match self.living_token(cookie, TokenKind::Portal).await? {
            Some((_, family)) => self.end_family(&family, false).await,
            None => Ok(()),
        }
    }

    pub(super) fn portal_token(&self, family: &Family, now: Timestamp) -> (PlainSecret, Token) {
        let secret = self.random.secret();
        let token = self.token(&secret, TokenKind::Portal, family, now, limits::PORTAL_IDLE_S);
        (secret, token)
    }
}
