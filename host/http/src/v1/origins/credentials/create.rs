//! `POST /v1/origins/{id}/credentials`: make a new credential, perhaps of the other type. The one before works on for
//! `overlap_s` seconds, and not at all unless that is said. The answer's `secret` is the new secret, this once.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::v1::origins::{BODY_BYTES, kind, made};

/// How to make it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Given {
    kind: Option<String>,
    overlap_s: Option<u32>,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let body = call.bytes(BODY_BYTES).await?;
    let given = if body.is_empty() { Given::default() } else { json::parse(&body)? };
    let kind = given.kind.as_deref().map(kind).transpose()?;
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let (origin, secret) = shared.manager.make_origin_credential(caller, tenant, &id, kind, given.overlap_s).await?;
    Ok(made(StatusCode::CREATED, &signed_in, &origin, &secret))
}
