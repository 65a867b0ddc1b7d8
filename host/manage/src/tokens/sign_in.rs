//! Who wants a token: the client by its secret, the user by his password.

use std::net::IpAddr;

use serde_json::json;
use wardgate_domain::client::Client;
use wardgate_domain::rate::Full;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::user::User;
use wardgate_domain::{ClientId, TenantId, UserName};
use wardgate_storage::{Change, Visibility};

use super::{PresentedClient, TokenError};
use crate::guesses::Account;
use crate::passwords::is_outdated;
use crate::{Caller, ManageError, Manager};

impl Manager {
    /// The client, who asks `from` an address or from one that is not known. Wrong secrets are counted as wrong passwords
    /// are, but for a count of all networks together: a stranger could hold a client out with that.
    pub(super) async fn authenticate(
        &self,
        presented: &PresentedClient,
        from: Option<IpAddr>,
    ) -> Result<Client, TokenError> {
        let named = presented.readings.iter().find_map(|(id, _)| ClientId::parse(id).ok());
        if let Some(Full { retry_after_s, .. }) = self.guesses.client_full(named.as_ref(), from, self.clock.now()) {
            return Err(TokenError::TooManyFailures { retry_after_s });
        }
        let clients = self.store.tenant(&TenantId::cluster());
        for (id, secret) in &presented.readings {
            let hash = secret.as_ref().map(|secret| self.hasher.hash(Purpose::ClientSecret, secret.expose()));
            let Ok(id) = ClientId::parse(id) else { continue };
            // A public client has no hash and shows no secret; whoever shows one is not it.
            if let Some(client) = clients.client(&id).await?
                && client.secret == hash
                && client.enabled
            {
                return Ok(client);
            }
        }
        self.guesses.client_failed(named, from, self.clock.now());
        Err(TokenError::InvalidClient)
    }

    /// The client as itself: by a secret, which a public one has none of.
    pub(super) async fn authenticate_with_secret(
        &self,
        presented: &PresentedClient,
        from: Option<IpAddr>,
    ) -> Result<Client, TokenError> {
        let client = self.authenticate(presented, from).await?;
        if client.is_public() { Err(TokenError::InvalidClient) } else { Ok(client) }
    }

    /// Somebody who presents his name and password with a call, as GWS's operators do.
    pub async fn caller_by_password(
        &self,
        username: &str,
        password: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<Caller, TokenError> {
        self.sign_in(username, password, from).await.map(|user| Caller::of_user(&user))
    }

    /// The user whose name (`ccId\user`, or an ops user without prefix) and password these are, sent `from` an address
    /// or from one that is not known. The one place where passwords are checked: so it is here that wrong ones are counted
    /// (security rules 67 and 68). Whoever lets the user have something keeps to [`check_unchanged`].
    pub(crate) async fn sign_in(
        &self,
        username: &str,
        password: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<User, TokenError> {
        let named = parse_username(username);
        let account = Account::of(named.as_ref());
        self.make_wait(&account, from)?;
        let known = match &named {
            Some((tenant, name)) => {
                let scoped = self.store.tenant(tenant);
                let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
                if active { scoped.user(name).await? } else { None }
            }
            None => None,
        };
        let turn = self.passwords.turn().await?;
        // Others may have failed while this one waited for its turn.
        self.make_wait(&account, from)?;
        let (matches, turn) = self.passwords.verify(turn, known.as_ref(), password).await?;
        let Some(user) = known.filter(|user| matches && user.enabled) else {
            self.guesses.failed(&account, from, self.clock.now());
            return Err(TokenError::InvalidGrant);
        };
        self.guesses.signed_in(&account, from);
        drop(turn);
        if is_outdated(&user.password)
            && let Err(cause) = self.rehash(&user, password).await
        {
            tracing::warn!(%cause, "a password could not be hashed anew");
        }
        Ok(user)
    }

    fn make_wait(&self, account: &Account, from: Option<IpAddr>) -> Result<(), TokenError> {
        match self.guesses.full(account, from, self.clock.now()) {
            Some(Full { retry_after_s, .. }) => Err(TokenError::TooManyFailures { retry_after_s }),
            None => Ok(()),
        }
    }

    /// Keeps the password as one is hashed today. It is the same password: nothing ends by it.
    async fn rehash(&self, user: &User, password: &PlainSecret) -> Result<(), ManageError> {
        let hashed = self.passwords.hash(password).await?;
        let mut change = self.store.tenant(&user.tenant).change().await?;
        let kept = change.user(&user.name).await?;
        let Some(kept) = kept.filter(|kept| kept.id == user.id && kept.password_set == user.password_set) else {
            return Ok(());
        };
        change.put_user(&User { password: hashed, ..kept }).await?;
        let event =
            Caller::of_user(user).event("user.rehashed", &user.id.to_string(), &json!({ "name": user.name.as_str() }));
        Ok(change.commit(event, Visibility::Quiet).await?)
    }
}

/// Whether `user` still may have what he signed in for, in the very change that lets him have it: between the look at his
/// password and now he may have been disabled or got another one, which ended all that he had.
pub(crate) async fn check_unchanged(change: &mut Change, user: &User) -> Result<(), TokenError> {
    let unchanged = |kept: User| kept.id == user.id && kept.enabled && kept.password_set == user.password_set;
    if change.user(&user.name).await?.is_some_and(unchanged) { Ok(()) } else { Err(TokenError::InvalidGrant) }
}

/// `ccId\user` with one backslash or two (the seed's literal copy sends two); without any, an ops user.
pub(crate) fn parse_username(text: &str) -> Option<(TenantId, UserName)> {
    let (tenant, name) = match text.split_once('\\') {
        Some((tenant, name)) => (TenantId::parse(tenant).ok()?, name.strip_prefix('\\').unwrap_or(name)),
        None => (TenantId::cluster(), text),
    };
    Some((tenant, UserName::parse(name).ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_username;

    #[test]
    fn a_user_name_is_read_with_one_backslash_or_two_or_none() {
        let read = |text| parse_username(text).map(|(tenant, user)| (tenant.to_string(), user.to_string()));
        let nexus = Some(("t1".to_owned(), "nexus".to_owned()));
        assert_eq!(read(r"t1\nexus"), nexus);
        assert_eq!(read(r"t1\\nexus"), nexus);
        assert_eq!(read("ops"), Some(("*".to_owned(), "ops".to_owned())));
        for text in ["", r"\", r"t1\", r"\nexus", r"t1\\\nexus", r"t 1\nexus", "a\0"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
