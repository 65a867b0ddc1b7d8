//! `GET /v1/tenants/{ccId}/policies/{name}`: one policy.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Shown;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;

#[derive(Serialize)]
struct Read<'a> {
    #[serde(flatten)]
    policy: Shown<'a>,
    /// There while the policy is not asked, because it failed too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<Breaker>,
}

#[derive(Serialize)]
struct Breaker {
    /// When it is tried again.
    until: String,
    /// The version that answers for it; `null`: its calls are refused.
    answered_by: Option<u32>,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let policy = shared.manager.get_policy(administrator.caller(), &of.tenant, &of.name).await?;
    let broken = shared.authorizer.broken_policy(&of.tenant, &policy.binding.name).await;
    let breaker = broken
        .map_err(|_| Problem::unavailable())?
        .map(|broken| Breaker { until: time::to_text(broken.until), answered_by: broken.answered_by });
    Ok(Json(Read { policy: Shown::new(&policy)?, breaker }).into_response())
}
