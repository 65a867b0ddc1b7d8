//! A code for the first pair of its family, once; and the end of that family when it comes back (RFC 6749 section 4.1.2).

use wardgate_domain::client::Client;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::token::{CodeBinding, Family, Holder, TokenKind, has_word};
use wardgate_domain::{pkce, redirect};
use wardgate_storage::Visibility;

use super::{Issued, SignedInUser, TokenError, event};
use crate::Manager;

/// The scope that asks who signed in.
const OPENID: &str = "openid";

/// A code as it was presented, with what must go with it.
#[derive(Debug)]
pub struct PresentedCode {
    /// The code.
    pub code: PlainSecret,
    /// Where it was sent to.
    pub redirect_uri: Option<String>,
    /// What its challenge was made of.
    pub verifier: Option<String>,
}

impl Manager {
    pub(super) async fn exchange(&self, client: &Client, presented: &PresentedCode) -> Result<Issued, TokenError> {
        let (now, hash) = (self.clock.now(), self.hasher.hash(Purpose::Token, presented.code.expose()));
        let tenant = self.store.directory().tenant_of_token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let scoped = self.store.tenant(&tenant);
        let (token, family) = scoped.token(&hash).await?.ok_or(TokenError::InvalidGrant)?;
        let own = matches!(&family.holder, Holder::User(_, id) if *id == client.id);
        let bound = token.code.as_ref().is_some_and(|code| is_bound(code, client, presented));
        let usable = own && bound && token.kind == TokenKind::Code && self.is_alive(&family, now).await?;
        // Whoever lacks what goes with the code ends nothing by having seen it.
        if !usable {
            return Err(TokenError::InvalidGrant);
        }
        if token.spent.is_some() {
            self.end_if_reused(&hash, &tenant, now).await?;
            return Err(TokenError::InvalidGrant);
        }
        let scope = Self::still(client, family.scope.clone())?;
        let identity = self.signed_in_user(client, &family, token.code).await?;
        let mut change = scoped.change().await?;
        self.check_still_served(&mut change, &family).await?;
        // One conditional update decides, as for refresh tokens (security rule 44).
        if change.spend_token(&hash, now).await? {
            let issued = self.insert_pair(&mut change, client, &family, now, scope).await?;
            change.commit(event("token.issued", &family), Visibility::Quiet).await?;
            return Ok(Issued { identity, ..issued });
        }
        drop(change);
        self.end_if_reused(&hash, &tenant, now).await?;
        Err(TokenError::InvalidGrant)
    }

    /// What an ID token is to say of who signed in, for a client that asked for `openid`.
    async fn signed_in_user(
        &self,
        client: &Client,
        family: &Family,
        code: Option<CodeBinding>,
    ) -> Result<Option<SignedInUser>, TokenError> {
        let (Holder::User(name, _), Some(code)) = (&family.holder, code) else { return Ok(None) };
        if !has_word(&family.scope, OPENID) {
            return Ok(None);
        }
        let user = self.store.tenant(&family.tenant).user(name).await?.ok_or(TokenError::InvalidGrant)?;
        Ok(Some(SignedInUser { user: user.id, client: client.id.clone(), nonce: code.nonce, at: code.signed_in }))
    }
}

/// Whether what the code was bound to goes with it. A verifier without a challenge is refused, too: somebody may have
/// taken the challenge out of the request (RFC 9700 section 2.1.1).
fn is_bound(code: &CodeBinding, client: &Client, presented: &PresentedCode) -> bool {
    let proved = match (&code.challenge, &presented.verifier) {
        (Some(challenge), Some(verifier)) => pkce::is_proved(challenge, verifier),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let sent_there = match (&code.redirect_uri, &presented.redirect_uri) {
        (Some(bound), Some(named)) => bound == named,
        // Only one was registered, and some libraries name it in any case.
        (None, Some(named)) => client.redirect_uris.iter().any(|uri| redirect::is_same(uri, named)),
        (None, None) => true,
        (Some(_), None) => false,
    };
    proved && sent_there
}
