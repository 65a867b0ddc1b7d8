//! `GET /v1/keys/{id}`: one key, named by its handle or by the key itself.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Shown;
use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, Id(id): Id) -> Result<Response, Problem> {
    let key = shared.manager.get_key(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(Json(Shown::new(&key)).into_response())
}
