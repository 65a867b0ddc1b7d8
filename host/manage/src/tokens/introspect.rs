//! What a token is worth (RFC 7662): told to whom it was issued, and to the platform's own services.

use std::net::IpAddr;

use wardgate_domain::client::Client;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::token::{Family, Holder, Token, TokenKind};
use wardgate_domain::{ClientId, TenantId, Timestamp, UserId, UserName};

use super::refresh::client_of;
use super::{PresentedClient, TokenError};
use crate::Manager;

/// A token that is good.
#[derive(Debug)]
pub struct KnownToken {
    /// Whether it is presented with calls; else it is exchanged for the next pair.
    pub is_access: bool,
    /// What it may do of what its holder may, space separated.
    pub scope: String,
    /// The client that it was issued to.
    pub client: ClientId,
    /// Whose: the tenant that it belongs to.
    pub tenant: TenantId,
    /// Who it speaks for.
    pub subject: Subject,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
}

/// Who a token speaks for.
#[derive(Debug)]
pub enum Subject {
    /// A user of the token's tenant.
    User(UserId, UserName),
    /// The client itself.
    Client,
}

impl Manager {
    /// What `token` is worth to `client`; `None` if it is not good, or none of the client's business, which look the same
    /// (security rule 49).
    pub async fn introspect(
        &self,
        client: &PresentedClient,
        token: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<Option<KnownToken>, TokenError> {
        let client = self.authenticate_with_secret(client, from).await?;
        let hash = self.hasher.hash(Purpose::Token, token.expose());
        let Some(tenant) = self.store.directory().tenant_of_token(&hash).await? else { return Ok(None) };
        let scoped = self.store.tenant(&tenant);
        let Some((token, family)) = scoped.token(&hash).await? else { return Ok(None) };
        let now = self.clock.now();
        let good = token.spent.is_none() && token.expires > now && self.is_alive(&family, now).await?;
        if !good || !may_see(&client, &token, &family) {
            return Ok(None);
        }
        let (issued_to, subject) = match family.holder {
            Holder::Client(id) => (id, Subject::Client),
            Holder::User(name, id) => {
                let Some(user) = scoped.user(&name).await? else { return Ok(None) };
                (id, Subject::User(user.id, name))
            }
            Holder::Browser(_) | Holder::Key(_) => return Ok(None),
        };
        Ok(Some(KnownToken {
            is_access: token.kind == TokenKind::Access,
            scope: token.scope,
            client: issued_to,
            tenant,
            subject,
            issued: token.issued,
            expires: token.expires.min(family.ends),
        }))
    }
}

/// A refresh token is its own client's business alone: whoever was told that it is good could take it for an access
/// token.
fn may_see(client: &Client, token: &Token, family: &Family) -> bool {
    let own = client_of(family) == Some(&client.id);
    match token.kind {
        TokenKind::Access => own || (client.internal && client.serves(&family.tenant)),
        TokenKind::Refresh => own,
        TokenKind::Code | TokenKind::Session | TokenKind::Link | TokenKind::Portal => false,
    }
}
