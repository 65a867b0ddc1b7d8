//! `GET /environment/v3/contact-centers/{ccId}`: one tenant.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Shown;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let (tenant, _) = shared.manager.get_tenant(administrator.caller(), &of.tenant).await?;
    Ok(gws::success(StatusCode::OK, Shown::new(&tenant)))
}
