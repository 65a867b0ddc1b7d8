//! `POST /v1/tenants/{ccId}/policies/{name}/rollback`: put the version into force that was in force before.

use axum::extract::State;
use axum::response::Response;

use super::in_force;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let stands = shared.manager.roll_back_policy(administrator.caller(), &of.tenant, &of.name).await?;
    in_force(&shared, &of, stands).await
}
