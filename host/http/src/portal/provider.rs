//! `/portal/providers/{ccId}/{id}`: signing in to the portal by way of an App Space's identity provider. Each App Space has
//! an address of its own to come back to, so that no provider's answer is taken for another's (RFC 9700 section 4.4).

pub(crate) mod back;
pub(crate) mod confirm;
pub(crate) mod list;

use std::borrow::Cow;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::{AppSpaceId, TenantId, limits};
use wardgate_manage::browser::WayIn;

use crate::request::cookie::cookie;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// What the browser keeps while it is at the provider. `Lax`: it comes back from another site.
const NAME: &str = "__Host-wardgate-provider";

/// An App Space by the parts of its address.
pub(super) struct Place {
    tenant: TenantId,
    space: AppSpaceId,
    redirect_uri: String,
}

impl Place {
    pub(super) fn read(shared: &Shared, headers: &HeaderMap, (tenant, space): (&str, &str)) -> Result<Self, Problem> {
        let tenant = TenantId::parse(tenant).map_err(|_| Problem::not_found())?;
        let space = AppSpaceId::parse(space).ok_or_else(Problem::not_found)?;
        let issuer = shared.issuer.public_url.issuer(headers)?;
        let redirect_uri = format!("{issuer}/portal/providers/{tenant}/{space}/back");
        Ok(Self { tenant, space, redirect_uri })
    }

    pub(super) fn way(&self) -> WayIn<'_> {
        WayIn { tenant: &self.tenant, space: self.space, redirect_uri: &self.redirect_uri }
    }
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    Path((tenant, space)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = Place::read(&shared, &headers, (&tenant, &space))?;
    let (url, secret) = shared.manager.begin_at_provider(place.way()).await?;
    Ok(leave(&url, &[kept(Some(&secret))]))
}

/// The value of a parameter that is there once and no longer than a provider's code may be.
fn only<'a>(query: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
    let (value, more) = (values.next(), values.next());
    value.map(|(_, value)| value).filter(|value| more.is_none() && value.len() <= limits::PROVIDER_CODE_BYTES)
}

/// Sends a browser on.
fn leave(to: &str, cookies: &[HeaderValue]) -> Response {
    let to = HeaderValue::from_str(to).expect("a URL is ASCII without spaces");
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

/// `Set-Cookie` for a sign-in that is under way, or over.
fn kept(secret: Option<&PlainSecret>) -> HeaderValue {
    let (value, age) = secret.map_or(("", 0), |secret| (secret.expose(), limits::PROVIDER_SIGN_IN_S));
    let cookie = format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}");
    HeaderValue::from_str(&cookie).expect("a secret is letters, digits and a few signs")
}

fn sent(headers: &HeaderMap) -> Option<PlainSecret> {
    let value = cookie(headers, NAME).filter(|value| value.len() <= limits::CREDENTIAL_BYTES)?;
    Some(PlainSecret::new(value.to_owned()))
}
