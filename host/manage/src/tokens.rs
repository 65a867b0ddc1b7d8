//! Tokens: sign in, refresh, and what happens when a spent refresh token comes back.

use wardgate_domain::audit::AuditEvent;
use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::limits;
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHash};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, Token, TokenKind};
use wardgate_domain::{ClientId, TenantId, Timestamp, UserName};
use wardgate_storage::{Change, StorageError, Visibility};

use crate::{ManageError, Manager};

/// A client as it presented itself. Libraries disagree on the encoding of Basic credentials (security rules, finding 3),
/// so a door may offer more than one reading of what it was sent.
#[derive(Debug)]
pub struct PresentedClient {
    /// Readings of id and secret, the likeliest first.
    pub readings: Vec<(String, PlainSecret)>,
}

/// What a token is asked for with.
#[derive(Debug)]
pub enum TokenRequest {
    /// A user's name (`ccId\user`, or an ops user without prefix) and password.
    Password {
        /// As it was sent.
        username: String,
        /// As it was sent.
        password: PlainSecret,
    },
    /// Nothing but the client's own secret.
    ClientCredentials,
    /// A refresh token.
    Refresh(PlainSecret),
}

impl TokenRequest {
    fn grant_type(&self) -> GrantType {
        match self {
            Self::Password { .. } => GrantType::Password,
            Self::ClientCredentials => GrantType::ClientCredentials,
            Self::Refresh(_) => GrantType::RefreshToken,
        }
    }
}

/// A new pair of tokens, shown once.
#[derive(Debug)]
pub struct Issued {
    /// Presented with calls.
    pub access: PlainSecret,
    /// Exchanged, once, for the next pair. A client's own tokens come without.
    pub refresh: Option<PlainSecret>,
    /// Seconds that the access token lives.
    pub expires_in_s: u32,
    /// What was granted, space separated.
    pub scope: String,
}

/// Why no token was issued; the codes of RFC 6749 section 5.2.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The client is unknown, disabled, or its secret is wrong.
    #[error("client authentication failed")]
    InvalidClient,
    /// The user, password or refresh token is not good. No more is said (security rule 17).
    #[error("the credentials or the token presented are not valid")]
    InvalidGrant,
    /// The client may not use this grant type.
    #[error("the client may not use this grant type")]
    UnauthorizedClient,
    /// The scope is malformed or wider than what was granted first.
    #[error("the scope is malformed or exceeds what was granted")]
    InvalidScope,
    /// A part was out of reach.
    #[error(transparent)]
    Unavailable(ManageError),
}

impl From<ManageError> for TokenError {
    fn from(e: ManageError) -> Self {
        Self::Unavailable(e)
    }
}

impl From<StorageError> for TokenError {
    fn from(e: StorageError) -> Self {
        Self::Unavailable(e.into())
    }
}

impl Manager {
    /// Issues tokens to `client` (RFC 6749 sections 4.3, 4.4 and 6).
    pub async fn issue_token(
        &self,
        client: &PresentedClient,
        request: TokenRequest,
        scope: Option<&str>,
    ) -> Result<Issued, TokenError> {
        let client = self.authenticate(client).await?;
        if !client.grant_types.contains(&request.grant_type()) {
            return Err(TokenError::UnauthorizedClient);
        }
        let scope = scope.map(legal_scope).transpose()?;
        match request {
            TokenRequest::Password { username, password } => {
                let (tenant, user) = self.sign_in(&username, &password).await?;
                self.begin(&client, &tenant, Holder::User(user), scope).await
            }
            TokenRequest::ClientCredentials => self.begin(&client, &TenantId::cluster(), Holder::Client, scope).await,
            TokenRequest::Refresh(token) => self.refresh(&client, &token, scope).await,
        }
    }

    async fn authenticate(&self, presented: &PresentedClient) -> Result<Client, TokenError> {
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

    async fn sign_in(&self, username: &str, password: &PlainSecret) -> Result<(TenantId, UserName), TokenError> {
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

    async fn begin(
        &self,
        client: &Client,
        tenant: &TenantId,
        holder: Holder,
        scope: Option<String>,
    ) -> Result<Issued, TokenError> {
        let now = self.clock.now();
        let family = Family {
            id: self.random.family_id(),
            tenant: tenant.clone(),
            client: client.id.clone(),
            holder,
            scope: scope.unwrap_or_else(|| "*".to_owned()),
            created: now,
            ends: now.plus_s(limits::FAMILY_S),
            revoked: None,
        };
        let mut change = self.store.tenant(tenant).change().await?;
        change.insert_family(&family).await?;
        let issued = self.insert_pair(&mut change, client, &family, now, None).await?;
        change.commit(event("token.issued", &family), Visibility::Quiet).await?;
        Ok(issued)
    }

    async fn refresh(
        &self,
        client: &Client,
        presented: &PlainSecret,
        scope: Option<String>,
    ) -> Result<Issued, TokenError> {
        let (now, hash) = (self.clock.now(), self.hasher.hash(Purpose::Token, presented.expose()));
        let tenant = self.store.directory().tenant_of_token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let scoped = self.store.tenant(&tenant);
        let (token, family) = scoped.token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let usable = family.client == client.id
            && token.kind == TokenKind::Refresh
            && family.revoked.is_none()
            && family.ends > now
            && self.holder_is_enabled(&family).await?;
        if !usable {
            return Err(TokenError::InvalidGrant);
        }
        let scope = narrowed(&family.scope, scope)?;
        let mut change = scoped.change().await?;
        // One conditional update decides: of any number of parallel uses exactly one wins (security rule 44).
        if change.spend_token(&hash, now).await? {
            let issued = self.insert_pair(&mut change, client, &family, now, Some(scope)).await?;
            change.commit(event("token.refreshed", &family), Visibility::Quiet).await?;
            return Ok(issued);
        }
        drop(change);
        self.end_if_reused(&hash, &tenant, now).await?;
        Err(TokenError::InvalidGrant)
    }

    /// A spent refresh token was presented again: either its thief or its owner is late, and nobody can tell which, so
    /// the whole family ends (security rule 43).
    async fn end_if_reused(&self, hash: &SecretHash, tenant: &TenantId, now: Timestamp) -> Result<(), TokenError> {
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
            Holder::User(name) => Ok(active && scoped.user(name).await?.is_some_and(|user| user.enabled)),
            Holder::Client => Ok(active),
        }
    }

    async fn insert_pair(
        &self,
        change: &mut Change,
        client: &Client,
        family: &Family,
        now: Timestamp,
        scope: Option<String>,
    ) -> Result<Issued, TokenError> {
        let scope = scope.unwrap_or_else(|| family.scope.clone());
        let access = self.random.uuid_secret();
        change.insert_token(&self.token(&access, TokenKind::Access, family, now, client.access_s)).await?;
        let refresh = match family.holder {
            Holder::User(_) => {
                let refresh = self.random.uuid_secret();
                change.insert_token(&self.token(&refresh, TokenKind::Refresh, family, now, client.refresh_s)).await?;
                Some(refresh)
            }
            Holder::Client => None,
        };
        Ok(Issued { access, refresh, expires_in_s: client.access_s.saturating_sub(1), scope })
    }

    fn token(&self, plain: &PlainSecret, kind: TokenKind, family: &Family, now: Timestamp, life_s: u32) -> Token {
        Token {
            hash: self.hasher.hash(Purpose::Token, plain.expose()),
            kind,
            family: family.id,
            issued: now,
            expires: now.plus_s(life_s).min(family.ends),
            spent: None,
        }
    }

    /// Takes tokens that expired a day ago out of the store, a bounded number at a time.
    pub async fn sweep_tokens(&self) -> Result<u64, ManageError> {
        const BATCH: u32 = 1_000;
        let before = Timestamp::from_ms(self.clock.now().as_ms() - 24 * 3_600 * 1_000);
        let mut swept = 0;
        for tenant in self.store.directory().tenants().await? {
            let mut change = self.store.tenant(&tenant).change().await?;
            let gone = change.delete_expired_tokens(before, BATCH).await?;
            if gone > 0 {
                let event = AuditEvent {
                    actor: "system".to_owned(),
                    action: "token.swept",
                    target: gone.to_string(),
                    detail: String::new(),
                };
                change.commit(event, Visibility::Quiet).await?;
            }
            swept += gone;
        }
        Ok(swept)
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

/// Scope tokens as RFC 6749 section 3.3 writes them.
fn legal_scope(scope: &str) -> Result<String, TokenError> {
    let legal =
        |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if scope.len() <= 256 && scope.split(' ').all(legal) { Ok(scope.to_owned()) } else { Err(TokenError::InvalidScope) }
}

/// A refresh may narrow a scope, never widen it (security rule 47).
fn narrowed(granted: &str, asked: Option<String>) -> Result<String, TokenError> {
    let Some(asked) = asked else { return Ok(granted.to_owned()) };
    let within = granted == "*" || asked.split(' ').all(|token| granted.split(' ').any(|held| held == token));
    if within { Ok(asked) } else { Err(TokenError::InvalidScope) }
}

fn event(action: &'static str, family: &Family) -> AuditEvent {
    let actor = match &family.holder {
        Holder::User(name) => format!("{}\\{name}", family.tenant),
        Holder::Client => format!("client:{}", family.client),
    };
    AuditEvent { actor, action, target: family.id.0.to_string(), detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::{legal_scope, narrowed, parse_username};

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

    #[test]
    fn a_refresh_narrows_a_scope_and_never_widens_it() {
        assert_eq!(narrowed("*", Some("a b".to_owned())).expect("narrower"), "a b");
        assert_eq!(narrowed("a b", Some("b".to_owned())).expect("narrower"), "b");
        assert_eq!(narrowed("a b", None).expect("the same"), "a b");
        assert!(narrowed("a", Some("*".to_owned())).is_err());
        assert!(legal_scope("a  b").is_err());
        assert!(legal_scope("").is_err());
    }
}
