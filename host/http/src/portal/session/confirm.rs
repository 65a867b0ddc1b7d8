//! `POST /portal/session/confirm`: the password once more, before something is changed (security rule 80). The session
//! goes on under a new cookie.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use wardgate_domain::secret::PlainSecret;

use super::{BODY_BYTES, refused, shown};
use crate::call::{Arrival, Call};
use crate::portal::credential::AtPortal;
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    password: String,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    arrival: Arrival,
    AtPortal(session): AtPortal,
    call: Call,
) -> Result<Response, Problem> {
    let from = shared.trust.client_address(arrival.peer, &call.headers).map_err(|_| Problem::unauthorized())?;
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let confirmed = shared.manager.confirm_portal(&session, &PlainSecret::new(given.password), from).await;
    let (session, secret) = confirmed.map_err(|error| refused(&shared, error))?;
    Ok(shown(StatusCode::OK, &session, Some(&secret)))
}
