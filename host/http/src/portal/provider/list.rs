//! `GET /portal/providers/{ccId}`: the identity providers by which a tenant's people sign in, for whoever is about to. Where
//! there is none, nobody learns whether there is such a tenant.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use wardgate_domain::TenantId;

use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
pub(crate) struct Shown {
    providers: Vec<One>,
}

#[derive(Serialize)]
struct One {
    /// Of its App Space.
    id: String,
    name: String,
}

pub(crate) async fn get(State(shared): State<Shared>, Path(tenant): Path<String>) -> Result<Json<Shown>, Problem> {
    let ways = match TenantId::parse(&tenant) {
        Ok(tenant) => shared.manager.ways_in(&tenant).await?,
        Err(_) => Vec::new(),
    };
    let providers = ways.into_iter().map(|(space, name)| One { id: space.to_string(), name }).collect();
    Ok(Json(Shown { providers }))
}
