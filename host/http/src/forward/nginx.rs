//! nginx `auth_request`: a GET with the call's own headers and, as the recipe in `docs/OPERATING.md` sets them,
//! `X-Original-Method`, `X-Original-URI`, `X-Original-Length` and `X-Original-Transfer-Encoding`. No other style's header
//! is looked at.

use http::HeaderMap;
use wardgate_domain::ask::Ask;
use wardgate_domain::route::Target;
use wardgate_domain::signature::Wire;

use super::only;

pub(super) fn ask(headers: &HeaderMap) -> Ask<'_> {
    let method = only(headers, "x-original-method");
    let target = headers.contains_key("x-original-uri").then(|| only(headers, "x-original-uri").unwrap_or_default());
    let size = size(headers, method);
    let wire = wire(method, target, size);
    Ask { wire, method, target: target.map(Target::parse), size, ..Ask::new(headers) }
}

/// nginx does not show us bodies: a signature can be verified only over a call that has none.
fn wire<'a>(method: Option<&'a str>, target: Option<&'a str>, size: Option<u64>) -> Option<Wire<'a>> {
    (size == Some(0)).then_some(Wire { method: method?, target: target?, body: b"" })
}

/// nginx says nothing where a call has no body; for methods that have none, nothing is a size of 0.
fn size(headers: &HeaderMap, method: Option<&str>) -> Option<u64> {
    // Beside it no length counts (RFC 9112 section 6.3).
    if headers.contains_key("x-original-transfer-encoding") {
        return None;
    }
    if !headers.contains_key("x-original-length") {
        return matches!(method, Some("GET" | "HEAD")).then_some(0);
    }
    only(headers, "x-original-length").filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}
