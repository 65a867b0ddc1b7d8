//! `PUT` and `PATCH /environment/v3/contact-centers/{ccId}`: another name, or another state. Both change what is stated
//! and nothing else, as this dialect's PUT does.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use wardgate_manage::tenants::TenantPatch;

use super::{BODY_BYTES, Given, Shown, in_data, read};
use crate::call::{Administrator, Call};
use crate::request::of_tenant::OfTenant;
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn put(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = read(&call.bytes(BODY_BYTES).await?)?;
    if given.id.as_ref().is_some_and(|id| id != of.tenant.as_str()) {
        return Err(Problem::invalid_parameter("/data/id", "a contact center keeps its id"));
    }
    let patch = TenantPatch { state: given.state()?, name: given.name, ..TenantPatch::default() };
    let changed = shared.manager.change_tenant(administrator.caller(), &of.tenant, patch).await;
    let (tenant, _) = changed.map_err(|e| in_data(e.into()))?;
    Ok(gws::success(StatusCode::OK, Shown::new(&tenant)))
}
