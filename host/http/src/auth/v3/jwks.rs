//! `GET /auth/v3/jwks`: the public keys that what this server signs is checked with (RFC 7517 section 5).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde_json::json;
use wardgate_domain::jwt::{ALGORITHM, CURVE};

use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>) -> Response {
    let signer = &shared.issuer.signer;
    let key = json!({
        "kty": "OKP",
        "crv": CURVE,
        "x": signer.public_x(),
        "kid": signer.key_id(),
        "use": "sig",
        "alg": ALGORITHM,
    });
    // It changes with the master key alone.
    ([(CACHE_CONTROL, "public, max-age=300")], Json(json!({ "keys": [key] }))).into_response()
}
