//! `GET /v1/tenants/{ccId}/policies`: all policies of a tenant, by name. There are never more than fit on a page.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Shown;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    policies: Vec<Shown<'a>>,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let policies = shared.manager.list_policies(administrator.caller(), &of.tenant).await?;
    let policies = policies.iter().map(Shown::new).collect::<Result<_, _>>()?;
    Ok(Json(List { policies }).into_response())
}
