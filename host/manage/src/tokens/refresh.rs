//! A refresh token for the next pair, once; and the end of its family when it comes back.

use wardgate_domain::client::Client;
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHash};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, TokenKind, has_word, is_whole};
use wardgate_domain::{ClientId, TenantId, Timestamp};
use wardgate_storage::{Change, Visibility};

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
        let own = client_of(&family) == Some(&client.id);
        if !own || token.kind != TokenKind::Refresh || !self.is_alive(&family, now).await? {
            return Err(TokenError::InvalidGrant);
        }
        if token.spent.is_some() {
            self.end_if_reused(&hash, &tenant, now).await?;
            return Err(TokenError::InvalidGrant);
        }
        let scope = Self::still(client, narrowed(&family.scope, scope)?)?;
        let mut change = scoped.change().await?;
        self.check_still_served(&mut change, &family).await?;
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

    /// Whether tokens of `family` can be of use: it goes on, and its tenant, client and user are in service.
    pub(super) async fn is_alive(&self, family: &Family, now: Timestamp) -> Result<bool, TokenError> {
        if family.revoked.is_some() || family.ends <= now || !self.is_served(family).await? {
            return Ok(false);
        }
        let scoped = self.store.tenant(&family.tenant);
        let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        match &family.holder {
            Holder::User(name, _) | Holder::Browser(name) => {
                Ok(active && scoped.user(name).await?.is_some_and(|user| user.enabled))
            }
            Holder::Client(_) => Ok(active),
            Holder::Key(_) => Ok(false),
        }
    }

    /// Refuses a tenant that is not there or not in service, and a client that was ended, or taken from the tenant, since it
    /// was looked at. To be asked inside of a change: then an end that this does not see comes after it and finds the family.
    pub(super) async fn check_still_served(&self, change: &mut Change, family: &Family) -> Result<(), TokenError> {
        if change.tenant().await?.is_none_or(|tenant| tenant.state != TenantState::Active) {
            return Err(TokenError::InvalidGrant);
        }
        if self.is_served(family).await? { Ok(()) } else { Err(TokenError::InvalidClient) }
    }

    async fn is_served(&self, family: &Family) -> Result<bool, TokenError> {
        let Some(id) = client_of(family) else { return Ok(true) };
        let client = self.store.tenant(&TenantId::cluster()).client(id).await?.filter(|client| client.enabled);
        Ok(client.is_some_and(|client| match &family.holder {
            Holder::Client(_) => client.home() == family.tenant,
            _ => client.serves(&family.tenant),
        }))
    }
}

/// The client that a family's tokens were issued to.
pub(super) fn client_of(family: &Family) -> Option<&ClientId> {
    match &family.holder {
        Holder::User(_, id) | Holder::Client(id) => Some(id),
        Holder::Browser(_) | Holder::Key(_) => None,
    }
}

/// A refresh may narrow a scope, never widen it (security rule 47).
fn narrowed(granted: &str, asked: Option<String>) -> Result<String, TokenError> {
    let Some(asked) = asked else { return Ok(granted.to_owned()) };
    let within = is_whole(granted) || asked.split(' ').all(|word| has_word(granted, word));
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
