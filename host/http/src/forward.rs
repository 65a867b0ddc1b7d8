//! `/forward/PROXY`: doors for proxies that ask before they pass a call on. One address per proxy style, because a proxy
//! hands on the headers that another style would trust (security rule 52). Answers have no body, for nginx and Caddy
//! drop the upstream connection over one.

mod answer;
mod nginx;

use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;
use wardgate_domain::Permission;
use wardgate_domain::ask::Ask;

use crate::serve::Peer;
use crate::shared::Shared;

/// A proxy style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proxy {
    Nginx,
}

/// The proxy style that a path stands for.
pub(crate) fn proxy(path: &str) -> Option<Proxy> {
    (path == "/forward/nginx").then_some(Proxy::Nginx)
}

/// Decides the call that the proxy describes.
pub(crate) async fn answer(shared: &Shared, proxy: Proxy, request: &Request<Incoming>, peer: Peer) -> Response<Body> {
    let headers = request.headers();
    if !shared.may_ask(peer, headers) {
        return answer::bare(StatusCode::NOT_FOUND);
    }
    // The proxy's configuration may fix the permission; a mistake in it must not open the door.
    let Ok(permission) = fixed_permission(request.uri().query()) else {
        return answer::bare(StatusCode::FORBIDDEN);
    };
    let Ok(client_address) = shared.trust.client_address(peer, headers) else {
        return answer::bare(StatusCode::FORBIDDEN);
    };
    let ask = match proxy {
        Proxy::Nginx => nginx::ask(headers),
    };
    let ask = Ask { permission: permission.as_ref(), client_address, fulfils: Some(answer::can_fulfil), ..ask };
    let decision = shared.decide(&ask).await;
    answer::from_decision(&decision, headers)
}

/// `?permission=`, once; anything else in the query is a mistake.
fn fixed_permission(query: Option<&str>) -> Result<Option<Permission>, ()> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(None) };
    let mut members = form_urlencoded::parse(query.as_bytes());
    match (members.next(), members.next()) {
        (Some((name, value)), None) if name == "permission" => Permission::parse(&value).map(Some).map_err(drop),
        _ => Err(()),
    }
}

/// The only value of a header, if it has exactly one that is text.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}
