//! What a client asks for by way of a browser, and whether it may: the rules of RFC 6749 section 4.1.1, RFC 7636, RFC 9700
//! section 2.1 and `OpenID` Connect Core section 3.1.2.
//!
//! What is wrong before the client and its address are known is told to the person alone. A browser is never sent to an
//! address that its client did not register.

use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::{ClientId, TenantId, limits, pkce, redirect};
use wardgate_storage::StorageError;

use super::BrowserSession;
use crate::tokens::legal_scope;
use crate::{ManageError, Manager};

/// A request as it was sent; nothing in it was looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Which client.
    pub client_id: Option<&'a str>,
    /// Where the answer is to go.
    pub redirect_uri: Option<&'a str>,
    /// What is asked for: `code`.
    pub response_type: Option<&'a str>,
    /// How the answer is to travel: `query`.
    pub response_mode: Option<&'a str>,
    /// The OAuth scope.
    pub scope: Option<&'a str>,
    /// The PKCE challenge.
    pub code_challenge: Option<&'a str>,
    /// How it was made: `S256`.
    pub code_challenge_method: Option<&'a str>,
    /// What the ID token is to repeat.
    pub nonce: Option<&'a str>,
    /// Whether the person is to be asked: `none`, `login`, `select_account`, `consent`.
    pub prompt: Option<&'a str>,
    /// Seconds that the sign-in may be ago.
    pub max_age: Option<&'a str>,
    /// A signed request, which is not read here.
    pub request: Option<&'a str>,
    /// Where one lies, which is not fetched here.
    pub request_uri: Option<&'a str>,
}

/// A request that may be granted to whoever signs in.
#[derive(Debug, Clone)]
pub struct Authorization {
    pub(super) client: Client,
    pub(super) redirect_uri: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) scope: String,
    target: String,
    prompt: Prompt,
    max_age_s: Option<u32>,
}

/// Whether the person is to be asked who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompt {
    /// If he has no session.
    Ordinary,
    /// In any case.
    Login,
    /// In no case.
    Never,
}

/// Why the browser is not sent back to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrusted {
    /// There is no such client, or it is disabled.
    Client,
    /// It did not register the address.
    RedirectUri,
}

/// What a client is told instead of a code (RFC 6749 section 4.1.2.1; `OpenID` Connect Core section 3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAuthorized {
    /// A parameter is missing or not legal; says which.
    InvalidRequest(&'static str),
    /// The client may not ask for codes.
    UnauthorizedClient,
    /// The client is not for users of this tenant.
    AccessDenied,
    /// Something else than a code was asked for.
    UnsupportedResponseType,
    /// The scope is malformed.
    InvalidScope,
    /// Somebody must sign in, and was not to be asked.
    LoginRequired,
    /// Signed requests are not read.
    RequestNotSupported,
    /// Nor fetched.
    RequestUriNotSupported,
}

/// Why there is no code.
#[derive(Debug)]
pub enum AuthorizeError {
    /// The browser stays here.
    Untrusted(Untrusted),
    /// The client is told.
    Refused {
        /// Its registered address.
        target: String,
        /// What it is told.
        why: NotAuthorized,
    },
    /// A part was out of reach.
    Unavailable(ManageError),
}

impl From<ManageError> for AuthorizeError {
    fn from(error: ManageError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<StorageError> for AuthorizeError {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Authorization {
    /// Where the browser goes with the answer: an address that the client registered.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What the person is told the client is called.
    pub fn client_name(&self) -> &str {
        if self.client.name.is_empty() { self.client.id.as_str() } else { &self.client.name }
    }

    pub(super) fn refused(&self, why: NotAuthorized) -> AuthorizeError {
        AuthorizeError::Refused { target: self.target.clone(), why }
    }
}

impl Manager {
    /// Checks a client's request. What it may not ask is in the error, with where to say so.
    pub async fn check_authorization(&self, asked: &Asked<'_>) -> Result<Authorization, AuthorizeError> {
        let clients = self.store.tenant(&TenantId::cluster());
        let client = match asked.client_id.map(ClientId::parse) {
            Some(Ok(id)) => clients.client(&id).await?.filter(|client| client.enabled),
            _ => None,
        };
        let client = client.ok_or(AuthorizeError::Untrusted(Untrusted::Client))?;
        let target = target(&client, asked.redirect_uri).ok_or(AuthorizeError::Untrusted(Untrusted::RedirectUri))?;
        match grantable(asked, client, target.clone()) {
            Ok(authorization) => Ok(authorization),
            Err(why) => Err(AuthorizeError::Refused { target, why }),
        }
    }

    /// The session that the request is content with; without one the person is to be asked who he is. A client that will
    /// not have him asked is refused.
    pub fn session_for(
        &self,
        authorization: &Authorization,
        session: Option<BrowserSession>,
    ) -> Result<Option<BrowserSession>, AuthorizeError> {
        let now = self.clock.now();
        let recent = |session: &BrowserSession| {
            authorization.max_age_s.is_none_or(|age_s| session.signed_in().plus_s(age_s) >= now)
        };
        let session = session.filter(recent);
        match authorization.prompt {
            Prompt::Login => Ok(None),
            Prompt::Never if session.is_none() => Err(authorization.refused(NotAuthorized::LoginRequired)),
            Prompt::Never | Prompt::Ordinary => Ok(session),
        }
    }

    /// Whether a browser that signed out may be sent to `target`: to an address that some client registered. Anybody may
    /// ask, so the answer comes from memory.
    pub async fn may_leave_to(&self, target: &str) -> Result<bool, ManageError> {
        let registered = self.redirect_uris.now(&self.store, || self.read_redirect_uris()).await?;
        Ok(registered.iter().any(|uri| redirect::is_same(uri, target)))
    }

    async fn read_redirect_uris(&self) -> Result<Vec<String>, ManageError> {
        let clients = self.store.tenant(&TenantId::cluster()).clients().await?;
        let registered = clients.into_iter().filter(|client| client.enabled).flat_map(|client| client.redirect_uris);
        Ok(registered.filter(|uri| redirect::is_legal(uri)).collect())
    }
}

/// Where the answer goes. A request may leave the address out where there is only one (RFC 6749 section 3.1.2.3).
fn target(client: &Client, asked: Option<&str>) -> Option<String> {
    // What was registered before a rule was made is no more to be trusted than what is registered after it.
    let mut legal = client.redirect_uris.iter().filter(|uri| redirect::is_legal(uri));
    match asked {
        Some(asked) => legal.any(|uri| redirect::is_same(uri, asked)).then(|| asked.to_owned()),
        None => legal.next().filter(|_| client.redirect_uris.len() == 1).cloned(),
    }
}

fn grantable(asked: &Asked<'_>, client: Client, target: String) -> Result<Authorization, NotAuthorized> {
    let wrong = NotAuthorized::InvalidRequest;
    if asked.request.is_some() {
        return Err(NotAuthorized::RequestNotSupported);
    }
    if asked.request_uri.is_some() {
        return Err(NotAuthorized::RequestUriNotSupported);
    }
    match asked.response_type {
        Some("code") => {}
        // A token in an address is anybody's who reads it (RFC 9700 section 2.1.2).
        Some(_) => return Err(NotAuthorized::UnsupportedResponseType),
        None => return Err(wrong("response_type is missing")),
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(NotAuthorized::UnauthorizedClient);
    }
    if asked.response_mode.is_some_and(|mode| mode != "query") {
        return Err(wrong("response_mode must be query"));
    }
    let scope = asked.scope.map(legal_scope).transpose().map_err(|_| NotAuthorized::InvalidScope)?;
    let scope = client.scope(scope).ok_or(NotAuthorized::InvalidScope)?;
    let nonce = asked.nonce.map(str::to_owned);
    if nonce.as_ref().is_some_and(|nonce| nonce.len() > limits::NONCE_BYTES) {
        return Err(wrong("nonce is too long"));
    }
    let max_age_s = asked.max_age.map(str::parse).transpose().map_err(|_| wrong("max_age must be whole seconds"))?;
    Ok(Authorization {
        challenge: challenge(asked, &client)?,
        prompt: prompt(asked.prompt)?,
        redirect_uri: asked.redirect_uri.map(str::to_owned),
        scope,
        client,
        nonce,
        target,
        max_age_s,
    })
}

/// PKCE by `S256` alone: `plain` shows the verifier to whoever reads the request (RFC 9700 section 2.1.1), and leaving
/// the method out means `plain`.
fn challenge(asked: &Asked<'_>, client: &Client) -> Result<Option<String>, NotAuthorized> {
    let wrong = NotAuthorized::InvalidRequest;
    match (asked.code_challenge, asked.code_challenge_method) {
        (None, None) if client.is_public() => Err(wrong("a public client must send a code_challenge")),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(wrong("code_challenge is missing")),
        (Some(challenge), Some("S256")) if pkce::is_challenge(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => Err(wrong("code_challenge must be a SHA-256 in base64url")),
        (Some(_), _) => Err(wrong("code_challenge_method must be S256")),
    }
}

fn prompt(asked: Option<&str>) -> Result<Prompt, NotAuthorized> {
    let mut prompt = Prompt::Ordinary;
    for word in asked.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        prompt = match word {
            "none" if asked == Some("none") => Prompt::Never,
            "login" | "select_account" => Prompt::Login,
            // Clients are the cluster's own: nobody is asked whether he agrees.
            "consent" => prompt,
            _ => {
                return Err(NotAuthorized::InvalidRequest("prompt must be none, or login, select_account and consent"));
            }
        };
    }
    Ok(prompt)
}
