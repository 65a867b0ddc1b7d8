//! `POST /v1/tenants/{ccId}/policies/{name}/versions/{version}/trial`: run cases with a version, in the engine that decides
//! calls.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use wardgate_domain::limits;
use wardgate_manage::policies::{Answer, Case, CaseResult, LogLine};

use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of cases in JSON.
const BODY_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    cases: Vec<Case>,
}

#[derive(Serialize)]
struct Trial<'a> {
    passed: usize,
    failed: usize,
    results: Vec<ResultBody<'a>>,
}

#[derive(Serialize)]
struct ResultBody<'a> {
    name: &'a str,
    passed: bool,
    expected: &'a Answer,
    got: &'a Answer,
    messages: &'a [String],
    cost_us: u32,
    log: Vec<LineBody<'a>>,
}

#[derive(Serialize)]
struct LineBody<'a> {
    level: &'static str,
    message: &'a str,
}

impl<'a> From<&'a CaseResult> for ResultBody<'a> {
    fn from(result: &'a CaseResult) -> Self {
        let line = |line: &'a LogLine| LineBody { level: line.level.as_str(), message: &line.message };
        Self {
            name: &result.name,
            passed: result.passed(),
            expected: &result.expected,
            got: &result.got,
            messages: &result.messages,
            cost_us: result.cost_us,
            log: result.log.iter().map(line).collect(),
        }
    }
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    if given.cases.len() > limits::CASES_PER_TRIAL {
        let rule = format!("must be at most {} cases", limits::CASES_PER_TRIAL);
        return Err(Problem::invalid_parameter("/cases", rule));
    }
    let caller = administrator.caller();
    let results = shared.manager.try_policy(caller, &of.tenant, &of.name, of.version, given.cases).await?;
    let passed = results.iter().filter(|result| result.passed()).count();
    let bodies = results.iter().map(ResultBody::from).collect();
    Ok(Json(Trial { passed, failed: results.len() - passed, results: bodies }).into_response())
}
