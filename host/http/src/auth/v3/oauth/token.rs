//! `POST /auth/v3/oauth/token`: passwords, client secrets and refresh tokens for tokens (RFC 6749 sections 3.2, 5 and 6;
//! reference genesys.md, section 3).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::parse;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA};
use serde::Serialize;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;
use wardgate_manage::tokens::{Issued, PresentedClient, TokenError, TokenRequest};

use crate::call::{Arrival, Call};
use crate::request::form::Form;
use crate::respond::oauth::OAuthError;
use crate::shared::Shared;

/// Bytes of a token request (security rule 64).
const BODY_BYTES: usize = 8 * 1024;

/// The reply, field for field as GWS sends it.
#[derive(Serialize)]
struct Reply<'a> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    expires_in: u32,
    scope: &'a str,
}

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Response {
    match issue(&shared, call).await {
        Ok(issued) => reply(&issued),
        Err(error) => {
            if matches!(error, OAuthError::InvalidClient { .. } | OAuthError::InvalidGrant) {
                shared.metrics.login_failure();
            }
            error.into_response(&arrival.id)
        }
    }
}

async fn issue(shared: &Shared, call: Call) -> Result<Issued, OAuthError> {
    let headers = call.headers.clone();
    let body = call.bytes(BODY_BYTES).await?;
    let form = Form::read(&headers, &body)?;
    let (client, by_header) = client(&headers, &form)?;
    let request = request(&form)?;
    shared.manager.issue_token(&client, request, form.get("scope")).await.map_err(|error| match error {
        TokenError::InvalidClient => OAuthError::InvalidClient { by_header },
        TokenError::InvalidGrant => OAuthError::InvalidGrant,
        TokenError::UnauthorizedClient => OAuthError::UnauthorizedClient,
        TokenError::InvalidScope => OAuthError::InvalidScope,
        TokenError::Unavailable(ManageError::Unavailable(cause)) => {
            tracing::warn!(%cause, "a token could not be issued");
            OAuthError::TemporarilyUnavailable { retry_after_s: 1 }
        }
        TokenError::Unavailable(_) => OAuthError::ServerError,
    })
}

fn reply(issued: &Issued) -> Response {
    let reply = Reply {
        access_token: issued.access.expose(),
        token_type: "bearer",
        refresh_token: issued.refresh.as_ref().map(PlainSecret::expose),
        expires_in: issued.expires_in_s,
        scope: &issued.scope,
    };
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(reply)).into_response()
}

/// The client, by exactly one method (security rule 40): Basic, where `client_id` may be repeated in the form, or the
/// form alone.
fn client(headers: &HeaderMap, form: &Form<'_>) -> Result<(PresentedClient, bool), OAuthError> {
    let invalid = |text: &str| OAuthError::InvalidRequest(text.to_owned());
    let mut basics = headers.get_all(AUTHORIZATION).iter();
    let (basic, second) = (basics.next(), basics.next());
    if second.is_some() {
        return Err(invalid("the authorization header is given twice"));
    }
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    let Some(basic) = basic else {
        let Some((id, secret)) = id.zip(secret) else { return Err(OAuthError::InvalidClient { by_header: false }) };
        return Ok((PresentedClient { readings: vec![reading(id, secret)] }, false));
    };
    if secret.is_some() {
        return Err(invalid("the client is authenticated in two ways"));
    }
    let failed = OAuthError::InvalidClient { by_header: true };
    let (raw_id, raw_secret) = basic.to_str().ok().and_then(basic_pair).ok_or_else(|| failed.clone())?;
    let readings = vec![reading(&raw_id, &raw_secret), reading(&decoded(&raw_id), &decoded(&raw_secret))];
    if id.is_some_and(|id| readings.iter().all(|(read, _)| read != id)) {
        return Err(invalid("client_id differs from the client in the authorization header"));
    }
    Ok((PresentedClient { readings }, true))
}

fn reading(id: &str, secret: &str) -> (String, PlainSecret) {
    (id.to_owned(), PlainSecret::new(secret.to_owned()))
}

/// User and password of a Basic header (RFC 7617); the scheme in any case.
fn basic_pair(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// RFC 6749 section 2.3.1 wants both parts form-encoded; half of the libraries do so (reference genesys.md).
fn decoded(part: &str) -> String {
    let one_name = part.replace('&', "%26").replace('=', "%3D");
    parse(one_name.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
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
        "refresh_token" => Ok(TokenRequest::Refresh(PlainSecret::new(needed("refresh_token")?))),
        _ => Err(OAuthError::UnsupportedGrantType),
    }
}

#[cfg(test)]
mod tests {
    use super::{basic_pair, decoded};

    #[test]
    fn basic_credentials_are_read_raw_and_decoded() {
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(basic_pair("Basic bmV4dXNfY2xpZW50OnM6dA=="), pair("nexus_client", "s:t"));
        assert_eq!(basic_pair("basic bmV4dXMlNUZjbGllbnQ6cw=="), pair("nexus%5Fclient", "s"));
        for header in ["Basic", "Basic !", "Bearer bmV4dXM6cw==", "Basic bmV4dXM="] {
            assert_eq!(basic_pair(header), None, "{header}");
        }
        assert_eq!(decoded("nexus%5Fclient"), "nexus_client");
        assert_eq!(decoded("a&b=c"), "a&b=c");
        assert_eq!(decoded(""), "");
    }
}
