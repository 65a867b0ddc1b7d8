//! `POST /v1/users/{id}/reset-password`: a new password for somebody else. Where none is given, the answer has the one that
//! was made, this once. His tokens and sessions end before it is sent.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use wardgate_domain::secret::PlainSecret;

use super::answer;
use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of a request.
const BODY_BYTES: usize = 8 * 1024;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Given {
    password: Option<String>,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let body = call.bytes(BODY_BYTES).await?;
    // Who leaves the choice to us has nothing to say.
    let Given { password } = if body.is_empty() { Given::default() } else { json::parse(&body)? };
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let (user, made) = shared.manager.reset_password(caller, tenant, &id, password.map(PlainSecret::new)).await?;
    Ok(answer(StatusCode::OK, &user, made.as_ref()))
}
