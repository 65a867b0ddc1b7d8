//! `GET /v1/tenants/{ccId}/policies/{name}/versions`: all versions of a policy, oldest first, which of them does what, and
//! what is on its way through the compiler. There are never more than fit on a page.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wardgate_manage::policies::Underway;

use super::{ShadowBody, Shown};
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    versions: Vec<Shown<'a>>,
    active: Option<u32>,
    previous: Option<u32>,
    shadow: Option<ShadowBody>,
    underway: Vec<UnderwayBody>,
}

#[derive(Serialize)]
struct UnderwayBody {
    digest: String,
    state: &'static str,
    seconds: u64,
}

impl From<&Underway> for UnderwayBody {
    fn from(underway: &Underway) -> Self {
        Self {
            digest: format!("sha256:{}", underway.digest),
            state: if underway.waiting { "waiting" } else { "compiling" },
            seconds: underway.since.elapsed().as_secs(),
        }
    }
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
) -> Result<Response, Problem> {
    let all = shared.manager.policy_versions(administrator.caller(), &of.tenant, &of.name).await?;
    let list = List {
        versions: all.versions.iter().map(|version| Shown::new(version, None)).collect::<Result<_, _>>()?,
        active: all.standing.active,
        previous: all.previous(),
        shadow: all.standing.shadow.map(ShadowBody::from),
        underway: all.underway.iter().map(UnderwayBody::from).collect(),
    };
    Ok(Json(list).into_response())
}
