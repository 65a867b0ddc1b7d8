//! `POST /admin/api/companies/{company}/appSpaces/{space}/requestOrigins/new`: make a Request Origin. Its secret is told by
//! `keyManagement`, which makes one.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wardgate_domain::request_origin::OriginKind;
use wardgate_domain::user::Role;
use wardgate_manage::request_origins::NewOrigin;

use super::{BODY_BYTES, Place, made};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
struct Given {
    name: String,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    place: Place,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let new = NewOrigin {
        name: given.name,
        kind: OriginKind::Hmac,
        grants: Vec::new(),
        callbacks: Vec::new(),
        enabled: true,
        role: Role::Member,
    };
    let Place { company, space, .. } = place;
    // Nobody is told this first secret.
    let (origin, _) = shared.manager.create_origin(signed_in.caller(), &company, &space, new).await?;
    Ok(made(format!("/admin/api/companies/{company}/appSpaces/{space}/requestOrigins/{}", origin.id)))
}
