//! All routes, by who calls them: what is not in this table is not reachable. [`crate::forward`] is in it and answered
//! before the router. Every refusal takes its dialect here.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Uri};
use axum::routing::{any, get, post};
use http::Response;

use crate::api;
use crate::auth::v3::oauth::token;
use crate::metrics::Door;
use crate::nexus::v3::apikeys;
use crate::operate::{docs, health, metrics};
use crate::request::id::RequestId;
use crate::respond::problem::Problem;
use crate::respond::{nexus, oauth};
use crate::shared::Shared;
use crate::v1::{check, decisions};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody.
    Anyone,
    /// An OAuth client with its secret.
    Client,
    /// The holder of an access token, within his role.
    SignedIn,
    /// A gateway on this machine or one that the operator named.
    Gateway,
}

/// One line of the table, for documents and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteLine {
    /// Methods, as in `GET, POST`.
    pub methods: &'static str,
    /// Path; `{id}` stands for one segment.
    pub path: &'static str,
    /// Who may call it.
    pub audience: Audience,
}

const fn line(methods: &'static str, path: &'static str, audience: Audience) -> RouteLine {
    RouteLine { methods, path, audience }
}

/// The one address of the PrivMX API.
const RPC: &str = "/api";

/// Every route.
pub const ROUTES: &[RouteLine] = &[
    line("POST", "/auth/v3/oauth/token", Audience::Client),
    line("POST, OPTIONS", RPC, Audience::Anyone),
    line("GET, POST", "/nexus/v3/apikeys", Audience::SignedIn),
    line("GET, PUT, PATCH, DELETE", "/nexus/v3/apikeys/{id}", Audience::SignedIn),
    line("GET", "/v1/decisions/{id}", Audience::SignedIn),
    line("POST", "/v1/check", Audience::Gateway),
    line("ANY", "/forward/nginx", Audience::Gateway),
    line("GET", "/metrics", Audience::Gateway),
    line("GET", "/healthz", Audience::Anyone),
    line("GET", "/readyz", Audience::Anyone),
    line("GET", "/docs/errors", Audience::Anyone),
];

pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/auth/v3/oauth/token", post(token::post))
        // Any other method finds nothing here, as existing clients expect.
        .route(RPC, post(api::post).options(api::options).fallback(not_found))
        .route("/nexus/v3/apikeys", get(apikeys::list::get).post(apikeys::create::post))
        .route(
            "/nexus/v3/apikeys/{id}",
            get(apikeys::read::get)
                .put(apikeys::change::put)
                .patch(apikeys::change::patch)
                .delete(apikeys::delete::delete),
        )
        .route("/v1/check", post(check::post))
        .route("/v1/decisions/{id}", get(decisions::get))
        .route("/metrics", get(metrics::get))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/docs/errors", get(docs::errors))
        .method_not_allowed_fallback(any(method_not_allowed))
        .fallback(not_found)
        .with_state(shared)
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn method_not_allowed(uri: Uri, method: Method) -> Problem {
    let allowed = ROUTES.iter().find(|route| matches(route.path, uri.path())).map(|route| route.methods);
    tracing::debug!(%method, "method not allowed");
    allowed.map_or_else(Problem::not_found, Problem::method_not_allowed)
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(segment), Some(text)) if segment == text || (segment.starts_with('{') && !text.is_empty()) => {}
            _ => return false,
        }
    }
}

/// The kind of caller that a path belongs to, for metrics.
pub(crate) fn door(path: &str) -> Door {
    if path == RPC {
        return Door::Rpc;
    }
    let doors = [("/nexus/", Door::Nexus), ("/auth/", Door::OAuth), ("/v1/check", Door::Check), ("/v1/", Door::Manage)];
    doors.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or(Door::Other, |(_, door)| *door)
}

/// A refusal in the caller's dialect.
pub(crate) fn in_dialect(problem: Problem, path: &str, id: &RequestId) -> Response<Body> {
    match door(path) {
        Door::Nexus => nexus::into_response(problem, id, apikeys::OPERATION),
        Door::OAuth => oauth::problem_response(problem, id),
        _ => problem.into_response(id),
    }
}
