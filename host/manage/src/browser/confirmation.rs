//! Whoever is at the portal shows that it is still he: with his password, or at an identity provider (security rule 80).

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::user::User;
use wardgate_storage::Visibility;

use super::PortalSession;
use super::provider::{NotSignedIn, Ties, WayIn};
use crate::tokens::sign_in::check_unchanged;
use crate::tokens::{TokenError, event};
use crate::{ManageError, Manager};

/// How the `state` of a confirmation begins, and that of no sign-in: both come back to one address.
pub const CONFIRMATION: &str = "confirmation.";

/// Why a provider confirms nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotConfirmed {
    /// What came back is no answer to what this session asked, or the provider does not take its code.
    #[error("what came back answers nothing that this session asked")]
    Refused,
    /// He did not show the provider who he is, or it does not say when.
    #[error("the provider does not say that its password was shown just now (auth_time)")]
    NotAnew,
    /// It names another user, or one that is not known here.
    #[error("the provider names somebody else")]
    SomebodyElse,
    /// A part was out of reach.
    #[error(transparent)]
    Unavailable(ManageError),
}

impl From<NotSignedIn> for NotConfirmed {
    fn from(error: NotSignedIn) -> Self {
        match error {
            NotSignedIn::Refused => Self::Refused,
            NotSignedIn::NotAnew => Self::NotAnew,
            NotSignedIn::Nobody => Self::SomebodyElse,
            NotSignedIn::Unavailable(error) => Self::Unavailable(error),
        }
    }
}

impl Manager {
    /// Takes the password of a session's user once more.
    pub async fn confirm_portal(
        &self,
        session: &PortalSession,
        password: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<(PortalSession, PlainSecret), TokenError> {
        let username = session.caller().login_name(&session.user.name, None)?;
        let user = self.sign_in(&username, password, from).await?;
        self.renew_portal(session, user).await
    }

    /// Where a browser is sent so that its user shows his provider anew who he is, and the secret that it must bring back.
    pub async fn begin_confirmation(
        &self,
        session: &PortalSession,
        way: WayIn<'_>,
    ) -> Result<(String, PlainSecret), ManageError> {
        let secret = self.random.secret();
        let url = self.send_to_provider(way, &self.ties_of_confirmation(session, &secret)).await?;
        Ok((url, secret))
    }

    /// Takes the provider's word that whoever came back with `state` and `code` is the session's user, and showed it just
    /// now.
    pub async fn confirm_at_provider(
        &self,
        session: &PortalSession,
        way: WayIn<'_>,
        secret: &PlainSecret,
        back: (&str, &str),
    ) -> Result<(PortalSession, PlainSecret), NotConfirmed> {
        let user = self.named_by_provider(way, &self.ties_of_confirmation(session, secret), back).await?;
        if (&user.tenant, user.id) != (&session.user.tenant, session.user.id) {
            return Err(NotConfirmed::SomebodyElse);
        }
        self.renew_portal(session, user).await.map_err(|error| match error {
            TokenError::Unavailable(error) => NotConfirmed::Unavailable(error),
            _ => NotConfirmed::Refused,
        })
    }

    /// Also the session's own secret is in them, which is another after each confirmation: so a way back is good once, and
    /// in no other session.
    fn ties_of_confirmation(&self, session: &PortalSession, secret: &PlainSecret) -> Ties {
        let secret = format!("{}:{}", URL_SAFE_NO_PAD.encode(session.hash.0), secret.expose());
        Ties::of(&self.hasher, Purpose::Confirmation, CONFIRMATION, &secret)
    }

    /// Lets a session go on under a new secret; the old one is worth nothing any more.
    async fn renew_portal(
        &self,
        session: &PortalSession,
        user: User,
    ) -> Result<(PortalSession, PlainSecret), TokenError> {
        let now = self.clock.now();
        let (secret, token) = self.portal_token(&session.family, now);
        let scoped = self.store.tenant(&session.family.tenant);
        let mut change = scoped.change().await?;
        check_unchanged(&mut change, &user).await?;
        // A sign-out that is not seen here comes after it, and ends the family with the new token.
        let living = scoped.family(session.family.id).await?.is_some_and(|family| family.revoked.is_none());
        if !living || !change.spend_token(&session.hash, now).await? {
            return Err(TokenError::InvalidGrant);
        }
        change.insert_token(&token).await?;
        change.commit(event("portal.session_confirmed", &session.family), Visibility::Quiet).await?;
        Ok((PortalSession::new(session.family.clone(), &token, user, now), secret))
    }
}
