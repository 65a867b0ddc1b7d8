//! `POST /auth/v3/oauth/revoke`: a client gives a token back (RFC 7009).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, PRAGMA};
use serde_json::json;
use wardgate_domain::secret::PlainSecret;

use super::client::{Asking, refused};
use crate::call::{Arrival, Call};
use crate::respond::oauth::OAuthError;
use crate::shared::Shared;

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Response {
    match revoke(&shared, &arrival, call).await {
        // An object, for half of the libraries read a body and the other half its type (security rule 48).
        Ok(()) => ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(json!({}))).into_response(),
        Err(error) => refused(&shared, &arrival, error),
    }
}

async fn revoke(shared: &Shared, arrival: &Arrival, call: Call) -> Result<(), OAuthError> {
    let asking = Asking::read(shared, arrival, call).await?;
    let form = asking.form()?;
    let (client, by) = asking.client(&form)?;
    let token = form.get("token").ok_or_else(|| OAuthError::InvalidRequest("token is missing".to_owned()))?;
    // A `token_type_hint` saves others a look-up; here a token is found without one.
    let revoked = shared.manager.revoke_token(&client, &PlainSecret::new(token.to_owned()), asking.from()).await;
    revoked.map_err(|error| by.error(error))
}
