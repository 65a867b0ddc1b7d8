//! `POST /v1/tenants/{ccId}/policies/{name}/versions/{version}/activate`: put a version into force. The next call is decided
//! by it, and none is refused for the change. It may be asked for on the condition that the latest decisions stay what they
//! are.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wardgate_domain::user::Right;

use super::super::in_force;
use super::replay;
use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of a condition in JSON.
const BODY_BYTES: usize = 1024;

/// On what condition. No body at all is none.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Given {
    /// So many of the latest decisions must stay what they are.
    replay: Option<u32>,
    /// They need not; they are looked at, and that is all.
    #[serde(default)]
    accept_flips: bool,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let body = call.bytes(BODY_BYTES).await?;
    let given: Given = if body.is_empty() { Given::default() } else { json::parse(&body)? };
    if let Some(last) = given.replay {
        check_decisions(&shared, &administrator, &of, last, given.accept_flips).await?;
    }
    let stands = shared.manager.activate_policy(administrator.caller(), &of.tenant, &of.name, of.version).await?;
    in_force(&shared, &of, stands).await
}

/// A replay that was not finished, or could not look at everything, has not shown that nothing changes; that much is the
/// reader's to weigh, who is told it by the replay itself.
async fn check_decisions(
    shared: &Shared,
    administrator: &Administrator,
    of: &OfTenant,
    last: u32,
    accepted: bool,
) -> Result<(), Problem> {
    let caller = administrator.caller();
    let last = replay::legal(last, "/replay")?;
    caller.may(Right::ManagePolicies, &of.tenant)?;
    caller.may(Right::ReadDecisions, &of.tenant)?;
    let (version, _) = shared.manager.policy_version(caller, &of.tenant, &of.name, of.version).await?;
    let replayed =
        shared.authorizer.replay(&version.version.binding, &of.tenant, last).await.map_err(replay::problem)?;
    let flips: u64 = replayed.flips.all.iter().sum();
    if accepted {
        return Ok(());
    }
    if flips > 0 {
        let compared = replayed.compared;
        let detail = format!(
            "{flips} of {compared} decisions would change: replay the version to see which, or say accept_flips"
        );
        return Err(Problem::conflict(detail));
    }
    if !replayed.finished {
        return Err(Problem::conflict(
            "the replay came to no end in time: ask for fewer decisions, or say accept_flips",
        ));
    }
    Ok(())
}
