//! `GET /portal/assets/{version}/{file}` and one folder below: what the portal's page loads. An address has the build's
//! version in it, so browsers keep what they have.

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::HeaderName;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::respond::problem::Problem;

pub(crate) async fn get(path: Option<Path<(String, String)>>) -> Result<Response, Problem> {
    let Path((version, file)) = path.ok_or_else(Problem::not_found)?;
    found(&version, &file)
}

pub(crate) async fn get_below(path: Option<Path<(String, String, String)>>) -> Result<Response, Problem> {
    let Path((version, folder, file)) = path.ok_or_else(Problem::not_found)?;
    found(&version, &format!("{folder}/{file}"))
}

fn found(version: &str, path: &str) -> Result<Response, Problem> {
    let asset = wardgate_portal::asset(version, path).ok_or_else(Problem::not_found)?;
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    Ok((headers, Body::from(asset.bytes)).into_response())
}
