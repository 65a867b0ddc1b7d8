//! `GET /portal`: the one page of the portal. It runs its own scripts and nothing else (security rules 78 and 79).

use axum::body::Body;
use axum::response::IntoResponse;
use http::{HeaderName, HeaderValue, Response};

use super::csp_reports;
use crate::respond::page::guard;

/// Where it is.
pub(crate) const PATH: &str = "/portal";

/// Trusted Types without any policy: no text ever becomes markup or script.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; \
     form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'; report-uri /portal/csp-reports; report-to csp",
);

pub(crate) async fn get() -> Response<Body> {
    let mut response = Body::from(wardgate_portal::page()).into_response();
    guard(response.headers_mut(), POLICY);
    let place = HeaderValue::from_static(csp_reports::ENDPOINT);
    response.headers_mut().insert(HeaderName::from_static("reporting-endpoints"), place);
    response
}
