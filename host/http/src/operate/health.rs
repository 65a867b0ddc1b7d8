//! `GET /healthz`: the process lives. `GET /readyz`: it can do its work, and is not about to stop.

use std::sync::atomic::Ordering;

use axum::extract::State;

use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

pub(crate) async fn ready(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    if shared.draining.load(Ordering::Acquire) {
        return Err(Problem::unavailable());
    }
    shared.manager.ready().await?;
    Ok("ready\n")
}
