//! `GET /v1/audit` and `GET /v1/audit/verify`: what was changed in a tenant and by whom, and whether the log of it is whole.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use wardgate_domain::audit::AuditEntry;

use wardgate_manage::audit::AuditCheck;

use crate::call::SignedIn;
use crate::request::page::{Page, bad_cursor, encode, only};
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;

#[derive(Serialize)]
struct List<'a> {
    entries: Vec<Shown<'a>>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    /// Its place in the chain.
    seq: i64,
    at: String,
    actor: &'a str,
    action: &'a str,
    target: &'a str,
    /// What changed, as it was written down; `null` where that says all.
    detail: Option<&'a RawValue>,
}

impl<'a> Shown<'a> {
    fn new(entry: &'a AuditEntry) -> Self {
        Self {
            seq: entry.seq,
            at: time::to_text(entry.at),
            actor: &entry.actor,
            action: &entry.action,
            target: &entry.target,
            detail: serde_json::from_str(&entry.detail).ok(),
        }
    }
}

/// What a walk along the chain found.
#[derive(Serialize)]
struct Checked {
    intact: bool,
    /// How many entries there are, if it is.
    entries: Option<u64>,
    /// The first place that is not as it was written.
    broken: Option<Broken>,
}

#[derive(Serialize)]
struct Broken {
    seq: i64,
    message: &'static str,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    page: Page,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let action = only(&query.unwrap_or_default(), "action")?;
    let before = page.after.as_deref().map(|place| place.parse().map_err(|_| bad_cursor())).transpose()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let found = shared.manager.list_audit(caller, tenant, action.as_deref(), before, limit).await?;
    let next = found.next.map(|place| encode(&place.to_string()));
    Ok(Json(List { entries: found.entries.iter().map(Shown::new).collect(), next }).into_response())
}

pub(crate) async fn verify(State(shared): State<Shared>, signed_in: SignedIn) -> Result<Response, Problem> {
    let checked = shared.manager.verify_audit(signed_in.caller(), signed_in.tenant()).await?;
    let checked = match checked {
        AuditCheck::Intact { entries } => Checked { intact: true, entries: Some(entries), broken: None },
        AuditCheck::Broken { seq, why } => {
            Checked { intact: false, entries: None, broken: Some(Broken { seq, message: why }) }
        }
    };
    Ok(Json(checked).into_response())
}
