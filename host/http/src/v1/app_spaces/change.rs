//! `PATCH /v1/app-spaces/{id}`: what changes about an App Space. It counts at once, without a restart.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wardgate_manage::app_spaces::AppSpacePatch;

use super::{BODY_BYTES, ProviderBody, Shown};
use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: Option<String>,
    base_urls: Option<Vec<String>>,
    provider: Option<ProviderBody>,
}

pub(crate) async fn patch(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let provider = given.provider.map(ProviderBody::read).transpose()?;
    let patch = AppSpacePatch { name: given.name, base_urls: given.base_urls, provider };
    let space = shared.manager.change_app_space(signed_in.caller(), signed_in.tenant(), &id, patch).await?;
    Ok(Json(Shown::new(&space)).into_response())
}
