//! `POST /auth/v3/auth-scheme`: how a user signs in (reference genesys.md, section 3). Everybody does so with a password,
//! so nobody learns here who exists.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::request::json;
use crate::respond::gws;
use crate::respond::problem::Problem;

/// Bytes of the body.
const BODY_BYTES: usize = 8 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[expect(dead_code, reason = "read, so that it is known to be there and legal")]
    data: Asked,
}

/// Who is asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "read, so that it is known to be there and legal")]
struct Asked {
    user_name: String,
    tenant: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    scheme: &'static str,
}

pub(crate) async fn post(call: Call) -> Result<Response, Problem> {
    let body = call.bytes(BODY_BYTES).await?;
    json::parse::<Given>(&body).map_err(Problem::bad_json)?;
    Ok(gws::success(StatusCode::OK, Shown { scheme: "basic" }))
}
