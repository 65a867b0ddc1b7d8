//! `GET /auth/v3/ops/clients`: all clients, by id.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Shown;
use crate::call::Administrator;
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, administrator: Administrator) -> Result<Response, Problem> {
    let clients = shared.manager.list_clients(administrator.caller()).await?;
    Ok(gws::success(StatusCode::OK, clients.iter().map(|client| Shown::of(client, None)).collect::<Vec<_>>()))
}
