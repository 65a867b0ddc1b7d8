//! `PATCH /v1/tenants/{ccId}`: change some of a tenant. Limits are changed one by one, routes as a whole.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use wardgate_manage::tenants::TenantPatch;

use super::{BODY_BYTES, Given, answer};
use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn patch(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    given.check_id(of.tenant.as_str())?;
    let patch = TenantPatch {
        state: given.state()?,
        backend: given.backend()?,
        name: given.name,
        limits: given.limits.patch()?,
        routes: Given::routes(given.routes)?,
    };
    let (tenant, routes) = shared.manager.change_tenant(administrator.caller(), &of.tenant, patch).await?;
    Ok(answer(StatusCode::OK, &tenant, &routes))
}
