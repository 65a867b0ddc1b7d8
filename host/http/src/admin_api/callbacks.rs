//! `POST …/requestOrigins/{origin}/callbacks/new`: list one more callback.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{BODY_BYTES, Place, made};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    callback_url: String,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Place { company, space, origin }: Place,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let caller = signed_in.caller();
    let kept = shared.manager.get_origin(caller, &company, &origin).await?;
    if kept.app_space.to_string() != space {
        return Err(Problem::not_found());
    }
    let callback = shared.manager.add_origin_callback(caller, &company, &origin, &given.callback_url).await?;
    let path = format!("/admin/api/companies/{company}/appSpaces/{space}/requestOrigins/{origin}");
    Ok(made(format!("{path}/callbacks/{}", callback.guid())))
}
