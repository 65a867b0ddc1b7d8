//! `PUT /api/account/bind`: a service names a user of its App Space; who is known already stays who he is.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::{Deserialize, Serialize};

use crate::call::{Call, SignedIn};
use crate::request::form::Form;
use crate::request::json;
use crate::request::media_type::is_of;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of what is said of a user.
const BODY_BYTES: usize = 16 * 1024;

/// The dialect's names, in a form or in JSON. What else its clients send is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    account_id: Option<String>,
    user_info: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    privakey_id: String,
    /// For binding a device, of which there are none here: always empty.
    session_token: &'static str,
    app_space_guid: String,
    app_space_name: &'a str,
}

pub(crate) async fn put(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let headers = call.headers.clone();
    let body = call.bytes(BODY_BYTES).await?;
    let given: Given = if is_of(&headers, "application/x-www-form-urlencoded") {
        let form = Form::parse(&body).map_err(|error| Problem::bad_request(error.detail()))?;
        let text = |name: &str| form.get(name).map(str::to_owned);
        Given { account_id: text("accountId"), user_info: text("userInfo") }
    } else {
        json::parse(&body)?
    };
    let account = given.account_id.ok_or_else(|| Problem::invalid_parameter("/accountId", "is missing"))?;
    let bound = shared.manager.bind_app_user(signed_in.caller(), account, given.user_info).await?;
    let id = bound.user.id.to_string();
    let location = format!("/v1/app-spaces/{}/users/{id}", bound.app_space.id);
    let told = Told {
        privakey_id: id,
        session_token: "",
        app_space_guid: bound.app_space.id.to_string(),
        app_space_name: &bound.app_space.name,
    };
    if bound.is_new {
        return Ok((StatusCode::CREATED, [(LOCATION, location)], Json(told)).into_response());
    }
    Ok(Json(told).into_response())
}
