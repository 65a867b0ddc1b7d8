//! `PUT /v1/tenants/{ccId}`: state all about a tenant, and make it if there is none. What is left out takes the value that
//! a new tenant has.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_manage::tenants::WholeTenant;

use super::{BODY_BYTES, Given, answer};
use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn put(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    given.check_id(of.tenant.as_str())?;
    let (state, backend) = (given.state()?, given.backend()?);
    let whole = WholeTenant {
        name: given.name.ok_or_else(|| Problem::invalid_parameter("/name", "is missing"))?,
        state: state.unwrap_or(TenantState::Active),
        limits: given.limits.patch()?.on(TenantLimits::default()),
        backend: backend.on(None),
        routes: Given::routes(given.routes)?.unwrap_or_default(),
    };
    let (tenant, routes, made) = shared.manager.put_tenant(administrator.caller(), &of.tenant, whole).await?;
    Ok(answer(if made { StatusCode::CREATED } else { StatusCode::OK }, &tenant, &routes))
}
