//! A browser's session: a token in a family of its own, which its cookie carries and which opens nothing but this.

use std::net::IpAddr;

use wardgate_domain::secret::{PlainSecret, Purpose, SecretHash};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, Token, TokenKind};
use wardgate_domain::{FamilyId, TenantId, Timestamp, UserName, limits};
use wardgate_storage::Visibility;

use crate::tokens::sign_in::check_unchanged;
use crate::tokens::{TokenError, event};
use crate::{ManageError, Manager};

/// Somebody who signed in with this browser.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    pub(super) family: Family,
    pub(super) hash: SecretHash,
    user: UserName,
}

impl BrowserSession {
    /// Whose user he is; the cluster's are the ops users.
    pub fn tenant(&self) -> &TenantId {
        &self.family.tenant
    }

    /// His name.
    pub fn user(&self) -> &UserName {
        &self.user
    }

    /// When he showed who he is.
    pub fn signed_in(&self) -> Timestamp {
        self.family.created
    }
}

impl Manager {
    /// Begins a session for whoever's name and password these are. Its secret is new, whatever the browser had before,
    /// so that nobody can give a browser a session that he knows (security rule 76).
    pub async fn sign_in_browser(
        &self,
        username: &str,
        password: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<(BrowserSession, PlainSecret), TokenError> {
        let user = self.sign_in(username, password, from).await?;
        let (now, secret) = (self.clock.now(), self.random.secret());
        let family = self.browser_family(&user, now, limits::BROWSER_SESSION_S);
        let token = self.token(&secret, TokenKind::Session, &family, now, limits::BROWSER_IDLE_S);
        let mut change = self.store.tenant(&family.tenant).change().await?;
        check_unchanged(&mut change, &user).await?;
        change.insert_family(&family).await?;
        change.insert_token(&token).await?;
        change.commit(event("session.began", &family), Visibility::Quiet).await?;
        Ok((BrowserSession { family, hash: token.hash, user: user.name }, secret))
    }

    /// The session that a cookie stands for, if it is one, is not over and its user may still sign in.
    pub async fn browser_session(&self, cookie: &PlainSecret) -> Result<Option<BrowserSession>, ManageError> {
        let Some(session) = self.session_to_leave(cookie).await? else { return Ok(None) };
        let scoped = self.store.tenant(session.tenant());
        let served = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active)
            && scoped.user(&session.user).await?.is_some_and(|user| user.enabled);
        Ok(served.then_some(session))
    }

    /// The same, whether or not he may still sign in: what is left must be over also when his tenant is in service again.
    pub async fn session_to_leave(&self, cookie: &PlainSecret) -> Result<Option<BrowserSession>, ManageError> {
        let Some((token, family)) = self.living_token(cookie, TokenKind::Session).await? else { return Ok(None) };
        let Holder::Browser(user) = family.holder.clone() else { return Ok(None) };
        Ok(Some(BrowserSession { family, hash: token.hash, user }))
    }

    /// A token that is not over, with what it grew from.
    pub(super) async fn living_token(
        &self,
        plain: &PlainSecret,
        kind: TokenKind,
    ) -> Result<Option<(Token, Family)>, ManageError> {
        let hash = self.hasher.hash(Purpose::Token, plain.expose());
        let Some(tenant) = self.store.directory().tenant_of_token(&hash).await? else { return Ok(None) };
        let Some((token, family)) = self.store.tenant(&tenant).token(&hash).await? else { return Ok(None) };
        let now = self.clock.now();
        let lives = token.kind == kind
            && token.spent.is_none()
            && token.expires > now
            && family.ends > now
            && family.revoked.is_none();
        Ok(lives.then_some((token, family)))
    }

    /// Ends a browser's session, and with `everywhere` all that its user has: other sessions and clients' tokens.
    pub async fn end_session(&self, session: &BrowserSession, everywhere: bool) -> Result<(), ManageError> {
        self.end_family(&session.family, everywhere).await
    }

    /// Ends all tokens of the sign-in that a presented token grew from, and with `everywhere` all that its user has. What
    /// is a client's or a signing key's has no user.
    pub async fn sign_out(&self, tenant: &TenantId, family: FamilyId, everywhere: bool) -> Result<(), ManageError> {
        match self.store.tenant(tenant).family(family).await? {
            Some(family) => self.end_family(&family, everywhere).await,
            None => Ok(()),
        }
    }

    /// The same for whoever's tenant is out of service, by an access token. `false` if there is nothing that it could end: a
    /// signing key's session may be tied to a place, which is not looked at here.
    pub async fn sign_out_of_suspended(&self, token: &PlainSecret, everywhere: bool) -> Result<bool, ManageError> {
        match self.living_token(token, TokenKind::Access).await? {
            Some((_, family)) if !matches!(family.holder, Holder::Key(_)) => {
                self.end_family(&family, everywhere).await.map(|()| true)
            }
            _ => Ok(false),
        }
    }

    pub(super) async fn end_family(&self, family: &Family, everywhere: bool) -> Result<(), ManageError> {
        let now = self.clock.now();
        let mut change = self.store.tenant(&family.tenant).change().await?;
        let ended = match &family.holder {
            Holder::User(name, _) | Holder::Browser(name) if everywhere => {
                change.revoke_families_of_user(name, now).await? > 0
            }
            _ => change.revoke_family(family.id, now).await?,
        };
        if ended {
            let action = if everywhere { "session.ended_everywhere" } else { "session.ended" };
            change.commit(event(action, family), Visibility::Visible).await?;
        }
        Ok(())
    }
}
