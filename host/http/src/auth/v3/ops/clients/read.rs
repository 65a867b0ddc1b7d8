//! `GET /auth/v3/ops/clients/{id}`: one client.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Shown;
use crate::call::{Administrator, Id};
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    Id(id): Id,
) -> Result<Response, Problem> {
    let client = shared.manager.get_client(administrator.caller(), &id).await?;
    Ok(gws::success(StatusCode::OK, Shown::of(&client, None)))
}
