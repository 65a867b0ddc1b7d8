//! `POST /portal/session/confirm`: the password once more, or what an identity provider sent back, before something is
//! changed (security rule 80). The session goes on under a new cookie.

use std::net::IpAddr;

use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::browser::{NotConfirmed, PortalSession};

use super::{BODY_BYTES, refused, shown};
use crate::call::{Arrival, Call};
use crate::portal::credential::AtPortal;
use crate::portal::provider::{Place, confirm};
use crate::request::json;
use crate::respond::problem::{Problem, ProblemCode};
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    password: Option<String>,
    provider: Option<Brought>,
}

/// What came back from the provider of an App Space of his tenant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brought {
    app_space: String,
    state: String,
    code: String,
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    arrival: Arrival,
    AtPortal(session): AtPortal,
    call: Call,
) -> Result<Response, Problem> {
    let headers = call.headers.clone();
    let from = shared.trust.client_address(arrival.peer, &headers).map_err(|_| Problem::unauthorized())?;
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    match (given.password, given.provider) {
        (Some(password), None) => {
            let confirmed = shared.manager.confirm_portal(&session, &PlainSecret::new(password), from).await;
            let (session, secret) = confirmed.map_err(|error| refused(&shared, error))?;
            Ok(shown(StatusCode::OK, &session, Some(&secret)))
        }
        // Each try asks the provider, so that whoever fails too often is turned away before.
        (None, Some(_)) if from.is_some_and(|address| shared.authorizer.is_turned_away(address)) => {
            let why = "too many tries failed from this network: wait a few minutes";
            Err(Problem::new(ProblemCode::NotConfirmed, why))
        }
        (None, Some(brought)) => {
            let confirmed = at_provider(&shared, &session, &headers, brought).await;
            let (session, secret) = confirmed.map_err(|error| not_confirmed(&shared, error, from))?;
            let mut response = shown(StatusCode::OK, &session, Some(&secret));
            response.headers_mut().append(SET_COOKIE, confirm::ended());
            Ok(response)
        }
        _ => Err(Problem::bad_request("a password is needed, or what a provider sent back")),
    }
}

async fn at_provider(
    shared: &Shared,
    session: &PortalSession,
    headers: &HeaderMap,
    brought: Brought,
) -> Result<(PortalSession, PlainSecret), NotConfirmed> {
    let too_long = brought.code.len() > limits::PROVIDER_CODE_BYTES;
    let place = Place::read(shared, headers, (session.user().tenant.as_str(), &brought.app_space));
    let (Ok(place), Some(secret), false) = (place, confirm::sent(headers), too_long) else {
        return Err(NotConfirmed::Refused);
    };
    shared.manager.confirm_at_provider(session, place.way(), &secret, (&brought.state, &brought.code)).await
}

fn not_confirmed(shared: &Shared, error: NotConfirmed, from: Option<IpAddr>) -> Problem {
    if let NotConfirmed::Unavailable(error) = error {
        return error.into();
    }
    shared.metrics.login_failure();
    if let Some(address) = from {
        shared.authorizer.note_failure(address);
    }
    Problem::new(ProblemCode::NotConfirmed, error.to_string())
}
