//! `PUT /v1/tenants/{ccId}/policies/{name}`: put a policy into use. It is asked from the next call on.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use wardgate_manage::policies::NewPolicy;

use super::Shown;
use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of a policy in JSON: the longest settings fit, however they are written.
const BODY_BYTES: usize = 256 * 1024;

/// What a body says about a policy. Its name, version and digest may stand in it, as in one that was read before; the
/// name is the one in the path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: Option<String>,
    module: String,
    permissions: Vec<String>,
    settings: Option<Value>,
    #[serde(rename = "digest")]
    _digest: Option<Value>,
    #[serde(rename = "version")]
    _version: Option<Value>,
}

pub(crate) async fn put(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    if given.name.is_some_and(|name| name != of.name) {
        return Err(Problem::invalid_parameter("/name", "must be the one in the path"));
    }
    let new = NewPolicy {
        module: given.module,
        permissions: given.permissions,
        settings: given.settings.unwrap_or_else(|| json!({})).to_string(),
    };
    let (policy, made) = shared.manager.put_policy(administrator.caller(), &of.tenant, &of.name, new).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Shown::new(&policy)?)).into_response())
}
