//! What the token endpoint, introspection and revocation have in common: a form from a client that says who it is.

use std::net::IpAddr;

use axum::response::Response;
use bytes::Bytes;
use form_urlencoded::parse;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;
use wardgate_manage::tokens::{PresentedClient, TokenError};

use crate::call::{Arrival, Call, basic_pair};
use crate::request::form::Form;
use crate::respond::oauth::OAuthError;
use crate::shared::Shared;

/// Bytes of a form (security rule 64).
const BODY_BYTES: usize = 8 * 1024;

/// A client's request, read whole.
pub(super) struct Asking {
    headers: HeaderMap,
    from: Option<IpAddr>,
    body: Bytes,
}

/// How the client said who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By Basic, so that a refusal challenges.
    Header,
    /// In the form.
    Form,
}

impl Asking {
    pub(super) async fn read(shared: &Shared, arrival: &Arrival, call: Call) -> Result<Self, OAuthError> {
        let headers = call.headers.clone();
        let unreadable = |_| OAuthError::InvalidRequest("X-Forwarded-For cannot be read".to_owned());
        let from = shared.trust.client_address(arrival.peer, &headers).map_err(unreadable)?;
        Ok(Self { headers, from, body: call.bytes(BODY_BYTES).await? })
    }

    pub(super) fn form(&self) -> Result<Form<'_>, OAuthError> {
        Ok(Form::read(&self.headers, &self.body)?)
    }

    /// Where the client is, if that is known.
    pub(super) fn from(&self) -> Option<IpAddr> {
        self.from
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(super) fn client(&self, form: &Form<'_>) -> Result<(PresentedClient, By), OAuthError> {
        client(&self.headers, form)
    }
}

impl By {
    /// A use case's no, as it is said to this client.
    pub(super) fn error(self, error: TokenError) -> OAuthError {
        match error {
            TokenError::InvalidClient => OAuthError::InvalidClient { by_header: self == Self::Header },
            TokenError::InvalidGrant => OAuthError::InvalidGrant,
            TokenError::UnauthorizedClient => OAuthError::UnauthorizedClient,
            TokenError::InvalidScope => OAuthError::InvalidScope,
            TokenError::TooManyFailures { retry_after_s } => OAuthError::TooManyFailures { retry_after_s },
            TokenError::Unavailable(ManageError::Unavailable(cause)) => {
                tracing::warn!(%cause, "an OAuth client could not be served");
                OAuthError::TemporarilyUnavailable { retry_after_s: 1 }
            }
            TokenError::Unavailable(_) => OAuthError::ServerError,
        }
    }
}

/// The answer to a client that is refused; who may be guessing is counted.
pub(super) fn refused(shared: &Shared, arrival: &Arrival, error: OAuthError) -> Response {
    if matches!(error, OAuthError::InvalidClient { .. } | OAuthError::InvalidGrant | OAuthError::TooManyFailures { .. })
    {
        shared.metrics.login_failure();
    }
    error.into_response(&arrival.id)
}

/// The client, by exactly one method (security rule 40): Basic, where `client_id` may be repeated in the form, or the
/// form alone, where a public client sends its `client_id` and no more.
fn client(headers: &HeaderMap, form: &Form<'_>) -> Result<(PresentedClient, By), OAuthError> {
    let invalid = |text: &str| OAuthError::InvalidRequest(text.to_owned());
    let mut basics = headers.get_all(AUTHORIZATION).iter();
    let (basic, second) = (basics.next(), basics.next());
    if second.is_some() {
        return Err(invalid("the authorization header is given twice"));
    }
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    let Some(basic) = basic else {
        let Some(id) = id else { return Err(OAuthError::InvalidClient { by_header: false }) };
        return Ok((PresentedClient { readings: vec![reading(id, secret.unwrap_or_default())] }, By::Form));
    };
    if secret.is_some() {
        return Err(invalid("the client is authenticated in two ways"));
    }
    let failed = OAuthError::InvalidClient { by_header: true };
    let (raw_id, raw_secret) = basic.to_str().ok().and_then(basic_pair).ok_or_else(|| failed.clone())?;
    let readings = vec![reading(&raw_id, &raw_secret), reading(&decoded(&raw_id), &decoded(&raw_secret))];
    if id.is_some_and(|id| readings.iter().all(|(read, _)| read != id)) {
        return Err(invalid("client_id differs from the client in the authorization header"));
    }
    Ok((PresentedClient { readings }, By::Header))
}

/// An empty secret is none (RFC 6749 section 2.3.1): some libraries send a public client's id by Basic.
fn reading(id: &str, secret: &str) -> (String, Option<PlainSecret>) {
    (id.to_owned(), (!secret.is_empty()).then(|| PlainSecret::new(secret.to_owned())))
}

/// RFC 6749 section 2.3.1 wants both parts form-encoded; half of the libraries do so (reference genesys.md).
fn decoded(part: &str) -> String {
    let one_name = part.replace('&', "%26").replace('=', "%3D");
    parse(one_name.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{basic_pair, decoded};

    #[test]
    fn basic_credentials_are_read_raw_and_decoded() {
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(basic_pair("Basic bmV4dXNfY2xpZW50OnM6dA=="), pair("nexus_client", "s:t"));
        assert_eq!(basic_pair("basic bmV4dXMlNUZjbGllbnQ6cw=="), pair("nexus%5Fclient", "s"));
        for header in ["Basic", "Basic !", "Bearer bmV4dXM6cw==", "Basic bmV4dXM="] {
            assert_eq!(basic_pair(header), None, "{header}");
        }
        assert_eq!(decoded("nexus%5Fclient"), "nexus_client");
        assert_eq!(decoded("a&b=c"), "a&b=c");
        assert_eq!(decoded(""), "");
    }
}
