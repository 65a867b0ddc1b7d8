//! `DELETE /auth/v3/ops/clients/{id}`: take a client away, and its tokens with it.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::call::{Administrator, Id};
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn delete(
    State(shared): State<Shared>,
    administrator: Administrator,
    Id(id): Id,
) -> Result<Response, Problem> {
    shared.manager.delete_client(administrator.caller(), &id).await?;
    Ok(gws::success(StatusCode::OK, ()))
}
