//! `GET /environment/v3/contact-centers`: all tenants for the cluster's people, his own for anybody else. At most as many
//! as a page of `/v1/tenants` may have, for this dialect knows no pages.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use wardgate_domain::limits;

use super::Shown;
use crate::call::Administrator;
use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    contact_centers: Vec<Shown<'a>>,
}

pub(crate) async fn get(State(shared): State<Shared>, administrator: Administrator) -> Result<Response, Problem> {
    let tenants = shared.manager.list_tenants(administrator.caller(), None, limits::TENANTS_PER_PAGE).await?;
    Ok(gws::success(StatusCode::OK, List { contact_centers: tenants.iter().map(Shown::new).collect() }))
}
