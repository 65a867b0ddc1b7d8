//! The code that a client's request is answered with: it begins a family of tokens, which its exchange fills and its
//! second use ends.

use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::token::{CodeBinding, Family, Holder, Token, TokenKind};
use wardgate_storage::Visibility;

use super::authorization::{Authorization, AuthorizeError, NotAuthorized};
use super::session::BrowserSession;
use crate::Manager;
use crate::tokens::event;

impl Manager {
    /// A code for the client, in the name of whoever's session it is. The session was used by that, and lives on.
    pub async fn authorize(
        &self,
        authorization: &Authorization,
        session: &BrowserSession,
    ) -> Result<PlainSecret, AuthorizeError> {
        if !authorization.client.serves(session.tenant()) {
            return Err(authorization.refused(NotAuthorized::AccessDenied));
        }
        let (now, code) = (self.clock.now(), self.random.secret());
        let family = Family {
            id: self.random.family_id(),
            tenant: session.tenant().clone(),
            holder: Holder::User(session.user().clone(), authorization.client.id.clone()),
            scope: authorization.scope.clone(),
            created: now,
            ends: now.plus_s(limits::FAMILY_S),
            revoked: None,
        };
        let binding = CodeBinding {
            redirect_uri: authorization.redirect_uri.clone(),
            challenge: authorization.challenge.clone(),
            nonce: authorization.nonce.clone(),
            signed_in: session.signed_in(),
        };
        let token = self.token(&code, TokenKind::Code, &family, now, limits::CODE_S);
        let mut change = self.store.tenant(&family.tenant).change().await?;
        // Asked inside of the change: a sign-out that this does not see comes after it and finds the family.
        let living = self.store.tenant(&family.tenant).family(session.family.id).await?;
        if living.is_none_or(|living| living.revoked.is_some()) {
            return Err(authorization.refused(NotAuthorized::LoginRequired));
        }
        change.insert_family(&family).await?;
        change.insert_token(&Token { code: Some(binding), ..token }).await?;
        let until = now.plus_s(limits::BROWSER_IDLE_S).min(session.family.ends);
        change.extend_session(&session.hash, until).await?;
        change.commit(event("code.issued", &family), Visibility::Quiet).await?;
        Ok(code)
    }
}
