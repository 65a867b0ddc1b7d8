//! `POST /v1/explain`: what would become of a call, and all that is seen on its way. Nothing comes of it: no room is
//! taken, no nonce used up and nothing recorded.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use wardgate_authorize::{self as authorize, Explanation};
use wardgate_domain::denial::{DenialCode, Step};
use wardgate_domain::user::Right;

use super::check::BODY_BYTES;
use super::check::answer::{ObligationBody, RateBody, obligation, value};
use super::check::ask::ReadAsk;
use super::decisions;
use crate::call::{Administrator, Call};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;

#[derive(Serialize)]
struct Shown<'a> {
    at: String,
    decision: &'static str,
    /// The true code, which the caller would not be told.
    code: &'static str,
    status: u16,
    steps: Vec<StepBody>,
    tenant: Option<&'a str>,
    credential: Option<Credential<'a>>,
    permission: Option<&'a str>,
    route: Option<Route<'a>>,
    /// The grant that covers the permission.
    grant: Option<&'a str>,
    rate: Option<RateBody>,
    policies: Vec<Asked<'a>>,
    obligations: Vec<ObligationBody>,
}

#[derive(Serialize)]
struct StepBody {
    step: &'static str,
    /// `passed`, `stopped` or `not_reached`.
    result: &'static str,
    /// Why it stopped the walk.
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct Credential<'a> {
    tenant: &'a str,
    subject: &'a str,
    kind: &'static str,
    key: Option<String>,
    grants: Vec<String>,
}

#[derive(Serialize)]
struct Route<'a> {
    /// Whose route table it stands in.
    tenant: &'a str,
    method: &'a str,
    path: &'a str,
}

/// One policy's part: what a decision's record says of it, and more.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    part: decisions::Asked<'a>,
    obligations: Vec<ObligationBody>,
    /// The digest of its code.
    module: Option<String>,
    /// What it was told, by the names of the attributes.
    given: Map<String, Value>,
    /// Whether a call would be answered from memory. Here it is always evaluated.
    in_memo: bool,
    /// Whether it took so long lately that it has to wait for one of its tenant's turns.
    slow: bool,
    log: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    message: &'a str,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    call: Call,
) -> Result<Response, Problem> {
    let caller = administrator.caller();
    caller.may(Right::ReadDecisions, administrator.tenant())?;
    let ask = ReadAsk::new(json::parse(&call.bytes(BODY_BYTES).await?)?, "")?;
    let explanation = shared.authorizer.explain(&ask.as_ask(), &caller.tenant).await;
    Ok(Json(shown(&explanation)).into_response())
}

fn shown(told: &Explanation) -> Shown<'_> {
    let code = told.denial.map(|denial| denial.code);
    Shown {
        at: time::to_text(told.at),
        decision: if code.is_none() { "allow" } else { "deny" },
        code: DenialCode::code_of(code),
        status: code.map_or(200, DenialCode::status),
        steps: Step::ALL.map(|step| step_body(step, told.step, code)).into(),
        tenant: told.tenant.as_ref().map(wardgate_domain::TenantId::as_str),
        credential: told.credential.as_ref().map(|credential| Credential {
            tenant: credential.owner.as_str(),
            subject: &credential.subject,
            kind: credential.kind.as_str(),
            key: credential.key.as_ref().map(ToString::to_string),
            grants: credential.grants.to_texts(),
        }),
        permission: told.permission.as_ref().map(wardgate_domain::Permission::as_str),
        route: told.route.as_ref().map(|(owner, line)| Route {
            tenant: owner.as_str(),
            method: &line.method,
            path: &line.path,
        }),
        grant: told.grant.as_ref().map(wardgate_domain::Grant::as_str),
        rate: told.room.map(RateBody::from),
        policies: told.policies.iter().map(asked).collect(),
        obligations: told.obligations.iter().cloned().map(obligation).collect(),
    }
}

fn step_body(step: Step, last: Step, code: Option<DenialCode>) -> StepBody {
    let stopped = code.filter(|_| step == last);
    let result = match stopped {
        Some(_) => "stopped",
        None if step <= last => "passed",
        None => "not_reached",
    };
    StepBody { step: step.as_str(), result, code: stopped.map(DenialCode::as_str) }
}

fn asked(asked: &authorize::Asked) -> Asked<'_> {
    let verdict = asked.opinion.outcome.as_ref().ok();
    let obligations = verdict.map(|verdict| &*verdict.obligations).unwrap_or_default();
    Asked {
        part: decisions::asked(&asked.opinion),
        obligations: obligations.iter().cloned().map(obligation).collect(),
        module: asked.module.map(|digest| format!("sha256:{digest}")),
        given: asked.given.iter().cloned().map(|(name, fact)| (name, value(fact))).collect(),
        in_memo: asked.in_memo,
        slow: asked.slow,
        log: asked.log.iter().map(|line| Line { level: line.level.as_str(), message: &line.message }).collect(),
    }
}
