//! `GET /v1/communication-key`: whether the operator gave one, and those that were generated and are good.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Shown;
use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn) -> Result<Response, Problem> {
    let state = shared.manager.read_communication_keys(signed_in.caller()).await?;
    let generated: Vec<_> = state.generated.iter().map(|key| Shown::new(key, None)).collect();
    Ok(Json(json!({ "given": state.is_given, "generated": generated })).into_response())
}
