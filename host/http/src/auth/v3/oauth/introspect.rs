//! `POST /auth/v3/oauth/introspect`: a client asks what a token is worth (RFC 7662).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, PRAGMA};
use serde::Serialize;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::tokens::{KnownToken, Subject};

use super::client::{Asking, refused};
use crate::call::{Arrival, Call};
use crate::respond::oauth::OAuthError;
use crate::shared::Shared;

/// What is told of a token; of one that is not good, that it is not, and nothing else.
#[derive(Serialize, Default)]
struct Reply<'a> {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    /// As the token endpoint said it; a refresh token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    /// Ours: which of the two kinds it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_use: Option<&'static str>,
    /// The tenant that it belongs to, by the name that userinfo has for it; not of ops users and the cluster's clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_center_id: Option<&'a str>,
}

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Response {
    // A host that cannot be one leaves the issuer out: it is told beside the answer and is not the answer.
    let issuer = shared.issuer.public_url.issuer(&call.headers).ok();
    match introspect(&shared, &arrival, call).await {
        Ok(known) => reply(known.as_ref(), issuer.as_deref()),
        Err(error) => refused(&shared, &arrival, error),
    }
}

async fn introspect(shared: &Shared, arrival: &Arrival, call: Call) -> Result<Option<KnownToken>, OAuthError> {
    let asking = Asking::read(shared, arrival, call).await?;
    let form = asking.form()?;
    let (client, by) = asking.client(&form)?;
    let token = form.get("token").ok_or_else(|| OAuthError::InvalidRequest("token is missing".to_owned()))?;
    let known = shared.manager.introspect(&client, &PlainSecret::new(token.to_owned()), asking.from()).await;
    known.map_err(|error| by.error(error))
}

fn reply(known: Option<&KnownToken>, issuer: Option<&str>) -> Response {
    let reply = known.map_or_else(Reply::default, |known| Reply {
        active: true,
        scope: Some(&known.scope),
        client_id: Some(known.client.as_str()),
        username: match &known.subject {
            Subject::User(_, name) => Some(name.as_str()),
            Subject::Client => None,
        },
        token_type: known.is_access.then_some("bearer"),
        exp: Some(known.expires.as_s()),
        iat: Some(known.issued.as_s()),
        sub: Some(match &known.subject {
            Subject::User(id, _) => id.to_string(),
            Subject::Client => known.client.to_string(),
        }),
        iss: issuer,
        token_use: Some(if known.is_access { "access_token" } else { "refresh_token" }),
        contact_center_id: Some(known.tenant.as_str()).filter(|_| !known.tenant.is_cluster()),
    });
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(reply)).into_response()
}
