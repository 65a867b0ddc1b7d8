//! What kind of body a request says that it has.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// Whether the request has exactly one content type and it is this; parameters such as a charset do not matter.
pub fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let said = only.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    said.trim_ascii().eq_ignore_ascii_case(media_type.as_bytes())
}
