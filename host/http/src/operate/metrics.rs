//! `GET /metrics`: what is counted, for whoever may ask for decisions.

use axum::extract::State;
use axum::response::IntoResponse;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::call::Arrival;
use crate::metrics::MEDIA_TYPE;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    arrival: Arrival,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    if !shared.trust.may_read_metrics(arrival.peer, &headers) {
        return Err(Problem::not_found());
    }
    shared.metrics.set_decisions_waiting(shared.authorizer.decisions_waiting());
    shared.metrics.set_breaker_trips(shared.authorizer.breaker_trips());
    shared.metrics.set_shadow_totals(shared.authorizer.shadow_totals());
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], shared.metrics.render()))
}
