//! `GET /portal/providers/{ccId}/{id}/confirm`: sends whoever is at the portal to an identity provider, to show there that
//! it is still he (security rule 80). He comes back where those who sign in do, and his page goes on from there.

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;

use super::super::{cookie, page};
use super::{Place, leave};
use crate::request::cookie::cookie as named;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// What the browser keeps while it is at the provider. `Strict`: it is sent by our own page alone.
const NAME: &str = "__Host-wardgate-confirmation";

pub(crate) async fn get(
    State(shared): State<Shared>,
    Path((tenant, space)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = Place::read(&shared, &headers, (&tenant, &space))?;
    let session = match cookie::sent(&headers).filter(|_| shared.is_own_page(&headers)) {
        Some(secret) => shared.manager.portal_session(&secret, true).await?,
        None => None,
    };
    // A person sees the answer: whoever is not signed in is shown where that is done.
    let Some(session) = session else { return Ok(leave(page::PATH, &[])) };
    let (url, secret) = shared.manager.begin_confirmation(&session, place.way()).await?;
    Ok(leave(&url, &[begun(&secret)]))
}

/// `Set-Cookie` for a confirmation that is under way.
fn begun(secret: &PlainSecret) -> HeaderValue {
    let age = limits::PROVIDER_SIGN_IN_S;
    let cookie = format!("{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={age}", secret.expose());
    HeaderValue::from_str(&cookie).expect("a secret is letters, digits and a few signs")
}

/// `Set-Cookie` for one that is over.
pub(crate) fn ended() -> HeaderValue {
    HeaderValue::from_static("__Host-wardgate-confirmation=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// What the browser brings back.
pub(crate) fn sent(headers: &HeaderMap) -> Option<PlainSecret> {
    let value = named(headers, NAME).filter(|value| value.len() <= limits::CREDENTIAL_BYTES)?;
    Some(PlainSecret::new(value.to_owned()))
}
