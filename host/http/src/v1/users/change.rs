//! `PUT` and `PATCH /v1/users/{id}`: role, privileges, grants, enabled, and what is known of the person. PUT states the
//! whole user, so it needs a role; PATCH states what changes. His name stays, and a password is not set here.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use wardgate_manage::users::{Told, UserPatch};

use super::{BODY_BYTES, answer, app_spaces, nullable, privileges, role};
use crate::call::{Call, Id, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// What a body says about a user. What only the server sets may stand in it, as in one who was read before, and is not
/// looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    tenant: Option<String>,
    name: Option<String>,
    role: Option<String>,
    privileges: Option<Vec<String>>,
    app_spaces: Option<Vec<String>>,
    grants: Option<Vec<String>>,
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    email: Option<Told>,
    #[serde(default, deserialize_with = "nullable")]
    given_name: Option<Told>,
    #[serde(default, deserialize_with = "nullable")]
    family_name: Option<Told>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "created")]
    _created: Option<IgnoredAny>,
    #[serde(rename = "password_set")]
    _password_set: Option<IgnoredAny>,
}

pub(crate) async fn patch(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    change(&shared, &signed_in, &id, call, Ok).await
}

pub(crate) async fn put(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    change(&shared, &signed_in, &id, call, whole).await
}

async fn change(
    shared: &Shared,
    signed_in: &SignedIn,
    id: &str,
    call: Call,
    complete: impl FnOnce(Body) -> Result<Body, Problem>,
) -> Result<Response, Problem> {
    let given = complete(json::parse(&call.bytes(BODY_BYTES).await?)?)?;
    if given.tenant.as_ref().is_some_and(|named| *named != signed_in.tenant().as_str()) {
        return Err(Problem::invalid_parameter("/tenant", "a user cannot move to another tenant"));
    }
    let patch = UserPatch {
        name: given.name,
        role: given.role.as_deref().map(role).transpose()?,
        privileges: given.privileges.as_deref().map(privileges).transpose()?,
        app_spaces: given.app_spaces.as_deref().map(app_spaces).transpose()?,
        grants: given.grants,
        enabled: given.enabled,
        email: given.email,
        given_name: given.given_name,
        family_name: given.family_name,
    };
    let user = shared.manager.change_user(signed_in.caller(), signed_in.tenant(), id, patch).await?;
    Ok(answer(StatusCode::OK, &user, None))
}

/// What PUT leaves out takes the value that a new user would have.
fn whole(given: Body) -> Result<Body, Problem> {
    if given.role.is_none() {
        return Err(Problem::invalid_parameter("/role", "is missing"));
    }
    Ok(Body {
        privileges: given.privileges.or_else(|| Some(Vec::new())),
        app_spaces: given.app_spaces.or_else(|| Some(Vec::new())),
        grants: given.grants.or_else(|| Some(Vec::new())),
        enabled: given.enabled.or(Some(true)),
        email: given.email.or(Some(Told::Nothing)),
        given_name: given.given_name.or(Some(Told::Nothing)),
        family_name: given.family_name.or(Some(Told::Nothing)),
        ..given
    })
}
