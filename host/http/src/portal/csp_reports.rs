//! `POST /portal/csp-reports`: what a browser tells of a page of ours that tried what its policy forbids. It is counted,
//! and now and then written to the log; anybody can send one, so nothing else comes of it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use axum::extract::State;
use http::StatusCode;
use serde_json::Value;
use wardgate_domain::limits;

use crate::call::Call;
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// `Reporting-Endpoints`: where browsers find it.
pub(crate) const ENDPOINT: &str = "csp=\"/portal/csp-reports\"";

/// Bytes of a report (security rule 64).
const BODY_BYTES: usize = 16 * 1024;
/// Characters of one that the log repeats.
const SHOWN_CHARS: usize = 1_024;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// When the next report may be written to the log, in milliseconds after [`BEGAN`].
static NEXT_MS: AtomicI64 = AtomicI64::new(0);

pub(crate) async fn post(State(shared): State<Shared>, call: Call) -> Result<StatusCode, Problem> {
    let report: Value = json::parse(&call.bytes(BODY_BYTES).await?)?;
    if !report.is_object() && !report.is_array() {
        return Err(Problem::bad_request("a report is an object or a list of them"));
    }
    shared.metrics.csp_report();
    if is_due() {
        // As JSON, in which no control character is left.
        let report: String = report.to_string().chars().take(SHOWN_CHARS).collect();
        tracing::warn!(report, "a page of the portal tried what its policy forbids");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// So that a stranger cannot fill the log.
fn is_due() -> bool {
    let now = i64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(i64::MAX);
    let next = NEXT_MS.load(Ordering::Relaxed);
    let later = now.saturating_add(limits::PORTAL_REPORT_LOG_MS);
    now >= next && NEXT_MS.compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}
