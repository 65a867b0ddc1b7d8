//! `POST /v1/app-spaces/{id}/origins`: make a Request Origin. The answer's `secret` is its secret, this once.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use wardgate_domain::request_origin::OriginKind;
use wardgate_domain::user::Role;
use wardgate_manage::request_origins::NewOrigin;

use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::v1::origins::{BODY_BYTES, kind, made, role};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    kind: Option<String>,
    #[serde(default)]
    grants: Vec<String>,
    #[serde(default)]
    callbacks: Vec<String>,
    enabled: Option<bool>,
    role: Option<String>,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let new = NewOrigin {
        name: given.name,
        kind: given.kind.as_deref().map_or(Ok(OriginKind::Hmac), kind)?,
        grants: given.grants,
        callbacks: given.callbacks,
        enabled: given.enabled.unwrap_or(true),
        role: given.role.as_deref().map_or(Ok(Role::Member), role)?,
    };
    let (origin, secret) = shared.manager.create_origin(signed_in.caller(), signed_in.tenant(), &id, new).await?;
    Ok(made(StatusCode::CREATED, &signed_in, &origin, &secret))
}
