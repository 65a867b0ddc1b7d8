//! Signing people in at a provider: the authorisation code flow with PKCE (`OpenID` Connect Core section 3.1, RFC 7636).

use reqwest::Url;
use serde::Deserialize;
use wardgate_domain::Timestamp;
use wardgate_domain::provider::OpenIdProvider;

use crate::providers::{ProviderError, Providers};
use crate::token::{Claims, TokenFault, Unverified};

/// What ties the parts of one sign-in together, made anew for each.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// What the browser must bring back, so that nobody is signed in by another's link.
    pub state: &'a str,
    /// What the token must say, so that it is of this sign-in.
    pub nonce: &'a str,
    /// Where the browser is sent back to.
    pub redirect_uri: &'a str,
    /// Whether he must show who he is even if the provider knows him still.
    pub anew: bool,
}

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The provider cannot be asked, or does not sign people in, or does not take the code.
    #[error("{0}")]
    Provider(#[from] ProviderError),
    /// Its token is not good.
    #[error("its token is not good: {0:?}")]
    Token(TokenFault),
    /// Whether he showed who he is just now, its token does not say.
    #[error("its token does not say that he showed who he is just now")]
    NotAnew,
}

/// What a token endpoint answers, as far as it says who signed in.
#[derive(Deserialize)]
struct Traded {
    id_token: String,
}

impl Providers {
    /// Where a browser is sent to be signed in at `provider`. `challenge` is the SHA-256 of a secret that only we know.
    pub async fn sign_in_url(
        &self,
        provider: &OpenIdProvider,
        attempt: Attempt<'_>,
        challenge: &str,
        now: Timestamp,
    ) -> Result<String, ProviderError> {
        let answers = self.answers(&provider.discovery_url, None, now).await?;
        let endpoint = answers.authorization_endpoint.as_deref().ok_or(ProviderError::NoSignIn)?;
        let mut url = Url::parse(endpoint).map_err(|_| ProviderError::Address)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(ProviderError::Address);
        }
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", attempt.redirect_uri)
            .append_pair("scope", &provider.scopes.join(" "))
            .append_pair("state", attempt.state)
            .append_pair("nonce", attempt.nonce)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        if attempt.anew {
            // The second has the provider say when that was (section 3.1.2.1).
            url.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", "0");
        }
        Ok(url.into())
    }

    /// Trades the code that a browser brought back and says who signed in.
    pub async fn signed_in(
        &self,
        provider: &OpenIdProvider,
        attempt: Attempt<'_>,
        (code, verifier): (&str, &str),
        now: Timestamp,
    ) -> Result<Claims, SignInError> {
        let answers = self.answers(&provider.discovery_url, None, now).await?;
        let endpoint = answers.token_endpoint.as_deref().ok_or(ProviderError::NoSignIn)?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", attempt.redirect_uri),
            ("code_verifier", verifier),
        ];
        let secret = provider.secret.as_ref().map(|secret| secret.expose());
        if secret.is_none() {
            form.push(("client_id", &provider.client_id));
        }
        let shown = secret.map(|secret| (provider.client_id.as_str(), secret));
        let traded = self.asker().post(endpoint, &form, shown).await?;
        let traded: Traded = serde_json::from_slice(&traded).map_err(|_| ProviderError::Unreadable)?;
        let token = Unverified::read(&traded.id_token).map_err(SignInError::Token)?;
        let answers = self.answers(&provider.discovery_url, token.key_id(), now).await?;
        let claims = token.verify_for(std::slice::from_ref(&provider.client_id), provider, &answers);
        let claims = claims.map_err(SignInError::Token)?;
        claims.check_time(now).map_err(SignInError::Token)?;
        if claims.text("nonce") != Some(attempt.nonce) {
            return Err(SignInError::Token(TokenFault::NotOurs));
        }
        if attempt.anew && !claims.is_of_just_now(now) {
            return Err(SignInError::NotAnew);
        }
        Ok(claims)
    }
}
