//! `GET /v1/origins/{id}`: one Request Origin.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Shown;
use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, Id(id): Id) -> Result<Response, Problem> {
    let origin = shared.manager.get_origin(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(Json(Shown::new(&origin)).into_response())
}
