//! `PUT /v1/tenants/{ccId}/policies/{name}/versions`: make a version, of a component's bytes or of new settings. Nothing that
//! is in force changes by it.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use wardgate_manage::policies::{Code, NewVersion};

use super::Shown;
use crate::call::{Administrator, Call};
use crate::request::json;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of a version in JSON beside its component: the longest settings fit, however they are written.
const BESIDE_BYTES: usize = 256 * 1024;

/// What a body says about a version. What is left out is as in the version in force.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    module: Option<String>,
    component: Option<String>,
    permissions: Option<Vec<String>>,
    settings: Option<Value>,
}

pub(crate) async fn put(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    RawQuery(query): RawQuery,
    call: Call,
) -> Result<Response, Problem> {
    let room = shared.manager.room_for_upload(administrator.caller(), &of.tenant).await;
    // Whoever is refused sends the rest of his bytes to nobody.
    let room = room.map_err(|error| Problem::from(error).closing())?;
    let wasm = is_wasm(&call.headers).map_err(Problem::closing)?;
    let new = if wasm {
        let permissions = permissions(query.as_deref().unwrap_or_default())?;
        let component = call.bytes(room.bytes).await?;
        NewVersion { code: Code::Bytes(component.into()), permissions, settings: None }
    } else {
        read(&call.bytes(room.bytes / 3 * 4 + BESIDE_BYTES).await?)?
    };
    let (version, measured, made) =
        shared.manager.add_policy_version(administrator.caller(), &of.tenant, &of.name, new).await?;
    drop(room);
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Shown::new(&version, Some(&measured))?)).into_response())
}

fn is_wasm(headers: &HeaderMap) -> Result<bool, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/wasm" => Ok(true),
        "application/json" => Ok(false),
        _ => Err(Problem::unsupported_media_type("send a component as application/wasm, or application/json")),
    }
}

fn permissions(query: &str) -> Result<Option<Vec<String>>, Problem> {
    let mut permissions = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "permissions" => permissions.push(value.into_owned()),
            _ => return Err(Problem::invalid_parameter(name.into_owned(), "there is no such parameter")),
        }
    }
    Ok(Some(permissions).filter(|permissions| !permissions.is_empty()))
}

fn read(body: &Bytes) -> Result<NewVersion, Problem> {
    let given: Given = json::parse(body)?;
    let code = match (given.module, given.component) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_parameter("/component", "a version has either this or module"));
        }
        (Some(module), None) => Code::Named(module),
        (None, Some(text)) => {
            let component = STANDARD.decode(text);
            Code::Bytes(component.map_err(|_| Problem::invalid_parameter("/component", "must be base64"))?)
        }
        (None, None) => Code::Same,
    };
    let settings = given.settings.map(|settings| settings.to_string());
    Ok(NewVersion { code, permissions: given.permissions, settings })
}
