//! All routes, by who calls them: what is not in this table is not reachable. [`crate::forward`] is in it and answered
//! before the router. Every refusal takes its dialect here.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Uri};
use axum::routing::{any, delete, get, post, put};
use http::Response;

use crate::admin_api;
use crate::api;
use crate::auth::v3::oauth::{authorize, introspect, revoke, token};
use crate::auth::v3::ops::clients;
use crate::auth::v3::{auth_scheme, change_password, jwks, jwt_userinfo, openid, ping, sign_in, sign_out, userinfo};
use crate::environment::v3::contact_centers::settings;
use crate::environment::v3::{contact_centers, environments};
use crate::metrics::Door;
use crate::nexus::v3::apikeys;
use crate::operate::{docs, health, metrics};
use crate::origin_api::bind;
use crate::portal;
use crate::request::id::RequestId;
use crate::respond::page::STYLE;
use crate::respond::problem::Problem;
use crate::respond::{gws, nexus, oauth};
use crate::shared::Shared;
use crate::v1::tenants::policies::{self, versions};
use crate::v1::{
    app_spaces, audit, check, communication_key, decisions, explain, keys, origins, tenants, usage, users,
};
use crate::well_known;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody.
    Anyone,
    /// A person in his browser: pages, which no page of another origin reads.
    Person,
    /// An OAuth client: with its secret, or by its id alone if it is public.
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
pub(crate) const RPC: &str = "/api";

/// The longest addresses of Privakey's admin API.
const KEY_MANAGEMENT: &str = "/admin/api/companies/{company}/appSpaces/{space}/requestOrigins/{origin}/keyManagement";
const NEW_CALLBACK: &str = "/admin/api/companies/{company}/appSpaces/{space}/requestOrigins/{origin}/callbacks/new";

/// Every route.
pub const ROUTES: &[RouteLine] = &[
    line("POST", "/auth/v3/oauth/token", Audience::Client),
    line("POST", "/auth/v3/oauth/introspect", Audience::Client),
    line("POST", "/auth/v3/oauth/revoke", Audience::Client),
    line("GET, POST", "/auth/v3/ops/clients", Audience::SignedIn),
    line("GET, PUT, PATCH, DELETE", "/auth/v3/ops/clients/{id}", Audience::SignedIn),
    line("GET", "/.well-known/oauth-authorization-server", Audience::Anyone),
    line("GET", "/.well-known/openid-configuration", Audience::Anyone),
    line("GET", "/auth/v3/jwks", Audience::Anyone),
    line("GET", "/auth/v3/userinfo", Audience::SignedIn),
    line("GET", "/auth/v3/jwt-userinfo", Audience::SignedIn),
    line("GET, POST", "/auth/v3/openid/userinfo", Audience::SignedIn),
    line("POST", "/auth/v3/change-password", Audience::Anyone),
    line("GET, POST", "/auth/v3/oauth/authorize", Audience::Person),
    line("GET, POST", sign_in::PATH, Audience::Person),
    line("GET", STYLE, Audience::Person),
    line("POST", "/auth/v3/auth-scheme", Audience::Anyone),
    line("GET", "/auth/v3/ping", Audience::Anyone),
    line("GET, POST", "/auth/v3/sign-out", Audience::SignedIn),
    line("POST, OPTIONS", RPC, Audience::Anyone),
    line("GET, POST", "/nexus/v3/apikeys", Audience::SignedIn),
    line("GET, PUT, PATCH, DELETE", "/nexus/v3/apikeys/{id}", Audience::SignedIn),
    line("POST", "/nexus/v3/apikeys/{id}/rotate", Audience::SignedIn),
    line("GET, POST", "/v1/keys", Audience::SignedIn),
    line("GET, PATCH, DELETE", "/v1/keys/{id}", Audience::SignedIn),
    line("POST", "/v1/keys/{id}/rotate", Audience::SignedIn),
    line("GET, POST", "/v1/app-spaces", Audience::SignedIn),
    line("GET, PATCH, DELETE", "/v1/app-spaces/{id}", Audience::SignedIn),
    line("GET, POST", "/v1/app-spaces/{id}/origins", Audience::SignedIn),
    line("GET", "/v1/app-spaces/{id}/users", Audience::SignedIn),
    line("DELETE", "/v1/app-spaces/{id}/users/{user}", Audience::SignedIn),
    line("GET, PATCH, DELETE", "/v1/origins/{id}", Audience::SignedIn),
    line("POST, DELETE", "/v1/origins/{id}/credentials", Audience::SignedIn),
    line("PUT", "/api/account/bind", Audience::SignedIn),
    line("POST", "/admin/api/companies/new", Audience::SignedIn),
    line("POST", "/admin/api/companies/{company}/appSpaces/new", Audience::SignedIn),
    line("POST", "/admin/api/companies/{company}/appSpaces/{space}/requestOrigins/new", Audience::SignedIn),
    line("POST", KEY_MANAGEMENT, Audience::SignedIn),
    line("POST", NEW_CALLBACK, Audience::SignedIn),
    line("GET, POST", "/environment/v3/contact-centers", Audience::SignedIn),
    line("GET, PUT, PATCH", "/environment/v3/contact-centers/{ccId}", Audience::SignedIn),
    line("GET, POST, DELETE", "/environment/v3/contact-centers/{ccId}/settings", Audience::SignedIn),
    line("GET", "/environment/v3/environments", Audience::Anyone),
    line("GET", "/v1/tenants", Audience::SignedIn),
    line("GET, PUT, PATCH, DELETE", "/v1/tenants/{ccId}", Audience::SignedIn),
    line("GET", "/v1/tenants/{ccId}/policies", Audience::SignedIn),
    line("GET, PUT, DELETE", "/v1/tenants/{ccId}/policies/{name}", Audience::SignedIn),
    line("POST", "/v1/tenants/{ccId}/policies/{name}/rollback", Audience::SignedIn),
    line("GET, PUT, DELETE", "/v1/tenants/{ccId}/policies/{name}/shadow", Audience::SignedIn),
    line("GET, PUT", "/v1/tenants/{ccId}/policies/{name}/versions", Audience::SignedIn),
    line("GET, DELETE", "/v1/tenants/{ccId}/policies/{name}/versions/{version}", Audience::SignedIn),
    line("GET", "/v1/tenants/{ccId}/policies/{name}/versions/{version}/component", Audience::SignedIn),
    line("POST", "/v1/tenants/{ccId}/policies/{name}/versions/{version}/activate", Audience::SignedIn),
    line("POST", "/v1/tenants/{ccId}/policies/{name}/versions/{version}/replay", Audience::SignedIn),
    line("POST", "/v1/tenants/{ccId}/policies/{name}/versions/{version}/trial", Audience::SignedIn),
    line("GET", "/v1/policies/{id}/diff", Audience::SignedIn),
    line("GET", "/v1/decisions", Audience::SignedIn),
    line("GET", "/v1/decisions/{id}", Audience::SignedIn),
    line("POST", "/v1/explain", Audience::SignedIn),
    line("GET", "/v1/usage", Audience::SignedIn),
    line("GET", "/v1/audit", Audience::SignedIn),
    line("GET", "/v1/audit/verify", Audience::SignedIn),
    line("GET, POST", "/v1/users", Audience::SignedIn),
    line("GET, PUT, PATCH, DELETE", "/v1/users/{id}", Audience::SignedIn),
    line("POST", "/v1/users/{id}/reset-password", Audience::SignedIn),
    line("GET", portal::page::PATH, Audience::Person),
    line("GET", "/portal/assets/{version}/{file}", Audience::Person),
    line("GET", "/portal/assets/{version}/{folder}/{file}", Audience::Person),
    line("POST", "/portal/csp-reports", Audience::Person),
    line("GET", "/portal/providers/{ccId}", Audience::Person),
    line("GET", "/portal/providers/{ccId}/{id}", Audience::Person),
    line("GET", "/portal/providers/{ccId}/{id}/back", Audience::Person),
    line("GET", "/portal/providers/{ccId}/{id}/confirm", Audience::Person),
    line("GET, POST, DELETE", "/portal/session", Audience::Person),
    line("POST", "/portal/session/confirm", Audience::Person),
    line("GET, POST, DELETE", "/v1/communication-key", Audience::SignedIn),
    line("POST", "/v1/check", Audience::Gateway),
    line("ANY", "/forward/nginx", Audience::Gateway),
    line("GET", "/metrics", Audience::Gateway),
    line("GET", "/healthz", Audience::Anyone),
    line("GET", "/readyz", Audience::Anyone),
    line("GET", "/docs/errors", Audience::Anyone),
    line("GET", "/docs/openapi.json", Audience::Anyone),
];

pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/auth/v3/oauth/token", post(token::post))
        .route("/auth/v3/oauth/introspect", post(introspect::post))
        .route("/auth/v3/oauth/revoke", post(revoke::post))
        .route("/auth/v3/ops/clients", get(clients::list::get).post(clients::create::post))
        .route(
            "/auth/v3/ops/clients/{id}",
            get(clients::read::get)
                .put(clients::change::put)
                .patch(clients::change::put)
                .delete(clients::delete::delete),
        )
        .route("/.well-known/oauth-authorization-server", get(well_known::authorization_server))
        .route("/.well-known/openid-configuration", get(well_known::openid_configuration))
        .route("/auth/v3/jwks", get(jwks::get))
        .route("/auth/v3/userinfo", get(userinfo::get))
        .route("/auth/v3/jwt-userinfo", get(jwt_userinfo::get))
        .route("/auth/v3/openid/userinfo", get(openid::userinfo::get).post(openid::userinfo::get))
        .route("/auth/v3/change-password", post(change_password::post))
        // Whoever asks for the head alone is given no code and ends no session.
        .route("/auth/v3/oauth/authorize", get(authorize::get).post(authorize::post).head(method_not_allowed))
        .route(sign_in::PATH, get(sign_in::get).post(sign_in::post))
        .route(STYLE, get(sign_in::style))
        .route("/auth/v3/auth-scheme", post(auth_scheme::post))
        .route("/auth/v3/ping", get(ping::get))
        .route("/auth/v3/sign-out", get(sign_out::get).post(sign_out::post).head(method_not_allowed))
        // Any other method finds nothing here, as existing clients expect.
        .route(RPC, post(api::post).options(api::options).fallback(not_found))
        .merge(of_keys())
        .merge(of_app_spaces())
        .route("/environment/v3/contact-centers", get(contact_centers::list::get).post(contact_centers::create::post))
        .route(
            "/environment/v3/contact-centers/{ccId}",
            get(contact_centers::read::get).put(contact_centers::change::put).patch(contact_centers::change::put),
        )
        .route(
            "/environment/v3/contact-centers/{ccId}/settings",
            get(settings::list::get).post(settings::set::post).delete(settings::delete::delete),
        )
        .route("/environment/v3/environments", get(environments::get))
        .route("/v1/tenants", get(tenants::list::get))
        .route(
            "/v1/tenants/{ccId}",
            get(tenants::read::get)
                .put(tenants::put::put)
                .patch(tenants::change::patch)
                .delete(tenants::delete::delete),
        )
        .route("/v1/tenants/{ccId}/policies", get(policies::list::get))
        .route(
            "/v1/tenants/{ccId}/policies/{name}",
            get(policies::read::get).put(policies::put::put).delete(policies::delete::delete),
        )
        .route("/v1/tenants/{ccId}/policies/{name}/rollback", post(policies::rollback::post))
        .route(
            "/v1/tenants/{ccId}/policies/{name}/shadow",
            get(policies::shadow::get).put(policies::shadow::put).delete(policies::shadow::delete),
        )
        .route("/v1/policies/{id}/diff", get(crate::v1::policies::diff::get))
        .route("/v1/tenants/{ccId}/policies/{name}/versions/{version}/trial", post(versions::trial::post))
        .route("/v1/tenants/{ccId}/policies/{name}/versions", get(versions::list::get).put(versions::put::put))
        .route(
            "/v1/tenants/{ccId}/policies/{name}/versions/{version}",
            get(versions::read::get).delete(versions::delete::delete),
        )
        .route("/v1/tenants/{ccId}/policies/{name}/versions/{version}/component", get(versions::component::get))
        .route("/v1/tenants/{ccId}/policies/{name}/versions/{version}/activate", post(versions::activate::post))
        .route("/v1/tenants/{ccId}/policies/{name}/versions/{version}/replay", post(versions::replay::post))
        .route("/v1/users", get(users::list::get).post(users::create::post))
        .route(
            "/v1/users/{id}",
            get(users::read::get).put(users::change::put).patch(users::change::patch).delete(users::delete::delete),
        )
        .route("/v1/users/{id}/reset-password", post(users::reset_password::post))
        .merge(pages())
        .merge(records())
        .route(
            "/v1/communication-key",
            get(communication_key::read::get)
                .post(communication_key::generate::post)
                .delete(communication_key::delete::delete),
        )
        .route("/v1/check", post(check::post))
        .route("/metrics", get(metrics::get))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/docs/errors", get(docs::errors))
        .route("/docs/openapi.json", get(docs::openapi))
        .method_not_allowed_fallback(any(method_not_allowed))
        .fallback(not_found)
        .with_state(shared)
}

fn pages() -> Router<Shared> {
    Router::new()
        .route(portal::page::PATH, get(portal::page::get))
        .route("/portal/assets/{version}/{file}", get(portal::assets::get))
        .route("/portal/assets/{version}/{folder}/{file}", get(portal::assets::get_below))
        .route("/portal/csp-reports", post(portal::csp_reports::post))
        .route("/portal/providers/{ccId}", get(portal::provider::list::get))
        .route("/portal/providers/{ccId}/{id}", get(portal::provider::get))
        .route("/portal/providers/{ccId}/{id}/back", get(portal::provider::back::get))
        .route("/portal/providers/{ccId}/{id}/confirm", get(portal::provider::confirm::get))
        .route("/portal/session", get(portal::session::get).post(portal::session::post).delete(portal::session::delete))
        .route("/portal/session/confirm", post(portal::session::confirm::post))
}

/// API keys: in the Nexus dialect, and in our own words.
fn of_keys() -> Router<Shared> {
    Router::new()
        .route("/nexus/v3/apikeys", get(apikeys::list::get).post(apikeys::create::post))
        .route(
            "/nexus/v3/apikeys/{id}",
            get(apikeys::read::get)
                .put(apikeys::change::put)
                .patch(apikeys::change::patch)
                .delete(apikeys::delete::delete),
        )
        .route("/nexus/v3/apikeys/{id}/rotate", post(apikeys::rotate::post))
        .route("/v1/keys", get(keys::list::get).post(keys::create::post))
        .route("/v1/keys/{id}", get(keys::read::get).patch(keys::change::patch).delete(keys::delete::delete))
        .route("/v1/keys/{id}/rotate", post(keys::rotate::post))
}

/// App Spaces and what is in them: by our own API, and as Privakey has it.
fn of_app_spaces() -> Router<Shared> {
    Router::new()
        .route("/v1/app-spaces", get(app_spaces::list::get).post(app_spaces::create::post))
        .route(
            "/v1/app-spaces/{id}",
            get(app_spaces::read::get).patch(app_spaces::change::patch).delete(app_spaces::delete::delete),
        )
        .route(
            "/v1/app-spaces/{id}/origins",
            get(app_spaces::origins::list::get).post(app_spaces::origins::create::post),
        )
        .route("/v1/app-spaces/{id}/users", get(app_spaces::users::list::get))
        .route("/v1/app-spaces/{id}/users/{user}", delete(app_spaces::users::delete::delete))
        .route("/api/account/bind", put(bind::put))
        .route("/admin/api/companies/new", post(admin_api::companies::post))
        .route("/admin/api/companies/{company}/appSpaces/new", post(admin_api::app_spaces::post))
        .route(
            "/admin/api/companies/{company}/appSpaces/{space}/requestOrigins/new",
            post(admin_api::request_origins::post),
        )
        .route(KEY_MANAGEMENT, post(admin_api::key_management::post))
        .route(NEW_CALLBACK, post(admin_api::callbacks::post))
        .route(
            "/v1/origins/{id}",
            get(origins::read::get).patch(origins::change::patch).delete(origins::delete::delete),
        )
        .route(
            "/v1/origins/{id}/credentials",
            post(origins::credentials::create::post).delete(origins::credentials::delete::delete),
        )
}

/// What happened, and what would.
fn records() -> Router<Shared> {
    Router::new()
        .route("/v1/audit", get(audit::get))
        .route("/v1/audit/verify", get(audit::verify))
        .route("/v1/decisions", get(decisions::list::get))
        .route("/v1/decisions/{id}", get(decisions::get))
        .route("/v1/explain", post(explain::post))
        .route("/v1/usage", get(usage::get))
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn method_not_allowed(uri: Uri, method: Method) -> Problem {
    let allowed = line_of(uri.path()).map(|route| route.methods);
    tracing::debug!(%method, "method not allowed");
    allowed.map_or_else(Problem::not_found, Problem::method_not_allowed)
}

/// Whether a path belongs to the pages for people and what is behind them.
pub(crate) fn is_portal(path: &str) -> bool {
    path.strip_prefix("/portal").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The line of the table that a path belongs to.
pub(crate) fn line_of(path: &str) -> Option<&'static RouteLine> {
    ROUTES.iter().find(|route| matches(route.path, path))
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
    if path == portal::page::PATH {
        return Door::Portal;
    }
    let doors = [
        ("/portal/", Door::Portal),
        ("/nexus/", Door::Nexus),
        ("/auth/v3/oauth/", Door::OAuth),
        ("/auth/", Door::Gws),
        ("/environment/", Door::Gws),
        ("/v1/check", Door::Check),
        ("/v1/", Door::Manage),
        ("/api/account/", Door::Manage),
        ("/admin/", Door::Manage),
    ];
    doors.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or(Door::Other, |(_, door)| *door)
}

/// A refusal in the caller's dialect.
pub(crate) fn in_dialect(problem: Problem, path: &str, id: &RequestId) -> Response<Body> {
    match door(path) {
        Door::Nexus => nexus::into_response(problem, id, apikeys::OPERATION),
        Door::OAuth => oauth::problem_response(problem, id),
        Door::Gws => gws::into_response(problem, id, path),
        _ => problem.into_response(id),
    }
}
