//! The server's side.

use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::json;
use wardgate_domain::{UserName, limits};

use super::{ADMINS, BODY_BYTES, LINKS};
use crate::request::body::read_body;
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Whose link it is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct For {
    /// One of the cluster's users; if nobody is named, the admin who was made up last, else the newest.
    user: Option<String>,
}

/// Answers a request for the owner alone. `Err` gives any other back.
pub(crate) async fn answer(
    shared: &Shared,
    request: Request<Incoming>,
) -> Result<Result<Response<Body>, Problem>, Request<Incoming>> {
    let known = [ADMINS, LINKS].into_iter().find(|path| *path == request.uri().path());
    let Some(path) = known else { return Err(request) };
    if request.method() != Method::POST {
        return Ok(Err(Problem::method_not_allowed("POST")));
    }
    Ok(if path == ADMINS { generate_admin(shared).await } else { make_link(shared, request).await })
}

async fn generate_admin(shared: &Shared) -> Result<Response<Body>, Problem> {
    let (user, password) = shared.manager.generate_admin().await?;
    Ok(shown_once(json!({ "name": user.name.as_str(), "password": password.expose() })))
}

async fn make_link(shared: &Shared, request: Request<Incoming>) -> Result<Response<Body>, Problem> {
    let asked: For = json::parse(&read_body(request.into_body(), BODY_BYTES).await?)?;
    let legal = |name: String| UserName::parse(&name).map_err(|e| Problem::invalid_parameter("/user", e.to_string()));
    let named = asked.user.map(legal).transpose()?;
    let (user, link) = shared.manager.make_link(named.as_ref()).await?;
    let expires = limits::SIGN_IN_LINK_S;
    Ok(shown_once(json!({ "name": user.name.as_str(), "link": link.expose(), "expires_in_s": expires })))
}

fn shown_once(body: serde_json::Value) -> Response<Body> {
    (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
