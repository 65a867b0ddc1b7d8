//! `PATCH /v1/origins/{id}`: what changes about a Request Origin. `callbacks` states the whole list.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wardgate_manage::request_origins::OriginPatch;

use super::{BODY_BYTES, Shown, role};
use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: Option<String>,
    grants: Option<Vec<String>>,
    callbacks: Option<Vec<String>>,
    enabled: Option<bool>,
    role: Option<String>,
}

pub(crate) async fn patch(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let patch = OriginPatch {
        name: given.name,
        grants: given.grants,
        callbacks: given.callbacks,
        enabled: given.enabled,
        role: given.role.as_deref().map(role).transpose()?,
    };
    let origin = shared.manager.change_origin(signed_in.caller(), signed_in.tenant(), &id, patch).await?;
    Ok(Json(Shown::new(&origin)).into_response())
}
