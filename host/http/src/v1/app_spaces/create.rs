//! `POST /v1/app-spaces`: make an App Space; its provider is simple, unless another is named.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::Deserialize;
use wardgate_manage::app_spaces::{NewAppSpace, WantedProvider};

use super::{BODY_BYTES, ProviderBody, Shown};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    tenant: Option<String>,
    name: String,
    #[serde(default)]
    base_urls: Vec<String>,
    provider: Option<ProviderBody>,
}

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let tenant = signed_in.tenant_or(given.tenant.as_deref())?;
    let provider = given.provider.map_or(Ok(WantedProvider::Simple), ProviderBody::read)?;
    let new = NewAppSpace { name: given.name, base_urls: given.base_urls, provider };
    let space = shared.manager.create_app_space(signed_in.caller(), &tenant, new).await?;
    let location = [(LOCATION, signed_in.location(&format!("/v1/app-spaces/{}", space.id), &tenant))];
    Ok((StatusCode::CREATED, location, Json(Shown::new(&space))).into_response())
}
