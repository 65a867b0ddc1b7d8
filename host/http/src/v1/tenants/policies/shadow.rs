//! `/v1/tenants/{ccId}/policies/{name}/shadow`: the version that is evaluated beside the one in force and never answers.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use wardgate_domain::PolicyName;
use wardgate_domain::policy::ShadowShare;
use wardgate_domain::user::Right;

use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;
use crate::v1::flips::{CostBody, FlipBody, FlipsBody};

/// Bytes of a shadow in JSON.
const BODY_BYTES: usize = 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    version: u32,
    percent: u8,
}

/// What a shadow would have changed until now.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    percent: u8,
    since: Option<String>,
    evaluated: u64,
    same: u64,
    failed: u64,
    not_kept: u64,
    dropped: u64,
    flips: FlipsBody<'a>,
    cost: CostBody,
    examples: Vec<FlipBody<'a>>,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let caller = administrator.caller();
    shared.manager.policy_standing(caller, &of.tenant, &of.name).await?;
    caller.may(Right::ReadDecisions, &of.tenant)?;
    let name = PolicyName::parse(&of.name).map_err(|_| Problem::not_found())?;
    let report = shared.authorizer.shadow_report(&of.tenant, &name).await.map_err(|_| Problem::unavailable())?;
    let report = report.ok_or_else(Problem::not_found)?;
    let shown = Report {
        version: report.version,
        percent: report.percent,
        since: report.since.map(time::to_text),
        evaluated: report.evaluated,
        same: report.same,
        failed: report.failed,
        not_kept: report.not_kept,
        dropped: report.dropped,
        flips: FlipsBody::new(&report.flips),
        cost: CostBody::new(&report.cost_before, &report.cost_after),
        examples: report.examples.iter().map(FlipBody::new).collect(),
    };
    Ok(Json(shown).into_response())
}

pub(crate) async fn put(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let share: Share = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let shadow = ShadowShare { version: share.version, percent: share.percent };
    shared.manager.shadow_policy(administrator.caller(), &of.tenant, &of.name, Some(shadow)).await?;
    Ok(Json(share).into_response())
}

pub(crate) async fn delete(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<StatusCode, Problem> {
    shared.manager.shadow_policy(administrator.caller(), &of.tenant, &of.name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
