//! `GET /v1/decisions`: a tenant's decisions, the newest first, a page at a time.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wardgate_domain::Grants;
use wardgate_domain::denial::DenialCode;
use wardgate_manage::decisions::{DecisionFilter, DecisionPlace};

use super::{Shown, shown};
use crate::call::SignedIn;
use crate::request::page::{Page, bad_cursor, encode, only};
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    decisions: Vec<Shown<'a>>,
    /// The cursor of the next page, unless nothing older is kept.
    next: Option<String>,
    /// How many decisions were looked at.
    looked_at: u32,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    page: Page,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = read_filter(&query.unwrap_or_default())?;
    let after = page.after.as_deref().map(|place| DecisionPlace::parse(place).ok_or_else(bad_cursor)).transpose()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let found = shared.manager.list_decisions(caller, tenant, &filter, after.as_ref(), limit).await?;
    let list = List {
        decisions: found.decisions.iter().map(shown).collect(),
        next: found.next.as_ref().map(|place| encode(&place.to_string())),
        looked_at: found.looked_at,
    };
    Ok(Json(list).into_response())
}

fn read_filter(query: &str) -> Result<DecisionFilter, Problem> {
    let mut filter = DecisionFilter { subject: only(query, "subject")?, ..DecisionFilter::default() };
    if let Some(pattern) = only(query, "permission")? {
        let grants = Grants::parse(&[pattern]);
        filter.permissions = Some(grants.map_err(|e| Problem::invalid_parameter("permission", e.to_string()))?);
    }
    filter.allowed = match only(query, "effect")?.as_deref() {
        None => None,
        Some("allow") => Some(true),
        Some("deny") => Some(false),
        Some(_) => return Err(Problem::invalid_parameter("effect", "must be allow or deny")),
    };
    if let Some(code) = only(query, "code")? {
        let unknown = || Problem::invalid_parameter("code", "must be the code of a decision");
        filter.code = Some(DenialCode::parse_code(&code).ok_or_else(unknown)?);
    }
    Ok(filter)
}
