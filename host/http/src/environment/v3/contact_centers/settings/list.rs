//! `GET /environment/v3/contact-centers/{ccId}/settings`: all settings of a tenant.

use axum::extract::State;
use axum::response::Response;

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
    Ok(answer(&shared.manager.list_settings(administrator.caller(), &of.tenant).await?))
}
