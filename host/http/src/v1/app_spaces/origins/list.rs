//! `GET /v1/app-spaces/{id}/origins`: the Request Origins of an App Space, oldest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::v1::origins::Shown;

#[derive(Serialize)]
struct List<'a> {
    origins: Vec<Shown<'a>>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, Id(id): Id) -> Result<Response, Problem> {
    let origins = shared.manager.list_origins(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(Json(List { origins: origins.iter().map(Shown::new).collect() }).into_response())
}
