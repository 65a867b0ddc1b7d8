//! `POST /v1/communication-key`: a new one takes the place of those before it, which work on for `overlap_s` seconds. The
//! answer's `key` is the key itself, this once.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Deserialize;

use super::{BODY_BYTES, Shown};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Given {
    overlap_s: Option<u32>,
}

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let body = call.bytes(BODY_BYTES).await?;
    let given = if body.is_empty() { Given::default() } else { json::parse(&body)? };
    let (key, plain) = shared.manager.generate_communication_key(signed_in.caller(), given.overlap_s).await?;
    let shown = Json(Shown::new(&key, Some(plain.expose())));
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], shown).into_response())
}
