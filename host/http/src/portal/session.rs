//! `/portal/session`: signing in to the portal, who is signed in, signing out.

pub(crate) mod confirm;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::Right;
use wardgate_manage::browser::PortalSession;
use wardgate_manage::tokens::TokenError;

use super::cookie;
use super::credential::{AtPortal, check_sender};
use crate::call::{Arrival, Call};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;

/// Bytes of a request (security rule 64): the longest password, escaped, fits.
const BODY_BYTES: usize = 8 * 1024;

/// What somebody shows who he is with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Whose user; left out for the cluster's.
    #[serde(default)]
    tenant: String,
    user: Option<String>,
    password: Option<String>,
    /// In place of all that, what `wardgate admin` printed.
    link: Option<String>,
}

/// Who is signed in, and what he may do.
#[derive(Serialize)]
struct Shown<'a> {
    tenant: &'a str,
    user: &'a str,
    id: String,
    role: &'static str,
    rights: Vec<&'static str>,
    /// Until when he need not show his password again before he changes something.
    confirmed_until: String,
    ends: String,
    idle_seconds: u32,
}

pub(crate) async fn get(AtPortal(session): AtPortal) -> Response {
    shown(StatusCode::OK, &session, None)
}

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Result<Response, Problem> {
    check_sender(&shared, &Method::POST, &call.headers)?;
    let headers = call.headers.clone();
    let from = shared.trust.client_address(arrival.peer, &headers).map_err(|_| Problem::unauthorized())?;
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let began = match (given.user, given.password, given.link) {
        (Some(user), Some(password), None) => {
            let username = match given.tenant.as_str() {
                "" | "*" => user,
                tenant => format!("{tenant}\\{user}"),
            };
            shared.manager.sign_in_to_portal(&username, &PlainSecret::new(password), from).await
        }
        (None, None, Some(link)) if given.tenant.is_empty() => {
            shared.manager.sign_in_to_portal_by_link(&PlainSecret::new(link)).await
        }
        _ => return Err(Problem::bad_request("a user's name and password are needed, or a link alone")),
    };
    let (session, secret) = began.map_err(|error| refused(&shared, error))?;
    end_previous(&shared, &headers).await;
    Ok(shown(StatusCode::CREATED, &session, Some(&secret)))
}

pub(crate) async fn delete(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    check_sender(&shared, &Method::DELETE, &headers)?;
    if let Some(secret) = cookie::sent(&headers) {
        shared.manager.end_portal(&secret).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie::ended())]).into_response())
}

/// The session that the browser had is of no use to it any more.
async fn end_previous(shared: &Shared, headers: &HeaderMap) {
    if let Some(previous) = cookie::sent(headers)
        && let Err(cause) = shared.manager.end_portal(&previous).await
    {
        tracing::warn!(%cause, "a browser's previous session could not be ended");
    }
}

/// The same words whatever is wrong with name or password (security rule 17).
fn refused(shared: &Shared, error: TokenError) -> Problem {
    let problem = match error {
        TokenError::Unavailable(error) => return error.into(),
        TokenError::TooManyFailures { retry_after_s } => Problem::rate_limited(retry_after_s),
        _ => Problem::unauthorized(),
    };
    shared.metrics.login_failure();
    problem
}

fn shown(status: StatusCode, session: &PortalSession, secret: Option<&PlainSecret>) -> Response {
    let user = session.user();
    let shown = Shown {
        tenant: user.tenant.as_str(),
        user: user.name.as_str(),
        id: user.id.to_string(),
        role: user.role.as_str(),
        rights: user.rights_anywhere().iter().map(Right::privilege).collect(),
        confirmed_until: time::to_text(session.confirmed_until()),
        ends: time::to_text(session.ends()),
        idle_seconds: limits::PORTAL_IDLE_S,
    };
    let mut response = (status, [(CACHE_CONTROL, "no-store")], Json(shown)).into_response();
    if let Some(secret) = secret {
        response.headers_mut().insert(SET_COOKIE, cookie::begun(secret));
    }
    response
}
