//! `/v1/users`: a tenant's users, and the cluster's, who are the ops users.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod reset_password;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Deserializer, Serialize};
use wardgate_domain::AppSpaceId;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::{Right, Rights, Role, User};
use wardgate_manage::users::Told;

use crate::respond::problem::Problem;
use crate::time;

/// Bytes of a user in JSON: as many grants as there may be.
const BODY_BYTES: usize = 64 * 1024;

/// A user on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    tenant: &'a str,
    name: &'a str,
    role: &'static str,
    /// What he may do beyond his role.
    privileges: Vec<&'static str>,
    /// The App Spaces that he is given.
    app_spaces: Vec<String>,
    grants: Vec<String>,
    enabled: bool,
    email: Option<&'a str>,
    given_name: Option<&'a str>,
    family_name: Option<&'a str>,
    created: String,
    password_set: String,
    /// The password that was made for him, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(user: &'a User) -> Self {
        Self {
            id: user.id.to_string(),
            tenant: user.tenant.as_str(),
            name: user.name.as_str(),
            role: user.role.as_str(),
            privileges: user.privileges.iter().map(Right::privilege).collect(),
            app_spaces: user.app_spaces.iter().map(ToString::to_string).collect(),
            grants: user.grants.to_texts(),
            enabled: user.enabled,
            email: user.email.as_deref(),
            given_name: user.given_name.as_deref(),
            family_name: user.family_name.as_deref(),
            created: time::to_text(user.created),
            password_set: time::to_text(user.password_set),
            password: None,
        }
    }
}

/// A user, with the password that was made for him if one was.
fn answer(status: StatusCode, user: &User, made: Option<&PlainSecret>) -> Response {
    let shown = Shown { password: made.map(PlainSecret::expose), ..Shown::new(user) };
    (status, [(CACHE_CONTROL, "no-store")], Json(shown)).into_response()
}

fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).ok_or_else(|| {
        Problem::invalid_parameter("/role", "must be admin, key-manager, viewer, app-space-admin, support or member")
    })
}

fn privileges(texts: &[String]) -> Result<Rights, Problem> {
    let read = |(at, text): (usize, &String)| {
        Right::parse(text).ok_or_else(|| {
            Problem::invalid_parameter(format!("/privileges/{at}"), "must be a privilege such as Nexus.ApiKeys.canRead")
        })
    };
    texts.iter().enumerate().map(read).collect()
}

fn app_spaces(texts: &[String]) -> Result<Vec<AppSpaceId>, Problem> {
    let read = |(at, text): (usize, &String)| {
        let wrong = || Problem::invalid_parameter(format!("/app_spaces/{at}"), "must be the id of an App Space");
        AppSpaceId::parse(text).ok_or_else(wrong)
    };
    texts.iter().enumerate().map(read).collect()
}

/// An explicit `null` takes away what is there; leaving a member out leaves it.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Told>, D::Error> {
    let text = Option::deserialize(deserializer)?;
    Ok(Some(text.map_or(Told::Nothing, Told::Text)))
}
