//! `GET /environment/v3/environments`: the one environment that there is, for services that look here whether the platform
//! is up. It says nothing that depends on who asks.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use wardgate_domain::tenant::ENVIRONMENT_ID;

use crate::respond::gws;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct Environments {
    environments: [Environment; 1],
}

#[derive(Serialize)]
struct Environment {
    id: &'static str,
    name: &'static str,
}

pub(crate) async fn get(State(shared): State<Shared>) -> Result<Response, Problem> {
    shared.manager.ready().await?;
    let environments = [Environment { id: ENVIRONMENT_ID, name: "wardgate" }];
    Ok(gws::success(StatusCode::OK, Environments { environments }))
}
