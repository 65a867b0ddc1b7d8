//! `GET /v1/tenants`: the tenants by id, a page at a time; for whoever is not of the cluster, his own.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wardgate_domain::TenantId;

use super::Shown;
use crate::call::Administrator;
use crate::request::page::{Page, bad_cursor};
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    tenants: Vec<Shown<'a>>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    page: Page,
) -> Result<Response, Problem> {
    let after = page.after.as_deref().map(|id| TenantId::parse(id).map_err(|_| bad_cursor())).transpose()?;
    let caller = administrator.caller();
    let mut tenants = shared.manager.list_tenants(caller, after.as_ref(), page.wanted()).await?;
    let next = page.cut(&mut tenants, |last| last.id.to_string());
    let tenants = tenants.iter().map(|tenant| Shown::new(tenant, None)).collect();
    Ok(Json(List { tenants, next }).into_response())
}
