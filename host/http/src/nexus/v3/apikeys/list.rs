//! `GET /nexus/v3/apikeys`: all keys of a tenant, oldest first, as a JSON array.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use wardgate_domain::limits;

use super::Shown;
use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn) -> Result<Response, Problem> {
    let keys = shared.manager.list_keys(signed_in.caller(), signed_in.tenant(), None, limits::KEYS_PER_PAGE).await?;
    Ok(Json(keys.iter().map(Shown::by_handle).collect::<Vec<_>>()).into_response())
}
