//! `DELETE /v1/tenants/{ccId}/policies/{name}/versions/{version}`: take away a version that does nothing.

use axum::extract::State;
use http::StatusCode;

use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn delete(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<StatusCode, Problem> {
    let manager = &shared.manager;
    manager.delete_policy_version(administrator.caller(), &of.tenant, &of.name, of.version).await?;
    Ok(StatusCode::NO_CONTENT)
}
