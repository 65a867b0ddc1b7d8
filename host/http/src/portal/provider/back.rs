//! `GET /portal/providers/{ccId}/{id}/back`: where a provider sends a browser when somebody signed in, or did not; also who
//! was to show that it is still he.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::browser::{CONFIRMATION, PortalSession};
use wardgate_manage::tokens::TokenError;

use super::super::{cookie, page};
use super::{Place, kept, leave, only, sent};
use crate::call::Arrival;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Where whoever is not signed in is told so.
const FAILED: &str = "/portal#sign-in-failed";

pub(crate) async fn get(
    State(shared): State<Shared>,
    Path((tenant, space)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    arrival: Arrival,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = Place::read(&shared, &headers, (&tenant, &space))?;
    let query = query.as_deref().unwrap_or_default();
    if let Some(state) = only(query, "state").filter(|state| state.starts_with(CONFIRMATION)) {
        return Ok(leave(&confirmation(&space, &state, query), &[]));
    }
    let from = shared.trust.client_address(arrival.peer, &headers).map_err(|_| Problem::unauthorized())?;
    // Each try asks the provider, so that whoever fails too often is turned away before.
    if from.is_some_and(|address| shared.authorizer.is_turned_away(address)) {
        return Ok(leave(FAILED, &[kept(None)]));
    }
    match finish(&shared, &place, &headers, query).await {
        Ok((_, secret)) => Ok(leave(page::PATH, &[kept(None), cookie::begun(&secret)])),
        Err(TokenError::Unavailable(error)) => Err(error.into()),
        Err(_) => {
            shared.metrics.login_failure();
            if let Some(address) = from {
                shared.authorizer.note_failure(address);
            }
            Ok(leave(FAILED, &[kept(None)]))
        }
    }
}

async fn finish(
    shared: &Shared,
    place: &Place,
    headers: &HeaderMap,
    query: &str,
) -> Result<(PortalSession, PlainSecret), TokenError> {
    let (Some(state), Some(code), Some(secret)) = (only(query, "state"), only(query, "code"), sent(headers)) else {
        return Err(TokenError::InvalidGrant);
    };
    shared.manager.finish_at_provider(place.way(), &secret, (&state, &code)).await
}

/// Where the page takes over: a browser that comes from another site does not bring its session's cookie, and the page's
/// own calls do. After the `#`, which no server and no log is sent.
fn confirmation(space: &str, state: &str, query: &str) -> String {
    let code = only(query, "code").unwrap_or_default();
    let mut brought = form_urlencoded::Serializer::new(format!("{}#confirm?", page::PATH));
    brought.append_pair("app_space", space).append_pair("state", state).append_pair("code", &code);
    brought.finish()
}
