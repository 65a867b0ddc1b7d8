//! `POST /auth/v3/ops/clients`: make a client. A secret that was made for it is shown this once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;

use super::{BODY_BYTES, Given, Shown, in_data};
use crate::call::{Administrator, Call};
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    call: Call,
) -> Result<Response, Problem> {
    let given = Given::read(&call.bytes(BODY_BYTES).await?)?;
    let made = shared.manager.create_client(administrator.caller(), given.change()?).await.map_err(in_data)?;
    let location = [(LOCATION, format!("/auth/v3/ops/clients/{}", made.client.id))];
    let answer = gws::success(StatusCode::CREATED, Shown::of(&made.client, made.made_secret.as_ref()));
    Ok((location, answer).into_response())
}
