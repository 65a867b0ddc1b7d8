//! `GET /v1/decisions/{id}`, and the list in `list.rs`: why a call was let pass or not, for the tenant's people.

pub(crate) mod list;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wardgate_domain::denial::{DenialCode, Step};
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::{self, Failure, Opinion};
use wardgate_domain::{DecisionId, Permission};

use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;

#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    at: String,
    decision: &'static str,
    /// Where the walk ended.
    step: &'static str,
    /// The true code, which the caller may not have been told.
    code: &'static str,
    status: u16,
    tenant: &'a str,
    permission: Option<&'a str>,
    subject: Option<&'a str>,
    client_address: Option<String>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    policies: Vec<Asked<'a>>,
}

/// One policy's part.
#[derive(Serialize)]
pub(super) struct Asked<'a> {
    policy: &'a str,
    /// The version that answered; `null` where that was not written down.
    version: Option<u32>,
    /// Whether the version in force was not asked, because it had failed too often.
    fell_back: bool,
    /// A policy of the cluster, asked before the tenant's own.
    guard: bool,
    effect: Option<&'static str>,
    reasons: Vec<Reason<'a>>,
    /// How it failed, if it did.
    failure: Option<Reason<'a>>,
    /// Whether the answer was remembered rather than computed.
    remembered: bool,
    cost_us: u32,
}

#[derive(Serialize)]
pub(super) struct Reason<'a> {
    code: &'a str,
    message: std::borrow::Cow<'a, str>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, Id(id): Id) -> Result<Response, Problem> {
    let id = DecisionId::parse(&id).ok_or_else(Problem::not_found)?;
    let record = shared.manager.get_decision(signed_in.caller(), signed_in.tenant(), id).await?;
    Ok(Json(shown(&record)).into_response())
}

fn shown(record: &DecisionRecord) -> Shown<'_> {
    Shown {
        id: record.id.to_string(),
        at: time::to_text(record.at),
        decision: if record.denial.is_none() { "allow" } else { "deny" },
        step: record.denial.map_or(Step::Conclude, DenialCode::step).as_str(),
        code: DenialCode::code_of(record.denial),
        status: record.denial.map_or(200, DenialCode::status),
        tenant: record.tenant.as_str(),
        permission: record.permission.as_ref().map(Permission::as_str),
        subject: record.subject.as_deref(),
        client_address: record.client_address.map(|address| address.to_string()),
        method: record.method.as_deref(),
        path: record.path.as_deref(),
        policies: record.opinions.iter().map(asked).collect(),
    }
}

pub(super) fn asked(opinion: &Opinion) -> Asked<'_> {
    let verdict = opinion.outcome.as_ref().ok();
    let reasons = verdict.map(|verdict| &*verdict.reasons).unwrap_or_default();
    Asked {
        policy: opinion.policy.as_str(),
        version: (opinion.version != 0).then_some(opinion.version),
        fell_back: opinion.fell_back,
        guard: opinion.owner.is_cluster(),
        effect: verdict.map(|verdict| verdict.effect.as_str()),
        reasons: reasons.iter().map(Reason::of).collect(),
        failure: opinion.outcome.as_ref().err().map(Reason::of_failure),
        remembered: opinion.remembered,
        cost_us: opinion.cost_us,
    }
}

impl<'a> Reason<'a> {
    pub(super) fn of(reason: &'a verdict::Reason) -> Self {
        Self { code: &reason.code, message: reason.message.as_str().into() }
    }

    pub(super) fn of_failure(failure: &Failure) -> Self {
        Self { code: failure.code(), message: failure.to_string().into() }
    }
}
