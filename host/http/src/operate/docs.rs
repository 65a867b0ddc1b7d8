//! `GET /docs/errors`: what every code means; the `type` of each problem points here.

use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

pub(crate) async fn errors() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], include_str!("../../../../docs/ERRORS.md"))
}
