//! `POST /v1/tenants/{ccId}/policies/{name}/versions/{version}/replay`: what the version would have changed in the latest
//! decisions, were it in force. Nothing comes of it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use wardgate_authorize::{NotKept, Replay, ReplayError};
use wardgate_domain::user::Right;
use wardgate_domain::{TenantId, limits};

use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::{Problem, ProblemCode};
use crate::shared::Shared;
use crate::time;
use crate::v1::flips::{CostBody, FlipBody, FlipsBody};

/// Bytes of a replay in JSON.
const BODY_BYTES: usize = 1024;
/// Decisions that are looked at where the caller does not say how many.
const LAST: u32 = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    last: Option<u32>,
    /// Whose decisions are looked at, where the policy is a guard.
    tenant: Option<String>,
}

/// A replay on the wire.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    version: u32,
    tenant: &'a str,
    looked_at: u64,
    oldest: Option<String>,
    covered: u64,
    not_reached: u64,
    not_kept: NotKeptBody,
    not_run: u64,
    compared: u64,
    finished: bool,
    flips: FlipsBody<'a>,
    cost: CostBody,
    list: Vec<FlipBody<'a>>,
}

#[derive(Serialize)]
struct NotKeptBody {
    unneeded: u64,
    too_long: u64,
    left_out: u64,
    crowded: u64,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let caller = administrator.caller();
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let last = legal(given.last.unwrap_or(LAST), "/last")?;
    let tenant = match given.tenant {
        None => of.tenant.clone(),
        Some(_) if !of.tenant.is_cluster() => {
            return Err(Problem::invalid_parameter("/tenant", "only a guard is asked about other tenants' calls"));
        }
        Some(tenant) => TenantId::parse(&tenant).map_err(|e| Problem::invalid_parameter("/tenant", e.to_string()))?,
    };
    caller.may(Right::ReadDecisions, &tenant)?;
    let (version, _) = shared.manager.policy_version(caller, &of.tenant, &of.name, of.version).await?;
    let replay = shared.authorizer.replay(&version.version.binding, &tenant, last).await.map_err(problem)?;
    Ok(Json(Shown::new(of.version, &tenant, &replay)).into_response())
}

/// How many decisions are looked at, if that is no more than may be.
pub(crate) fn legal(last: u32, location: &'static str) -> Result<u32, Problem> {
    if (1..=limits::REPLAY_DECISIONS).contains(&usize::try_from(last).unwrap_or(usize::MAX)) {
        return Ok(last);
    }
    Err(Problem::invalid_parameter(location, format!("must be 1 to {}", limits::REPLAY_DECISIONS)))
}

/// Why there is no replay, to whoever asked for it.
pub(crate) fn problem(error: ReplayError) -> Problem {
    match error {
        ReplayError::Busy => Problem::new(ProblemCode::Conflict, "as many replays are under way as may be: try again"),
        ReplayError::NotFound => Problem::not_found(),
        ReplayError::Unusable(failure) => Problem::conflict(format!("the version cannot run: {failure}")),
        ReplayError::Unavailable(cause) => {
            tracing::warn!(%cause, "a replay could not be carried out");
            Problem::unavailable()
        }
    }
}

impl<'a> Shown<'a> {
    pub(crate) fn new(version: u32, tenant: &'a TenantId, replay: &'a Replay) -> Self {
        let NotKept { unneeded, too_long, left_out, crowded } = replay.not_kept;
        Self {
            version,
            tenant: tenant.as_str(),
            looked_at: replay.looked_at,
            oldest: replay.oldest.map(time::to_text),
            covered: replay.covered,
            not_reached: replay.not_reached,
            not_kept: NotKeptBody { unneeded, too_long, left_out, crowded },
            not_run: replay.not_run,
            compared: replay.compared,
            finished: replay.finished,
            flips: FlipsBody::new(&replay.flips),
            cost: CostBody::new(&replay.cost_before, &replay.cost_after),
            list: replay.list.iter().map(FlipBody::new).collect(),
        }
    }
}
