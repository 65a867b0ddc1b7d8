//! The end of a token before its time (RFC 7009).

use std::net::IpAddr;

use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::token::TokenKind;
use wardgate_storage::Visibility;

use super::refresh::client_of;
use super::{PresentedClient, TokenError, event};
use crate::Manager;

impl Manager {
    /// Ends `token`, if it was issued to `client`: an access token by itself, a refresh token with all that grew from the
    /// same sign-in. What is unknown, has ended or is another client's looks the same (security rule 48).
    pub async fn revoke_token(
        &self,
        client: &PresentedClient,
        token: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<(), TokenError> {
        let client = self.authenticate(client, from).await?;
        let (now, hash) = (self.clock.now(), self.hasher.hash(Purpose::Token, token.expose()));
        let Some(tenant) = self.store.directory().tenant_of_token(&hash).await? else { return Ok(()) };
        let scoped = self.store.tenant(&tenant);
        let Some((token, family)) = scoped.token(&hash).await? else { return Ok(()) };
        if client_of(&family) != Some(&client.id) || family.revoked.is_some() {
            return Ok(());
        }
        let mut change = scoped.change().await?;
        let ended = match token.kind {
            TokenKind::Access => change.revoke_access_token(&hash, now).await?,
            // Also a spent one: whoever has it has had the sign-in.
            TokenKind::Refresh => change.revoke_family(family.id, now).await?,
            TokenKind::Code | TokenKind::Session | TokenKind::Link | TokenKind::Portal => false,
        };
        if ended {
            change.commit(event("token.revoked", &family), Visibility::Visible).await?;
        }
        Ok(())
    }
}
