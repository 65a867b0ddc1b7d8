//! The cookie of a browser's session (security rule 76).
//!
//! `__Host-` keeps subdomains and plain HTTP from setting it. `SameSite=Lax`, not `Strict`: a client sends the browser to
//! the authorisation endpoint from a page of its own, and with `Strict` that request would come without a session.

use http::{HeaderMap, HeaderValue};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;
use wardgate_manage::browser::BrowserSession;

use crate::request::cookie::cookie;
use crate::shared::Shared;

const NAME: &str = "__Host-wardgate";

/// Whether the browser sent one, whatever it is worth.
pub(crate) fn is_sent(headers: &HeaderMap) -> bool {
    cookie(headers, NAME).is_some()
}

/// The session that the browser has, if it has one.
pub(crate) async fn of(shared: &Shared, headers: &HeaderMap) -> Result<Option<BrowserSession>, ManageError> {
    match sent(headers) {
        Some(secret) => shared.manager.browser_session(&secret).await,
        None => Ok(None),
    }
}

/// The session that the browser is to leave, also while its user's tenant is out of service.
pub(crate) async fn to_leave(shared: &Shared, headers: &HeaderMap) -> Result<Option<BrowserSession>, ManageError> {
    match sent(headers) {
        Some(secret) => shared.manager.session_to_leave(&secret).await,
        None => Ok(None),
    }
}

fn sent(headers: &HeaderMap) -> Option<PlainSecret> {
    let value = cookie(headers, NAME).filter(|value| value.len() <= limits::CREDENTIAL_BYTES)?;
    Some(PlainSecret::new(value.to_owned()))
}

/// `Set-Cookie` for a session that began.
pub(crate) fn begun(secret: &PlainSecret) -> HeaderValue {
    let cookie = format!("{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Lax", secret.expose());
    HeaderValue::from_str(&cookie).expect("a secret is letters, digits and a few signs")
}

/// `Set-Cookie` for one that ended.
pub(crate) fn ended() -> HeaderValue {
    HeaderValue::from_static("__Host-wardgate=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}
