//! `POST /environment/v3/contact-centers`: make a tenant, by the cluster's people alone. It has the standard limits.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use wardgate_domain::TenantId;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_manage::tenants::WholeTenant;

use super::{BODY_BYTES, Given, Shown, in_data, read};
use crate::call::{Administrator, Call};
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = read(&call.bytes(BODY_BYTES).await?)?;
    let state = given.state()?.unwrap_or(TenantState::Active);
    let id = given.id.as_deref().map(TenantId::parse).transpose();
    let id = id.map_err(|e| Problem::invalid_parameter("/data/id", e.to_string()))?;
    let whole = WholeTenant {
        name: given.name.ok_or_else(|| Problem::invalid_parameter("/data/name", "is missing"))?,
        state,
        limits: TenantLimits::default(),
        backend: None,
        routes: Vec::new(),
    };
    let made = shared.manager.create_tenant(administrator.caller(), id, whole).await;
    let tenant = made.map_err(|e| in_data(e.into()))?;
    let location = [(LOCATION, format!("/environment/v3/contact-centers/{}", tenant.id))];
    Ok((location, gws::success(StatusCode::CREATED, Shown::new(&tenant))).into_response())
}
