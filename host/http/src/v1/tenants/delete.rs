//! `DELETE /v1/tenants/{ccId}`: end a tenant with all that it owns. Its credentials stop working before the answer is sent.

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
    shared.manager.delete_tenant(administrator.caller(), &of.tenant).await?;
    Ok(StatusCode::NO_CONTENT)
}
