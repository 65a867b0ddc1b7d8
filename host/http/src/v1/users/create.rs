//! `POST /v1/users`: make a user. Where no password is given, the answer has the one that was made, this once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::Deserialize;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::Role;
use wardgate_manage::users::NewUser;

use super::{BODY_BYTES, answer, app_spaces, privileges, role};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    tenant: Option<String>,
    name: String,
    role: Option<String>,
    #[serde(default)]
    privileges: Vec<String>,
    #[serde(default)]
    app_spaces: Vec<String>,
    #[serde(default)]
    grants: Vec<String>,
    enabled: Option<bool>,
    email: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    password: Option<String>,
}

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let given: Body = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let tenant = signed_in.tenant_or(given.tenant.as_deref())?;
    let new = NewUser {
        name: given.name,
        role: given.role.as_deref().map_or(Ok(Role::Member), role)?,
        privileges: privileges(&given.privileges)?,
        app_spaces: app_spaces(&given.app_spaces)?,
        grants: given.grants,
        enabled: given.enabled.unwrap_or(true),
        email: given.email,
        given_name: given.given_name,
        family_name: given.family_name,
        password: given.password.map(PlainSecret::new),
    };
    let (user, made) = shared.manager.create_user(signed_in.caller(), &tenant, new).await?;
    let location = [(LOCATION, signed_in.location(&format!("/v1/users/{}", user.id), &tenant))];
    Ok((location, answer(StatusCode::CREATED, &user, made.as_ref())).into_response())
}
