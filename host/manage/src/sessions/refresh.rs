//! A session's refresh token for the next pair, once. Both tokens before it are dead from then on.

use std::net::IpAddr;

use uuid::Uuid;
use wardgate_domain::secret::Purpose;
use wardgate_domain::token::{Holder, TokenKind};
use wardgate_storage::Visibility;

use super::{IssuedSession, usable_key};
use crate::error::Refusal;
use crate::{ManageError, Manager};

impl Manager {
    /// The next pair of tokens of a session; `connection` is the WebSocket that the call came over, and `address` where it
    /// came from. Whatever is wrong with the token, the answer is the same.
    pub async fn refresh_session(
        &self,
        token: &str,
        connection: Option<Uuid>,
        address: Option<IpAddr>,
    ) -> Result<IssuedSession, ManageError> {
        let (now, hash) = (self.clock.now(), self.hasher.hash(Purpose::Token, token));
        let tenant = self.store.directory().tenant_of_token(&hash).await?.ok_or(Refusal::InvalidToken)?;
        let scoped = self.store.tenant(&tenant);
        let (token, family) = scoped.token(&hash).await?.ok_or(Refusal::InvalidToken)?;
        let Holder::Key(session) = &family.holder else { return Err(Refusal::InvalidToken.into()) };
        let alive = session.is_reached(connection, address)
            && token.kind == TokenKind::Refresh
            && family.revoked.is_none()
            && family.ends > now;
        if !alive {
            return Err(Refusal::InvalidToken.into());
        }
        if token.spent.is_none() && usable_key(&scoped, &session.key).await?.is_some() {
            let mut change = scoped.change().await?;
            // One conditional update decides: of any number of parallel uses exactly one wins (security rule 44).
            if change.spend_token(&hash, now).await? {
                change.delete_access_tokens(family.id).await?;
                let issued = self.insert_session_pair(&mut change, &family, now).await?;
                change.commit(crate::tokens::event("token.refreshed", &family), Visibility::Visible).await?;
                return Ok(issued);
            }
        }
        self.end_if_reused(&hash, &tenant, now).await?;
        Err(Refusal::InvalidToken.into())
    }
}
