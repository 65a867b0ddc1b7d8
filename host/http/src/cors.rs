//! Web pages of other origins: may one call us, and read the answer? It may if a tenant in service has its origin among
//! its `cors-origins`; with a credential of its own, never with the browser's. `/api` has a list of its own, and the doors
//! for gateways and the pages for people are for no page.

use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use crate::routes::{self, Audience, RPC, RouteLine};
use crate::shared::Shared;

/// What a page may send beside what every page may (the Fetch standard, section 2.2.2).
const SENT: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Traceparent, X-Api-Key, X-Ccid, X-Request-Id");
/// What a page may read beside what every page may.
const READ: HeaderValue = HeaderValue::from_static(
    "Location, RateLimit, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, \
     WWW-Authenticate, X-Request-Id",
);
/// How long a browser may remember the answer to a preflight, in seconds.
const REMEMBERED_S: HeaderValue = HeaderValue::from_static("600");

/// What is known of the page behind a request.
pub(crate) struct Page {
    /// Its origin, if it may read the answer.
    let_in: Option<HeaderValue>,
    /// Whether the answer depends on the origin at all.
    open: bool,
    /// The route's methods, where a browser asks before the page may call.
    preflight: Option<&'static str>,
}

impl Page {
    /// Looks at where a request comes from.
    pub(crate) async fn of(shared: &Shared, parts: &Parts) -> Self {
        let line = routes::line_of(parts.uri.path()).filter(|line| is_open(line));
        let (open, mut let_in) = (line.is_some(), None);
        if let (Some(_), Some(origin)) = (line, only(&parts.headers))
            && let Ok(text) = origin.to_str()
        {
            let known = shared.manager.lets_in_pages_of(text).await;
            // Where nobody can say, the page is not let in.
            let known = known.inspect_err(|error| tracing::warn!(%error, "the origins of pages cannot be read"));
            let_in = known.unwrap_or(false).then(|| origin.clone());
        }
        let asks = parts.method == Method::OPTIONS && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Self { preflight: line.filter(|_| asks && let_in.is_some()).map(|line| line.methods), let_in, open }
    }

    /// The answer to a browser that asks first, for a page that is let in. Any other is told what the route says to its
    /// method, which browsers take for a no.
    pub(crate) fn preflight(&self) -> Option<Response<Body>> {
        let methods = self.preflight?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let sent = response.headers_mut();
        sent.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        sent.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        sent.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED_S);
        Some(response)
    }

    /// Says on an answer who may read it.
    pub(crate) fn mark(self, sent: &mut HeaderMap) {
        if self.open {
            sent.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = self.let_in {
            sent.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            sent.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READ);
        }
    }
}

fn is_open(line: &RouteLine) -> bool {
    !matches!(line.audience, Audience::Gateway | Audience::Person) && line.path != RPC
}

/// The one origin that a browser sends.
fn only(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let first = origins.next()?;
    origins.next().is_none().then_some(first)
}
