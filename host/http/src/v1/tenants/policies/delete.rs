//! `DELETE /v1/tenants/{ccId}/policies/{name}`: take a policy out of use.

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
    shared.manager.delete_policy(administrator.caller(), &of.tenant, &of.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
