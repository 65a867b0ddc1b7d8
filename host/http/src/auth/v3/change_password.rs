//! `POST /auth/v3/change-password`: a new password for somebody who knows the one he has (reference genesys.md, section
//! 3). With a token it is the user's that the token speaks for; without one, the name must be in the body.

use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;

use super::userinfo::delegation;
use crate::call::{Arrival, Call, FOREIGN_PAGE, SignedIn};
use crate::request::json;
use crate::request::media_type::is_of;
use crate::respond::gws;
use crate::respond::problem::{Problem, ProblemCode};
use crate::shared::Shared;

/// Bytes of a request.
const BODY_BYTES: usize = 8 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    data: Given,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Given {
    old_password: String,
    new_password: String,
    /// As at the token endpoint: `ccId\user`, or an ops user without prefix.
    user_name: Option<String>,
}

/// The holder of a token, if one came.
pub(crate) struct Holder(Option<SignedIn>);

impl FromRequestParts<Shared> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(Self(None));
        }
        SignedIn::from_request_parts(parts, shared).await.map(|holder| Self(Some(holder)))
    }
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    arrival: Arrival,
    Holder(holder): Holder,
    call: Call,
) -> Result<Response, Problem> {
    if holder.is_none() {
        check_sender(&shared, &call.headers)?;
    }
    let from = shared.trust.client_address(arrival.peer, &call.headers).map_err(|_| Problem::unauthorized())?;
    let Envelope { data } = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let username = match (holder, data.user_name) {
        (Some(holder), named) => own_name(&holder, named.as_deref())?,
        (None, Some(named)) => named,
        (None, None) => return Err(Problem::unauthorized()),
    };
    let [old, new] = [data.old_password, data.new_password].map(PlainSecret::new);
    let changed = shared.manager.change_password(&username, &old, &new, from).await;
    if matches!(changed, Err(ManageError::Forbidden | ManageError::TooManyFailures { .. })) {
        shared.metrics.login_failure();
    }
    changed.map_err(|error| match error {
        ManageError::Invalid { field, message } => Problem::invalid_parameter(format!("/data/{field}"), message),
        other => other.into(),
    })?;
    Ok(gws::success(StatusCode::OK, ()))
}

/// Wrong passwords are counted against the network that they come from: no page may have a visitor's browser send them.
fn check_sender(shared: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    if !shared.is_own_page(headers) {
        return Err(Problem::new(ProblemCode::Forbidden, FOREIGN_PAGE));
    }
    // Which a form of another page cannot be, whatever its browser says of it.
    if is_of(headers, "application/json") {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type("without a token, the body must be JSON"))
    }
}

/// What the token's user signs in as. Whoever is named beside must be he.
fn own_name(holder: &SignedIn, named: Option<&str>) -> Result<String, Problem> {
    Ok(holder.caller().login_name(&delegation(holder)?.user, named)?)
}
