//! The ID token that comes with a code's first access token: who signed in, signed for the client (`OpenID` Connect Core
//! sections 2 and 3.1.3.6).

use http::HeaderMap;
use serde::Serialize;
use wardgate_domain::jwt::{JwtKind, access_token_hash};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::tokens::SignedInUser;

use crate::issuer::Issuer;
use crate::respond::problem::Problem;

#[derive(Serialize)]
struct Claims<'a> {
    sub: String,
    aud: &'a str,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
}

/// The token for `identity`, beside `access`, in answer to a request with `headers`.
pub(super) fn id_token(
    issuer: &Issuer,
    identity: &SignedInUser,
    access: &PlainSecret,
    headers: &HeaderMap,
) -> Result<String, Problem> {
    let claims = Claims {
        sub: identity.user.to_string(),
        aud: identity.client.as_str(),
        auth_time: identity.at.as_s(),
        nonce: identity.nonce.as_deref(),
        at_hash: access_token_hash(access.expose()),
    };
    issuer.sign(JwtKind::IdToken, limits::ID_TOKEN_S, &claims, headers)
}
