//! `GET /v1/app-spaces/{id}`: one App Space.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Shown;
use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, Id(id): Id) -> Result<Response, Problem> {
    let space = shared.manager.get_app_space(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(Json(Shown::new(&space)).into_response())
}
