//! `PUT` and `PATCH /auth/v3/ops/clients/{id}`: state what changes. Both are the same, for operators' scripts put nothing
//! but a new list of addresses (reference genesys.md, section 3).

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::{BODY_BYTES, Given, Shown, in_data};
use crate::call::{Administrator, Call, Id};
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn put(
    State(shared): State<Shared>,
    administrator: Administrator,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let given = Given::read(&call.bytes(BODY_BYTES).await?)?;
    let changed = shared.manager.change_client(administrator.caller(), &id, given.change()?).await.map_err(in_data)?;
    Ok(gws::success(StatusCode::OK, Shown::of(&changed.client, changed.made_secret.as_ref())))
}
