//! `POST /nexus/v3/apikeys/{id}/rotate`: a new key takes the place of this one, which works on for `overlap` seconds. The
//! answer's `id` is the new key itself, this once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::Deserialize;
use wardgate_domain::key::KeyFormat;

use super::{BODY_BYTES, Shown, Wrapped, path, read};
use crate::call::{Call, Id, SignedIn};
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
    let (given, wrapped) = if body.is_empty() { (Given::default(), Wrapped(false)) } else { read(&body)? };
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let (key, plain) = shared.manager.rotate_key(caller, tenant, &id, KeyFormat::Uuid, given.overlap).await?;
    let location = [(LOCATION, signed_in.location(&path(&key), tenant))];
    Ok((location, wrapped.answer(StatusCode::CREATED, Shown::with_key(&key, &plain))).into_response())
}
