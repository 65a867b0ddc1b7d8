//! `GET` and `POST /auth/v3/openid/userinfo`: whom a token speaks for, in the words of `OpenID` Connect Core (section 5.3)
//! and GWS (reference genesys.md, section 3).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde::Serialize;
use serde_json::{Map, Value};
use wardgate_domain::tenant::ENVIRONMENT_ID;

use crate::auth::v3::userinfo::{AuthorityTold, authorities, contact_center, user};
use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// The scope that asks for these claims; `*` is all scopes.
const SCOPE: &str = "openid";

/// The user's claims.
#[derive(Serialize)]
struct Claims<'a> {
    /// What he is called by for good.
    sub: String,
    /// The client that he signed in with.
    aud: &'a str,
    user_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<&'a str>,
    contact_center_id: Option<&'a str>,
    environment_id: &'static str,
    dbid: Option<u64>,
    authorities: Vec<AuthorityTold>,
    properties: Map<String, Value>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn) -> Result<Response, Problem> {
    let (user, delegation) = user(&shared, &signed_in).await?;
    if !delegation.scope.split(' ').any(|word| word == SCOPE || word == "*") {
        return Err(Problem::insufficient_scope(SCOPE));
    }
    let claims = Claims {
        sub: user.id.to_string(),
        aud: delegation.client.as_str(),
        user_name: user.name.as_str(),
        email: user.email.as_deref(),
        given_name: user.given_name.as_deref(),
        family_name: user.family_name.as_deref(),
        contact_center_id: contact_center(&user),
        environment_id: ENVIRONMENT_ID,
        dbid: None,
        authorities: authorities(&user, &signed_in.caller().standing),
        properties: Map::new(),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(claims)).into_response())
}
