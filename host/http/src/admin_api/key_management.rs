//! `POST …/requestOrigins/{origin}/keyManagement`: make a new credential; the one before ends at once. The answer's `key` is
//! the secret, this once.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use wardgate_domain::request_origin::OriginKind;

use super::{BODY_BYTES, Place};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    key_type: String,
}

#[derive(Serialize)]
struct Made<'a> {
    key: &'a str,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Place { company, space, origin }: Place,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let kind = OriginKind::parse(&given.key_type)
        .ok_or_else(|| Problem::invalid_parameter("/keyType", "must be hmac or basic"))?;
    let caller = signed_in.caller();
    let kept = shared.manager.get_origin(caller, &company, &origin).await?;
    if kept.app_space.to_string() != space {
        return Err(Problem::not_found());
    }
    let (_, secret) = shared.manager.make_origin_credential(caller, &company, &origin, Some(kind), None).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Made { key: secret.expose() })).into_response())
}
