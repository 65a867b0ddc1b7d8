//! `PATCH /v1/keys/{id}`: what changes about a key; and `"revoked": true`, which is for good.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use wardgate_manage::keys::KeyPatch;

use super::{BODY_BYTES, RateBody, Shown, expiry, named_here};
use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: Option<String>,
    permissions: Option<Vec<String>>,
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "json::present")]
    expires: Option<Value>,
    rate: Option<RateBody>,
    origins: Option<Vec<String>>,
    addresses: Option<Vec<String>>,
    #[serde(default)]
    revoked: bool,
}

pub(crate) async fn patch(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let patch = KeyPatch {
        name: given.name,
        permissions: given.permissions,
        enabled: given.enabled,
        expires: given.expires.as_ref().map(expiry).transpose()?,
        capacity: given.rate.as_ref().map(|rate| rate.limit),
        frequency_s: given.rate.as_ref().map(|rate| rate.window_seconds),
        origins: given.origins,
        addresses: given.addresses,
        revoke: given.revoked,
    };
    let changed = shared.manager.change_key(signed_in.caller(), signed_in.tenant(), &id, patch).await;
    Ok(Json(Shown::new(&changed.map_err(named_here)?)).into_response())
}
