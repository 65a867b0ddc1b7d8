//! `GET /v1/tenants/{ccId}/policies/{name}/versions/{version}`: one version, with what its code says of itself and costs.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Shown;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let version = shared.manager.policy_version(administrator.caller(), &of.tenant, &of.name, of.version).await;
    let (version, measured) = version?;
    Ok(Json(Shown::new(&version, Some(&measured))?).into_response())
}
