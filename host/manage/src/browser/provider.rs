//! Signing in to the portal by way of an App Space's identity provider. Who somebody is, the provider says; whether that is
//! one of our users and what he may, we do.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wardgate_domain::pkce;
use wardgate_domain::provider::{OpenIdProvider, Provider};
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHasher};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::{AppSpaceId, TenantId, UserName};
use wardgate_openid::{Attempt, Claims, SignInError};

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

/// What ties the two halves of a sign-in together: all of it comes from one secret, which the browser keeps meanwhile, so
/// that nothing has to be kept here for somebody who may never come back.
struct Ties {
    state: String,
    nonce: String,
    verifier: String,
}

impl Ties {
    fn of(hasher: &SecretHasher, secret: &PlainSecret) -> Self {
        let tie = |name: &str| {
            let hash = hasher.hash(Purpose::SignIn, &format!("{name}:{}", secret.expose()));
            URL_SAFE_NO_PAD.encode(hash.0)
        };
        Self { state: tie("state"), nonce: tie("nonce"), verifier: tie("verifier") }
    }

    fn attempt<'a>(&'a self, redirect_uri: &'a str) -> Attempt<'a> {
        Attempt { state: &self.state, nonce: &self.nonce, redirect_uri }
    }
}

impl Manager {
    /// Where a browser is sent to sign in, and the secret that it must bring back. An App Space whose provider signs nobody
    /// in is not there, as one that does not exist.
    pub async fn begin_at_provider(&self, way: WayIn<'_>) -> Result<(String, PlainSecret), ManageError> {
        let provider = self.provider_of(way).await?.ok_or(ManageError::NotFound)?;
        let secret = self.random.secret();
        let ties = Ties::of(&self.hasher, &secret);
        let (attempt, challenge) = (ties.attempt(way.redirect_uri), pkce::challenge(&ties.verifier));
        let providers = &self.options.providers;
        let url = providers.sign_in_url(&provider, attempt, &challenge, self.clock.now()).await;
        Ok((url.map_err(|error| ManageError::Unavailable(error.into()))?, secret))
    }

    /// Begins a session for whoever came back with `state` and `code`, if he is a user of the App Space's tenant by the
    /// name that the provider's token says.
    pub async fn finish_at_provider(
        &self,
        way: WayIn<'_>,
        secret: &PlainSecret,
        (state, code): (&str, &str),
    ) -> Result<(PortalSession, PlainSecret), TokenError> {
        let provider = self.provider_of(way).await?.ok_or(TokenError::InvalidGrant)?;
        let ties = Ties::of(&self.hasher, secret);
        // No secret of ours is compared: both texts come from the same browser.
        if ties.state != state {
            return Err(TokenError::InvalidGrant);
        }
        let (attempt, code) = (ties.attempt(way.redirect_uri), (code, ties.verifier.as_str()));
        let claims = self.options.providers.signed_in(&provider, attempt, code, self.clock.now()).await;
        let claims = claims.map_err(refused)?;
        let name = name_of(&provider, &claims).ok_or(TokenError::InvalidGrant)?;
        let user = self.store.tenant(way.tenant).user(&name).await?.filter(|user| user.enabled);
        self.begin_portal(user.ok_or(TokenError::InvalidGrant)?).await
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

fn refused(error: SignInError) -> TokenError {
    tracing::info!(%error, "nobody is signed in by a provider");
    match error {
        SignInError::Provider(cause) if !cause.is_refusal() => {
            TokenError::Unavailable(ManageError::Unavailable(cause.into()))
        }
        SignInError::Provider(_) | SignInError::Token(_) => TokenError::InvalidGrant,
    }
}
