//! The name of a request, in and out: a caller's own if it is harmless, else a fresh one.

use http::{HeaderMap, HeaderName, HeaderValue};
use wardgate_domain::Random;

/// The header that carries the name both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Length of a caller's own name for a request, in bytes.
pub const REQUEST_ID_BYTES: usize = 128;

/// Names one request in answers and logs. Always text that is safe in a header, a log line and JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The caller's name for the request if it is harmless, else a random one.
    pub fn of(headers: &HeaderMap, random: &Random) -> Self {
        Self::given(headers).unwrap_or_else(|| Self::fresh(random))
    }

    /// The caller's name for the request if it is 1 to 128 of `[A-Za-z0-9._-]`.
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        headers.get(X_REQUEST_ID).filter(|value| is_harmless(value.as_bytes())).map(|value| Self(value.clone()))
    }

    /// A random name of 32 hexadecimal digits.
    pub fn fresh(random: &Random) -> Self {
        let mut text = [0; 32];
        let text = random.uuid().simple().encode_lower(&mut text);
        Self(HeaderValue::from_str(text).expect("hexadecimal digits are a legal header value"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("a request id is ASCII")
    }

    /// The name as a header value; cheap.
    pub fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_harmless(text: &[u8]) -> bool {
    (1..=REQUEST_ID_BYTES).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(value).unwrap());
        RequestId::of(&headers, &Random::seeded(42)).as_str().to_owned()
    }

    #[test]
    fn a_harmless_name_is_kept() {
        for name in ["a", "req-1.2_3", &"x".repeat(128)] {
            assert_eq!(id_for(name), name);
        }
    }

    #[test]
    fn any_other_name_is_replaced() {
        for name in ["", "a b", "a\"b", "<script>", &"x".repeat(129)] {
            let id = id_for(name);
            assert_eq!(id.len(), 32);
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
