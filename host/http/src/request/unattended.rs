//! What a page asks by itself, again and again: it says so, and keeps nothing open by that.

use http::{HeaderMap, HeaderName};

const UNATTENDED: HeaderName = HeaderName::from_static("x-wardgate-unattended");

/// Whether nobody is known to be there who asks this. Whoever says so of himself has only that his time runs on.
pub(crate) fn is_unattended(headers: &HeaderMap) -> bool {
    headers.get(UNATTENDED).is_some_and(|said| said == "1")
}
