//! Tokens: what is asked for, and the pairs that are issued.

mod code;
mod introspect;
mod refresh;
mod revoke;
pub(crate) mod sign_in;
mod sweep;

use std::net::IpAddr;

use wardgate_domain::audit::AuditEvent;
use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::limits;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::token::{Family, Holder, Token, TokenKind, is_whole};
use wardgate_domain::user::User;
use wardgate_domain::{ClientId, TenantId, Timestamp, UserId};
use wardgate_storage::{Change, StorageError, Visibility};

use crate::{ManageError, Manager};

pub use code::PresentedCode;
pub use introspect::{KnownToken, Subject};
use sign_in::check_unchanged;

/// A client as it presented itself. Libraries disagree on the encoding of Basic credentials (security rules, finding 3),
/// so a door may offer more than one reading of what it was sent.
#[derive(Debug)]
pub struct PresentedClient {
    /// Readings of id and secret, the likeliest first. A public client shows no secret.
    pub readings: Vec<(String, Option<PlainSecret>)>,
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
    /// A code that the user's browser brought.
    Code(PresentedCode),
}

impl TokenRequest {
    fn grant_type(&self) -> GrantType {
        match self {
            Self::Password { .. } => GrantType::Password,
            Self::ClientCredentials => GrantType::ClientCredentials,
            Self::Refresh(_) => GrantType::RefreshToken,
            Self::Code(_) => GrantType::AuthorizationCode,
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
    /// Who signed in, where the client asked to be told.
    pub identity: Option<SignedInUser>,
}

/// What an ID token is to say (`OpenID` Connect Core section 2).
#[derive(Debug)]
pub struct SignedInUser {
    /// What he is called by for good.
    pub user: UserId,
    /// The client that is told.
    pub client: ClientId,
    /// What the client's request is known by.
    pub nonce: Option<String>,
    /// When he showed who he is.
    pub at: Timestamp,
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
    /// Too many wrong passwords for this account or from this network; no more is said (security rule 17).
    #[error("too many failures")]
    TooManyFailures {
        /// Seconds until another try makes sense.
        retry_after_s: u32,
    },
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
    /// Issues tokens to `client` (RFC 6749 sections 4.3, 4.4 and 6), who asks `from` an address or from one that is not
    /// known.
    pub async fn issue_token(
        &self,
        client: &PresentedClient,
        request: TokenRequest,
        scope: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Issued, TokenError> {
        let client = self.authenticate(client, from).await?;
        if !client.may_use(request.grant_type()) {
            return Err(TokenError::UnauthorizedClient);
        }
        let scope = scope.map(legal_scope).transpose()?;
        let first = |scope| client.scope(scope).ok_or(TokenError::InvalidScope);
        match request {
            TokenRequest::Password { username, password } => {
                let scope = first(scope)?;
                let user = self.sign_in(&username, &password, from).await?;
                if !client.serves(&user.tenant) {
                    return Err(TokenError::InvalidGrant);
                }
                let holder = Holder::User(user.name.clone(), client.id.clone());
                self.begin(&client, &user.tenant, holder, Some(&user), scope).await
            }
            TokenRequest::ClientCredentials => {
                self.begin(&client, &client.home(), Holder::Client(client.id.clone()), None, first(scope)?).await
            }
            TokenRequest::Refresh(token) => self.refresh(&client, &token, scope).await,
            TokenRequest::Code(code) => self.exchange(&client, &code).await,
        }
    }

    async fn begin(
        &self,
        client: &Client,
        tenant: &TenantId,
        holder: Holder,
        signed_in: Option<&User>,
        scope: String,
    ) -> Result<Issued, TokenError> {
        let now = self.clock.now();
        let family = Family {
            id: self.random.family_id(),
            tenant: tenant.clone(),
            holder,
            scope,
            created: now,
            ends: now.plus_s(limits::FAMILY_S),
            revoked: None,
        };
        let mut change = self.store.tenant(tenant).change().await?;
        self.check_still_served(&mut change, &family).await?;
        if let Some(user) = signed_in {
            check_unchanged(&mut change, user).await?;
        }
        change.insert_family(&family).await?;
        let issued = self.insert_pair(&mut change, client, &family, now, family.scope.clone()).await?;
        change.commit(event("token.issued", &family), Visibility::Quiet).await?;
        Ok(issued)
    }

    async fn insert_pair(
        &self,
        change: &mut Change,
        client: &Client,
        family: &Family,
        now: Timestamp,
        scope: String,
    ) -> Result<Issued, TokenError> {
        let access = self.random.uuid_secret();
        let token =
            Token { scope: scope.clone(), ..self.token(&access, TokenKind::Access, family, now, client.access_s) };
        change.insert_token(&token).await?;
        // The end of its family may be nearer than the client's own time; one less, as GWS says it.
        let lives_s = token.expires.as_ms().saturating_sub(now.as_ms()) / 1_000;
        let expires_in_s = u32::try_from(lives_s).unwrap_or(u32::MAX).saturating_sub(1);
        let refresh = match family.holder {
            // Whoever may not use one gets none.
            Holder::User(..) if client.may_use(GrantType::RefreshToken) => {
                let refresh = self.random.uuid_secret();
                change.insert_token(&self.token(&refresh, TokenKind::Refresh, family, now, client.refresh_s)).await?;
                Some(refresh)
            }
            // A client fetches its next token with its secret; a signing key's session has its own way.
            _ => None,
        };
        Ok(Issued { access, refresh, expires_in_s, scope, identity: None })
    }

    /// What is left of `scope`, which was granted earlier, for what the client may ask for by now.
    fn still(client: &Client, scope: String) -> Result<String, TokenError> {
        client.scope(Some(scope).filter(|scope| !is_whole(scope))).ok_or(TokenError::InvalidScope)
    }

    pub(crate) fn token(
        &self,
        plain: &PlainSecret,
        kind: TokenKind,
        family: &Family,
        now: Timestamp,
        life_s: u32,
    ) -> Token {
        Token {
            hash: self.hasher.hash(Purpose::Token, plain.expose()),
            kind,
            family: family.id,
            scope: family.scope.clone(),
            issued: now,
            expires: now.plus_s(life_s).min(family.ends),
            spent: None,
            code: None,
        }
    }
}

/// Scope tokens as RFC 6749 section 3.3 writes them.
pub(crate) fn legal_scope(scope: &str) -> Result<String, TokenError> {
    let legal =
        |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if scope.len() <= 256 && scope.split(' ').all(legal) { Ok(scope.to_owned()) } else { Err(TokenError::InvalidScope) }
}

/// What the audit log says of a family's tokens, whoever they speak for.
pub(crate) fn event(action: &'static str, family: &Family) -> AuditEvent {
    let actor = match &family.holder {
        Holder::User(name, _) | Holder::Browser(name) => format!("{}\\{name}", family.tenant),
        Holder::Client(id) => format!("client:{id}"),
        Holder::Key(session) => format!("key:{}", session.key),
    };
    AuditEvent { actor, action, target: family.id.0.to_string(), detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::legal_scope;

    #[test]
    fn a_scope_is_words_with_one_space_between() {
        assert_eq!(legal_scope("a b").expect("legal"), "a b");
        for scope in ["", " ", "a  b", "a\"b", "a\\b"] {
            assert!(legal_scope(scope).is_err(), "{scope:?}");
        }
    }
}
