//! `GET /v1/policies/{name}/diff?to=`: what a version differs in from `from`, or from the version in force.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use wardgate_domain::policy::Binding;

use crate::call::{Administrator, Id};
use crate::request::page::only;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct Diff<'a> {
    name: &'a str,
    from: Side,
    to: Side,
    permissions: Permissions<'a>,
    settings: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Side {
    version: u32,
    digest: String,
}

#[derive(Serialize)]
struct Permissions<'a> {
    added: &'a [String],
    removed: &'a [String],
}

/// One place in the settings. A side that has nothing there leaves its member out.
#[derive(Serialize)]
struct Change<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a Value>,
}

impl From<&Binding> for Side {
    fn from(binding: &Binding) -> Self {
        Self { version: binding.version, digest: format!("sha256:{}", binding.module) }
    }
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    administrator: Administrator,
    Id(name): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let to = version(&query, "to")?.ok_or_else(|| Problem::invalid_parameter("to", "must be a version"))?;
    let versions = (version(&query, "from")?, to);
    let (caller, tenant) = (administrator.caller(), administrator.tenant());
    let found = shared.manager.policy_difference(caller, tenant, &name, versions).await?;
    let body = Diff {
        name: &name,
        from: Side::from(&found.from),
        to: Side::from(&found.to),
        permissions: Permissions { added: &found.added, removed: &found.removed },
        settings: found
            .settings
            .iter()
            .map(|(path, from, to)| Change { path, from: from.as_ref(), to: to.as_ref() })
            .collect(),
    };
    Ok(Json(body).into_response())
}

fn version(query: &str, name: &'static str) -> Result<Option<u32>, Problem> {
    let wrong = || Problem::invalid_parameter(name, "must be a version's number");
    only(query, name)?.map(|text| text.parse().map_err(|_| wrong())).transpose()
}
