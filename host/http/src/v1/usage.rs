//! `GET /v1/usage`: a tenant's decisions by minute or hour, and what is taken of its limits; as figures to scrape for
//! whoever accepts those.

mod limits;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, VARY};
use serde::Serialize;
use wardgate_domain::Timestamp;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::usage::{UsageCount, UsageStep};
use wardgate_manage::usage::{Usage, UsageAsk};

use crate::call::Administrator;
use crate::metrics::{MEDIA_TYPE, tenant_figures};
use crate::request::page::only;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;
use limits::UsedLimit;

#[derive(Serialize)]
struct Shown<'a> {
    tenant: &'a str,
    step: &'static str,
    from: String,
    to: String,
    totals: Counts,
    /// Those in which something was decided, the oldest first.
    buckets: Vec<Bucket>,
    /// `null` for whoever may not read the tenant.
    limits: Option<Vec<UsedLimit>>,
}

#[derive(Serialize)]
struct Bucket {
    at: String,
    #[serde(flatten)]
    counts: Counts,
}

/// Decisions by effect, and the refusals by their true codes.
#[derive(Serialize, Default)]
struct Counts {
    allow: u64,
    deny: u64,
    codes: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn of(counts: &[UsageCount]) -> Self {
        let mut sum = Self::default();
        for count in counts {
            match count.code {
                None => sum.allow += count.decisions,
                Some(code) => {
                    sum.deny += count.decisions;
                    *sum.codes.entry(code.as_str()).or_default() += count.decisions;
                }
            }
        }
        sum
    }
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ask = read_ask(&query.unwrap_or_default())?;
    let (caller, tenant) = (administrator.caller(), administrator.tenant());
    if accepts_figures(&headers) {
        let (counts, kept) = shared.manager.usage_ever(caller, tenant).await?;
        let limits = kept.map(|kept| limits::of(&kept, shared.authorizer.taken(&kept.tenant))).unwrap_or_default();
        let counts = counts.iter().map(|count| (DenialCode::code_of(count.code), count.decisions));
        let limits = limits.iter().map(|limit| (limit.name, f64::from(limit.limit), limit.used()));
        let figures = tenant_figures(counts, limits);
        return Ok(([(CONTENT_TYPE, MEDIA_TYPE), (VARY, "accept")], figures).into_response());
    }
    let usage = shared.manager.usage(caller, tenant, ask).await?;
    let limits = usage.kept.as_ref().map(|kept| limits::of(kept, shared.authorizer.taken(&kept.tenant)));
    let Usage { span, counts, .. } = usage;
    let body = Shown {
        tenant: tenant.as_str(),
        step: span.step.as_str(),
        from: time::to_text(span.from),
        to: time::to_text(span.to),
        totals: Counts::of(&counts),
        buckets: counts.chunk_by(|one, next| one.at == next.at).filter_map(bucket).collect(),
        limits,
    };
    Ok(([(VARY, "accept")], Json(body)).into_response())
}

fn bucket(counts: &[UsageCount]) -> Option<Bucket> {
    counts.first().map(|first| Bucket { at: time::to_text(first.at), counts: Counts::of(counts) })
}

fn read_ask(query: &str) -> Result<UsageAsk, Problem> {
    let step = match only(query, "step")? {
        None => UsageStep::Minute,
        Some(text) => {
            UsageStep::parse(&text).ok_or_else(|| Problem::invalid_parameter("step", "must be minute or hour"))?
        }
    };
    Ok(UsageAsk { step, from: moment(query, "from")?, to: moment(query, "to")? })
}

fn moment(query: &str, name: &'static str) -> Result<Option<Timestamp>, Problem> {
    let wrong = || Problem::invalid_parameter(name, "must be an RFC 3339 date-time with its offset, or a date");
    only(query, name)?.map(|text| time::from_text(&text).ok_or_else(wrong)).transpose()
}

/// Whether the format of `/metrics` is named among what is accepted, as Prometheus does; `*/*` is JSON.
fn accepts_figures(headers: &HeaderMap) -> bool {
    let (wanted, _) = MEDIA_TYPE.split_once(';').unwrap_or((MEDIA_TYPE, ""));
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|range| range.trim().eq_ignore_ascii_case(wanted)))
}
