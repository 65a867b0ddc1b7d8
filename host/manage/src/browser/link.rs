//! Links by which the cluster's people sign in without a password, once: for whoever has the data folder anyway.

use serde_json::json;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Holder, TokenKind};
use wardgate_domain::user::User;
use wardgate_domain::{TenantId, UserName, limits};
use wardgate_storage::Visibility;

use crate::tokens::sign_in::check_unchanged;
use crate::tokens::{TokenError, event};
use crate::users::generated::PREFIX;
use crate::{ManageError, Manager};

impl Manager {
    /// A link for the cluster's user of this name; or for the enabled admin who was made last, those that were made up
    /// first, since whoever made one up knows the password that the portal will ask for. Its secret is in the
    /// answer and nowhere else; it works once, within [`limits::SIGN_IN_LINK_S`], and ends with all that its user has.
    ///
    /// Authorises nobody: only for whoever could read the master key as well.
    pub async fn make_link(&self, named: Option<&UserName>) -> Result<(User, PlainSecret), ManageError> {
        let cluster = self.store.tenant(&TenantId::cluster());
        let user = match named {
            Some(name) => cluster.user(name).await?.filter(|user| user.enabled),
            None => cluster.newest_admin(PREFIX).await?,
        };
        let user = user.ok_or(ManageError::NotFound)?;
        let (now, secret) = (self.clock.now(), self.random.secret());
        let family = self.browser_family(&user, now, limits::SIGN_IN_LINK_S);
        let token = self.token(&secret, TokenKind::Link, &family, now, limits::SIGN_IN_LINK_S);
        let mut change = cluster.change().await?;
        check_unchanged(&mut change, &user).await.map_err(|_| ManageError::NotFound)?;
        change.insert_family(&family).await?;
        change.insert_token(&token).await?;
        let detail = json!({ "name": user.name.as_str() }).to_string();
        let made =
            AuditEvent { actor: "operator".to_owned(), action: "link.made", target: user.id.to_string(), detail };
        change.commit(made, Visibility::Quiet).await?;
        Ok((user, secret))
    }

    /// Burns a link and says whose it was, as [`Self::sign_in`] does of a password: whoever lets him have something keeps
    /// to [`check_unchanged`]. A link that is unknown, late, burnt, or whose user may sign in no more is no good, and
    /// nothing more is said of it.
    pub async fn take_link(&self, link: &PlainSecret) -> Result<User, TokenError> {
        let (now, hash) = (self.clock.now(), self.hasher.hash(Purpose::Token, link.expose()));
        let tenant = self.store.directory().tenant_of_token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let scoped = self.store.tenant(&tenant);
        let (token, family) = scoped.token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let Holder::Browser(name) = &family.holder else { return Err(TokenError::InvalidGrant) };
        let served = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        if token.kind != TokenKind::Link || family.revoked.is_some() || !served {
            return Err(TokenError::InvalidGrant);
        }
        let mut change = scoped.change().await?;
        let user = change.user(name).await?.filter(|user| user.enabled).ok_or(TokenError::InvalidGrant)?;
        // One conditional update decides, as for codes; the end of the family is seen inside of the change, too.
        if !change.spend_token(&hash, now).await? || !change.revoke_family(family.id, now).await? {
            return Err(TokenError::InvalidGrant);
        }
        change.commit(event("link.used", &family), Visibility::Quiet).await?;
        Ok(user)
    }
}
