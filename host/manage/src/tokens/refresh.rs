//! A refresh token for the next pair, once; and the end of its family when it comes back.

use wardgate_domain::client::Client;
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHash};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, TokenKind};
use wardgate_domain::{TenantId, Timestamp};
use wardgate_storage::Visibility;

use super::{Issued, TokenError, event};
use crate::{ManageError, Manager};

impl Manager {
    pub(super) async fn refresh(
        &self,
        client: &Client,
        presented: &PlainSecret,
        scope: Option<String>,
    ) -> Result<Issued, TokenError> {
        let (now, hash) = (self.clock.now(), self.hasher.hash(Purpose::Token, presented.expose()));
        let tenant = self.store.directory().tenant_of_token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let scoped = self.store.tenant(&tenant);
        let (token, family) = scoped.token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let own = match &family.holder {
            Holder::User(_, id) | Holder::Client(id) => *id == client.id,
            Holder::Key(_) => false,
        };
        let usable = own
            && token.kind == TokenKind::Refresh
            && family.revoked.is_none()
            && family.ends > now
            && self.holder_is_enabled(&family).await?;
        if !usable {
            return Err(TokenError::InvalidGrant);
        }
        if token.spent.is_some() {
            self.end_if_reused(&hash, &tenant, now).await?;
            return Err(TokenError::InvalidGrant);
        }
        let scope = narrowed(&family.scope, scope)?;
        let mut change = scoped.change().await?;
        // One conditional update decides: of any number of parallel uses exactly one wins (security rule 44).
        if change.spend_token(&hash, now).await? {
            let issued = self.insert_pair(&mut change, client, &family, now, scope).await?;
            change.commit(event("token.refreshed", &family), Visibility::Quiet).await?;
            return Ok(issued);
        }
        drop(change);
        self.end_if_reused(&hash, &tenant, now).await?;
        Err(TokenError::InvalidGrant)
    }

    /// A spent refresh token was presented again: either its thief or its owner is late, and nobody can tell which, so
    /// the whole family ends (security rule 43).
    pub(crate) async fn end_if_reused(
        &self,
        hash: &SecretHash,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(), ManageError> {
        let scoped = self.store.tenant(tenant);
        let Some((token, family)) = scoped.token(hash).await? else { return Ok(()) };
        if token.spent.is_none() {
            return Ok(());
        }
        let mut change = scoped.change().await?;
        if change.revoke_family(family.id, now).await? {
            change.commit(event("token.reused", &family), Visibility::Visible).await?;
        }
        Ok(())
    }

    async fn holder_is_enabled(&self, family: &Family) -> Result<bool, TokenError> {
        let scoped = self.store.tenant(&family.tenant);
        let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        match &family.holder {
            Holder::User(name, _) => Ok(active && scoped.user(name).await?.is_some_and(|user| user.enabled)),
            Holder::Client(_) => Ok(active),
            Holder::Key(_) => Ok(false),
        }
    }
}

/// A refresh may narrow a scope, never widen it (security rule 47).
fn narrowed(granted: &str, asked: Option<String>) -> Result<String, TokenError> {
    let Some(asked) = asked else { return Ok(granted.to_owned()) };
    let within = granted == "*" || asked.split(' ').all(|token| granted.split(' ').any(|held| held == token));
    if within { Ok(asked) } else { Err(TokenError::InvalidScope) }
}

#[cfg(test)]
mod tests {
    use super::narrowed;

    #[test]
    fn a_refresh_narrows_a_scope_and_never_widens_it() {
        assert_eq!(narrowed("*", Some("a b".to_owned())).expect("narrower"), "a b");
        assert_eq!(narrowed("a b", Some("b".to_owned())).expect("narrower"), "b");
        assert_eq!(narrowed("a b", None).expect("the same"), "a b");
        assert!(narrowed("a", Some("*".to_owned())).is_err());
    }
}
