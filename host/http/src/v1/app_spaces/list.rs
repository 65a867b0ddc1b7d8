//! `GET /v1/app-spaces`: a tenant's App Spaces, oldest first: those that the caller may see.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Shown;
use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    app_spaces: Vec<Shown<'a>>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn) -> Result<Response, Problem> {
    let spaces = shared.manager.list_app_spaces(signed_in.caller(), signed_in.tenant()).await?;
    Ok(Json(List { app_spaces: spaces.iter().map(Shown::new).collect() }).into_response())
}
