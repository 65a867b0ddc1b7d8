//! `GET /auth/v3/jwt-userinfo`: whom a token speaks for, as a signed token in a header, for gateways to hand on (reference
//! genesys.md, section 3). It has no body, which gateways have no use for.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderName};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use wardgate_domain::jwt::JwtKind;
use wardgate_domain::limits;

use super::userinfo::{Told, user};
use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Where the reference puts it.
const X_GWS_USER: HeaderName = HeaderName::from_static("x-gws-user");

/// Userinfo's members, and what makes a token of them.
#[derive(Serialize)]
struct Claims<'a> {
    sub: String,
    /// The client that the user signed in with.
    aud: &'a str,
    #[serde(flatten)]
    user: Told<'a>,
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (user, delegation) = user(&shared, &signed_in).await?;
    let claims = Claims {
        sub: user.id.to_string(),
        aud: delegation.client.as_str(),
        user: Told::of(&user, &signed_in.caller().standing),
    };
    let token = shared.issuer.sign(JwtKind::User, limits::USER_JWT_S, &claims, &headers)?;
    Ok((StatusCode::OK, [(X_GWS_USER, token)], [(CACHE_CONTROL, "no-store")]).into_response())
}
