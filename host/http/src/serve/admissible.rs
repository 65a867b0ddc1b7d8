//! What every request must be before a handler sees it: one cheap pass over what hyper parsed. What hyper parses away is
//! checked on the wire before.

use http::header::{CONTENT_ENCODING, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request, Version};
use hyper::body::Body;

use super::ServeLimits;
use crate::respond::problem::Problem;

/// Refuses a request with too long a target, too many header lines, no or two hosts, another host in its target than in
/// its header, or an encoded body (security rules 61 to 63).
pub(super) fn admissible<B: Body>(request: &Request<B>, limits: &ServeLimits) -> Result<(), Problem> {
    let uri = request.uri();
    let target_bytes = uri.path_and_query().map_or(0, |target| target.as_str().len());
    let authority_bytes = uri.authority().map_or(0, |authority| authority.as_str().len());
    if target_bytes + authority_bytes > limits.uri_bytes {
        return Err(Problem::uri_too_long(limits.uri_bytes).closing());
    }
    if request.headers().len() > limits.header_lines {
        return Err(Problem::headers_too_large(limits.header_lines).closing());
    }
    let host = only_host(request)?;
    if let Some(authority) = uri.authority() {
        same_host(uri.path_and_query().is_some(), authority, host)?;
    }
    if !request.body().is_end_stream() && request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Problem::unsupported_media_type("a request body must not be encoded").closing());
    }
    Ok(())
}

/// The one host of the request. HTTP/1.0 may come without.
fn only_host<B>(request: &Request<B>) -> Result<Option<&HeaderValue>, Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host.as_bytes()) => Ok(Some(host)),
        (None, None) if request.version() == Version::HTTP_10 => Ok(None),
        _ => Err(Problem::bad_request("a request must name exactly one host").closing()),
    }
}

/// Whether the text can be a host and port: nothing that ends an authority, separates lists or hides another host.
fn is_host(host: &[u8]) -> bool {
    !host.is_empty()
        && host.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'?' | b'#' | b'@' | b',' | b'\\'))
}

/// A proxy's target, `http://host/path`, must name the host of the header. A bare authority is a tunnel, which this
/// server is not.
fn same_host(has_path: bool, authority: &Authority, host: Option<&HeaderValue>) -> Result<(), Problem> {
    let same = host.is_none_or(|host| authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes()));
    if has_path && same {
        Ok(())
    } else {
        Err(Problem::bad_request("the target and the host header must name the same host").closing())
    }
}
