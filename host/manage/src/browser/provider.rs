//! Signing in to the portal by way of an App Space's identity provider. Who somebody is, the provider says; whether that is
//! one of our users and what he may, we do.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wardgate_domain::pkce;
use wardgate_domain::provider::{OpenIdProvider, Provider};
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHasher};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::user::User;
use wardgate_domain::{AppSpaceId, TenantId, UserName};
use wardgate_openid::{Attempt, Claims, SignInError};
use wardgate_storage::StorageError;

use super::PortalSession;
use crate::tokens::TokenError;
use crate::{ManageError, Manager};

/// An App Space by whose provider people sign in, and where its browsers come back to.
#[derive(Debug, Clone, Copy)]
pub struct WayIn<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Which one.
    pub space: AppSpaceId,
    /// An address of ours that says which one.
    pub redirect_uri: &'a str,
}

/// Why a provider signs nobody in.
#[derive(Debug)]
pub(super) enum NotSignedIn {
    /// The answer is none to what was asked, or the provider does not take its code.
    Refused,
    /// Nobody showed who he is just now, where that was asked.
    NotAnew,
    /// Whom it names is no user here, or may not sign in.
    Nobody,
    /// A part was out of reach.
    Unavailable(ManageError),
}

impl From<ManageError> for NotSignedIn {
    fn from(error: ManageError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<StorageError> for NotSignedIn {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<NotSignedIn> for TokenError {
    fn from(error: NotSignedIn) -> Self {
        match error {
            NotSignedIn::Unavailable(error) => Self::Unavailable(error),
            _ => Self::InvalidGrant,
        }
    }
}

/// What ties the two halves of a sign-in together: all of it comes from one secret, which the browser keeps meanwhile, so
/// that nothing has to be kept here for somebody who may never come back.
pub(super) struct Ties {
    state: String,
    nonce: String,
    verifier: String,
    anew: bool,
}

impl Ties {
    /// Those of `secret`, which are others for another purpose. The state begins with `prefix`.
    pub(super) fn of(hasher: &SecretHasher, purpose: Purpose, prefix: &str, secret: &str) -> Self {
        let tie = |name: &str| URL_SAFE_NO_PAD.encode(hasher.hash(purpose, &format!("{name}:{secret}")).0);
        let (state, anew) = (format!("{prefix}{}", tie("state")), purpose == Purpose::Confirmation);
        Self { state, nonce: tie("nonce"), verifier: tie("verifier"), anew }
    }

    fn attempt<'a>(&'a self, redirect_uri: &'a str) -> Attempt<'a> {
        Attempt { state: &self.state, nonce: &self.nonce, redirect_uri, anew: self.anew }
    }
}

impl Manager {
    /// The App Spaces of a tenant in service by whose providers people sign in, and what these are called.
    pub async fn ways_in(&self, tenant: &TenantId) -> Result<Vec<(AppSpaceId, String)>, ManageError> {
        let scoped = self.store.tenant(tenant);
        let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        if active { Ok(scoped.sign_in_providers().await?) } else { Ok(Vec::new()) }
    }

    /// Where a browser is sent to sign in, and the secret that it must bring back. An App Space whose provider signs nobody
    /// in is not there, as one that does not exist.
    pub async fn begin_at_provider(&self, way: WayIn<'_>) -> Result<(String, PlainSecret), ManageError> {
        let secret = self.random.secret();
        let url = self.send_to_provider(way, &self.ties_of_sign_in(&secret)).await?;
        Ok((url, secret))
    }

    /// Begins a session for whoever came back with `state` and `code`, if he is a user of the App Space's tenant by the
    /// name that the provider's token says.
    pub async fn finish_at_provider(
        &self,
        way: WayIn<'_>,
        secret: &PlainSecret,
        back: (&str, &str),
    ) -> Result<(PortalSession, PlainSecret), TokenError> {
        let user = self.named_by_provider(way, &self.ties_of_sign_in(secret), back).await?;
        self.begin_portal(user).await
    }

    fn ties_of_sign_in(&self, secret: &PlainSecret) -> Ties {
        Ties::of(&self.hasher, Purpose::SignIn, "", secret.expose())
    }

    pub(super) async fn send_to_provider(&self, way: WayIn<'_>, ties: &Ties) -> Result<String, ManageError> {
        let provider = self.provider_of(way).await?.ok_or(ManageError::NotFound)?;
        let (attempt, challenge) = (ties.attempt(way.redirect_uri), pkce::challenge(&ties.verifier));
        let providers = &self.options.providers;
        let url = providers.sign_in_url(&provider, attempt, &challenge, self.clock.now()).await;
        url.map_err(|error| ManageError::Unavailable(error.into()))
    }

    /// The user whom the provider names to whoever came back with `state` and `code`.
    pub(super) async fn named_by_provider(
        &self,
        way: WayIn<'_>,
        ties: &Ties,
        (state, code): (&str, &str),
    ) -> Result<User, NotSignedIn> {
        let provider = self.provider_of(way).await?.ok_or(NotSignedIn::Refused)?;
        // No secret of ours is compared: both texts come from the same browser.
        if ties.state != state {
            return Err(NotSignedIn::Refused);
        }
        let (attempt, code) = (ties.attempt(way.redirect_uri), (code, ties.verifier.as_str()));
        let claims = self.options.providers.signed_in(&provider, attempt, code, self.clock.now()).await;
        let claims = claims.map_err(refused)?;
        let name = name_of(&provider, &claims).ok_or(NotSignedIn::Nobody)?;
        let user = self.store.tenant(way.tenant).user(&name).await?.filter(|user| user.enabled);
        user.ok_or(NotSignedIn::Nobody)
    }

    /// The provider of a tenant in service whose word is taken at a sign-in.
    async fn provider_of(&self, way: WayIn<'_>) -> Result<Option<OpenIdProvider>, ManageError> {
        let scoped = self.store.tenant(way.tenant);
        if scoped.tenant().await?.is_none_or(|tenant| tenant.state != TenantState::Active) {
            return Ok(None);
        }
        Ok(scoped.app_space(way.space).await?.and_then(|space| match space.provider {
            Provider::OpenId(provider) if provider.sign_in => Some(*provider),
            Provider::OpenId(_) | Provider::Simple => None,
        }))
    }
}

/// The user whom a token names. An address that the provider has not verified is anybody's.
fn name_of(provider: &OpenIdProvider, claims: &Claims) -> Option<UserName> {
    if provider.subject_claim == "email" && !claims.is_true("email_verified") {
        return None;
    }
    UserName::parse(claims.text(&provider.subject_claim)?).ok()
}

fn refused(error: SignInError) -> NotSignedIn {
    tracing::info!(%error, "nobody is signed in by a provider");
    match error {
        SignInError::Provider(cause) if !cause.is_refusal() => {
            NotSignedIn::Unavailable(ManageError::Unavailable(cause.into()))
        }
        SignInError::Provider(_) | SignInError::Token(_) => NotSignedIn::Refused,
        SignInError::NotAnew => NotSignedIn::NotAnew,
    }
}
