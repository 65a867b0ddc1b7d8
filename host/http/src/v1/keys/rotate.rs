//! `POST /v1/keys/{id}/rotate`: a new key takes the place of this one, which works on for `overlap` seconds. The answer's
//! `key` is the new key itself, this once.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wardgate_domain::key::KeyFormat;

use super::{BODY_BYTES, made};
use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// How to rotate.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Given {
    overlap: Option<u32>,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let body = call.bytes(BODY_BYTES).await?;
    let given = if body.is_empty() { Given::default() } else { json::parse(&body)? };
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let (key, plain) = shared.manager.rotate_key(caller, tenant, &id, KeyFormat::Wardgate, given.overlap).await?;
    Ok(made(&signed_in, &key, &plain))
}
