//! `GET /v1/tenants/{ccId}/policies/{name}/versions/{version}/component`: the bytes that a version is made of.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let manager = &shared.manager;
    let bytes = manager.policy_component(administrator.caller(), &of.tenant, &of.name, of.version).await?;
    Ok(([(CONTENT_TYPE, "application/wasm")], bytes).into_response())
}
