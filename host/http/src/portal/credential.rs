//! The portal's cookie as a credential of the public API: only for the portal's own pages, which say so in a way that no
//! other page can (security rule 77), and for changes only soon after he showed who he is (security rule 80).

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use wardgate_manage::browser::PortalSession;

use super::cookie;
use crate::call::FOREIGN_PAGE;
use crate::request::media_type::is_of;
use crate::request::own_page::is_said_by_own_page;
use crate::request::unattended::is_unattended;
use crate::respond::problem::{Problem, ProblemCode};
use crate::routes;
use crate::shared::Shared;

/// What the portal's pages send with each call, and a page of another origin could only after asking.
const MARK: HeaderName = HeaderName::from_static("x-wardgate-portal");

/// What is sent as a change and makes none: tries, which keep nothing and show no secret.
const TRIES: [&str; 3] = [
    "/v1/explain",
    "/v1/tenants/{ccId}/policies/{name}/versions/{version}/replay",
    "/v1/tenants/{ccId}/policies/{name}/versions/{version}/trial",
];

/// Somebody at the portal, for the portal's own routes: whether or not he showed his password just now.
pub(crate) struct AtPortal(pub(crate) PortalSession);

impl FromRequestParts<Shared> for AtPortal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        check_sender(shared, &parts.method, &parts.headers)?;
        session(shared, &parts.headers).await.map(Self)
    }
}

/// The session that a call comes with, if it is one of the portal's and brings no credential of its own.
pub(crate) async fn presented(parts: &Parts, shared: &Shared) -> Result<Option<PortalSession>, Problem> {
    if parts.headers.contains_key(AUTHORIZATION) || !is_marked(&parts.headers) {
        return Ok(None);
    }
    check_sender(shared, &parts.method, &parts.headers)?;
    let session = session(shared, &parts.headers).await?;
    let is_try = routes::line_of(parts.uri.path()).is_some_and(|line| TRIES.contains(&line.path));
    if is_change(&parts.method) && !is_try && !session.is_confirmed() {
        let why = "the password must be shown again, here or at an identity provider, before this is changed";
        return Err(Problem::new(ProblemCode::ConfirmationNeeded, why));
    }
    Ok(Some(session))
}

/// Whether a page of the portal sends this, and what it says it sends could be no other page's form.
pub(crate) fn check_sender(shared: &Shared, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let own = shared.issuer.public_url.issuer(headers);
    if !is_marked(headers) || !is_said_by_own_page(headers, own.as_deref().unwrap_or("no origin")) {
        return Err(Problem::new(ProblemCode::Forbidden, FOREIGN_PAGE));
    }
    if is_change(method) && !is_of(headers, "application/json") && !is_of(headers, "application/wasm") {
        return Err(Problem::unsupported_media_type("at the portal, the body of a change must be JSON or a component"));
    }
    Ok(())
}

async fn session(shared: &Shared, headers: &HeaderMap) -> Result<PortalSession, Problem> {
    let secret = cookie::sent(headers).ok_or_else(Problem::unauthorized)?;
    let found = shared.manager.portal_session(&secret, !is_unattended(headers)).await?;
    found.ok_or_else(Problem::unauthorized)
}

fn is_marked(headers: &HeaderMap) -> bool {
    let mut marks = headers.get_all(MARK).iter();
    marks.next().is_some_and(|mark| mark == "1") && marks.next().is_none()
}

fn is_change(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}
