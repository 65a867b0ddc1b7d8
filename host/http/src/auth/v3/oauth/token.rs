//! `POST /auth/v3/oauth/token`: passwords, client secrets and refresh tokens for tokens (RFC 6749 sections 3.2, 5 and 6;
//! reference genesys.md, section 3).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, PRAGMA};
use serde::Serialize;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::tokens::{Issued, PresentedCode, TokenRequest};

use super::client::{Asking, refused};
use super::id_token::id_token;
use crate::call::{Arrival, Call};
use crate::request::form::Form;
use crate::respond::oauth::OAuthError;
use crate::shared::Shared;

/// The reply, field for field as GWS sends it.
#[derive(Serialize)]
struct Reply<'a> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    expires_in: u32,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Response {
    match issue(&shared, &arrival, call).await {
        Ok((issued, id_token)) => reply(&issued, id_token.as_deref()),
        Err(error) => refused(&shared, &arrival, error),
    }
}

async fn issue(shared: &Shared, arrival: &Arrival, call: Call) -> Result<(Issued, Option<String>), OAuthError> {
    let asking = Asking::read(shared, arrival, call).await?;
    let form = asking.form()?;
    let (client, by) = asking.client(&form)?;
    let request = request(&form)?;
    if matches!(request, TokenRequest::Code(_)) && shared.issuer.public_url.issuer(asking.headers()).is_err() {
        // Before the code is spent: nobody could be told in whose name its ID token is signed.
        return Err(OAuthError::InvalidRequest("the host header names no host".to_owned()));
    }
    let issued = shared.manager.issue_token(&client, request, form.get("scope"), asking.from()).await;
    let issued = issued.map_err(|error| by.error(error))?;
    let signed = |identity| id_token(&shared.issuer, identity, &issued.access, asking.headers());
    let id_token = issued.identity.as_ref().map(signed).transpose().map_err(|_| OAuthError::ServerError)?;
    Ok((issued, id_token))
}

fn reply(issued: &Issued, id_token: Option<&str>) -> Response {
    let reply = Reply {
        access_token: issued.access.expose(),
        token_type: "bearer",
        refresh_token: issued.refresh.as_ref().map(PlainSecret::expose),
        expires_in: issued.expires_in_s,
        scope: &issued.scope,
        id_token,
    };
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(reply)).into_response()
}

fn request(form: &Form<'_>) -> Result<TokenRequest, OAuthError> {
    let needed = |name: &str| {
        form.get(name).map(str::to_owned).ok_or_else(|| OAuthError::InvalidRequest(format!("{name} is missing")))
    };
    match needed("grant_type")?.as_str() {
        "password" => Ok(TokenRequest::Password {
            username: needed("username")?,
            password: PlainSecret::new(needed("password")?),
        }),
        "client_credentials" => Ok(TokenRequest::ClientCredentials),
        "authorization_code" => Ok(TokenRequest::Code(PresentedCode {
            code: PlainSecret::new(needed("code")?),
            redirect_uri: form.get("redirect_uri").map(str::to_owned),
            verifier: form.get("code_verifier").map(str::to_owned),
        })),
        "refresh_token" => Ok(TokenRequest::Refresh(PlainSecret::new(needed("refresh_token")?))),
        _ => Err(OAuthError::UnsupportedGrantType),
    }
}
