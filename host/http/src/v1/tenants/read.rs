//! `GET /v1/tenants/{ccId}`: one tenant, with its route table.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::answer;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let (tenant, routes) = shared.manager.get_tenant(administrator.caller(), &of.tenant).await?;
    Ok(answer(StatusCode::OK, &tenant, &routes))
}
