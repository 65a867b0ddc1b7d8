//! The cookie of a session of the portal (security rule 76). `SameSite=Strict`: no page of another site leads here with it.

use http::{HeaderMap, HeaderValue};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;

use crate::request::cookie::cookie;

const NAME: &str = "__Host-wardgate-portal";

/// What the browser sent.
pub(crate) fn sent(headers: &HeaderMap) -> Option<PlainSecret> {
    let value = cookie(headers, NAME).filter(|value| value.len() <= limits::CREDENTIAL_BYTES)?;
    Some(PlainSecret::new(value.to_owned()))
}

/// `Set-Cookie` for a session that began or goes on under a new secret.
pub(crate) fn begun(secret: &PlainSecret) -> HeaderValue {
    let cookie = format!("{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict", secret.expose());
    HeaderValue::from_str(&cookie).expect("a secret is letters, digits and a few signs")
}

/// `Set-Cookie` for one that ended.
pub(crate) fn ended() -> HeaderValue {
    HeaderValue::from_static("__Host-wardgate-portal=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}
