//! `POST /admin/api/companies/{company}/appSpaces/new`: make an App Space with a simple provider.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wardgate_manage::app_spaces::{NewAppSpace, WantedProvider};

use super::{BODY_BYTES, Place, made};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    name: String,
    idp_type: Option<String>,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    place: Place,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    if given.idp_type.is_some_and(|kind| kind != "simple") {
        let rule = "must be simple: other providers are made by /v1/app-spaces";
        return Err(Problem::invalid_parameter("/idpType", rule));
    }
    let new = NewAppSpace { name: given.name, base_urls: Vec::new(), provider: WantedProvider::Simple };
    let space = shared.manager.create_app_space(signed_in.caller(), &place.company, new).await?;
    Ok(made(format!("/admin/api/companies/{}/appSpaces/{}", place.company, space.id)))
}
