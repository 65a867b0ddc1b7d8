//! `POST /admin/api/companies/new`: make a tenant under an id of its own, with the standard limits.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_manage::tenants::WholeTenant;

use super::{BODY_BYTES, made};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
struct Given {
    name: String,
}

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let whole = WholeTenant {
        name: given.name,
        state: TenantState::Active,
        limits: TenantLimits::default(),
        backend: None,
        routes: Vec::new(),
    };
    let tenant = shared.manager.create_tenant(signed_in.caller(), None, whole).await?;
    Ok(made(format!("/admin/api/companies/{}", tenant.id)))
}
