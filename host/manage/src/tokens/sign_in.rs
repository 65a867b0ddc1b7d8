//! Who wants a token: the client by its secret, the user by his password.

use wardgate_domain::client::Client;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::{ClientId, TenantId, UserName};

use super::{PresentedClient, TokenError};
use crate::Manager;

impl Manager {
    pub(super) async fn authenticate(&self, presented: &PresentedClient) -> Result<Client, TokenError> {
        let clients = self.store.tenant(&TenantId::cluster());
        for (id, secret) in &presented.readings {
            let hash = self.hasher.hash(Purpose::ClientSecret, secret.expose());
            let Ok(id) = ClientId::parse(id) else { continue };
            if let Some(client) = clients.client(&id).await?
                && client.secret == hash
                && client.enabled
            {
                return Ok(client);
            }
        }
        Err(TokenError::InvalidClient)
    }

    pub(super) async fn sign_in(
        &self,
        username: &str,
        password: &PlainSecret,
    ) -> Result<(TenantId, UserName), TokenError> {
        let known = match parse_username(username) {
            Some((tenant, name)) => {
                let scoped = self.store.tenant(&tenant);
                let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
                let user = if active { scoped.user(&name).await? } else { None };
                user.map(|user| (tenant, user))
            }
            None => None,
        };
        let matches = self.passwords.verify(known.as_ref().map(|(_, user)| user), password).await?;
        match known {
            Some((tenant, user)) if matches && user.enabled => Ok((tenant, user.name)),
            _ => Err(TokenError::InvalidGrant),
        }
    }
}

/// `ccId\user` with one backslash or two (the seed's literal copy sends two); without any, an ops user.
fn parse_username(text: &str) -> Option<(TenantId, UserName)> {
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
