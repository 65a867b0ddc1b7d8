//! `/.well-known`: what this server offers, for libraries that look it up (RFC 8414; `OpenID` Connect Discovery).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CACHE_CONTROL, VARY};
use serde_json::{Map, Value, json};
use wardgate_domain::jwt::ALGORITHM;

use crate::respond::problem::Problem;
use crate::shared::Shared;

/// What ID tokens and userinfo say of a user.
const CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "user_name",
    "email",
    "given_name",
    "family_name",
    "contact_center_id",
    "authorities",
];

/// `GET /.well-known/oauth-authorization-server`
pub(crate) async fn authorization_server(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(document(oauth(&shared.issuer.public_url.issuer(&headers)?)))
}

/// `GET /.well-known/openid-configuration`
pub(crate) async fn openid_configuration(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let issuer = shared.issuer.public_url.issuer(&headers)?;
    let more = [
        ("userinfo_endpoint", json!(format!("{issuer}/auth/v3/openid/userinfo"))),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!([ALGORITHM])),
        ("claims_supported", json!(CLAIMS)),
    ];
    let more = more.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(document(oauth(&issuer).into_iter().chain(more).collect()))
}

/// What is true of the OAuth endpoints. The issuer is the very address that was fetched, or clients refuse it (RFC 8414
/// section 3.3).
fn oauth(issuer: &str) -> Map<String, Value> {
    let at = |path: &str| format!("{issuer}{path}");
    let with_secret = json!(["client_secret_basic", "client_secret_post"]);
    let any = json!(["client_secret_basic", "client_secret_post", "none"]);
    let members = [
        ("issuer", json!(issuer)),
        ("authorization_endpoint", json!(at("/auth/v3/oauth/authorize"))),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("token_endpoint", json!(at("/auth/v3/oauth/token"))),
        ("token_endpoint_auth_methods_supported", any.clone()),
        ("revocation_endpoint", json!(at("/auth/v3/oauth/revoke"))),
        ("revocation_endpoint_auth_methods_supported", any),
        ("introspection_endpoint", json!(at("/auth/v3/oauth/introspect"))),
        ("introspection_endpoint_auth_methods_supported", with_secret),
        ("grant_types_supported", json!(["authorization_code", "password", "client_credentials", "refresh_token"])),
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query"])),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("scopes_supported", json!(["*", "openid"])),
        ("jwks_uri", json!(at("/auth/v3/jwks"))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Nobody between is to keep it for another host's callers.
fn document(members: Map<String, Value>) -> Response {
    ([(CACHE_CONTROL, "no-store"), (VARY, "Host")], Json(members)).into_response()
}
