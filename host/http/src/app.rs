//! The way of a request to its handler, and of a refusal to its dialect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts as RequestParts;
use http::{HeaderValue, Request, Response};
use hyper::body::{Body as _, Incoming};
use tower::ServiceExt;
use wardgate_authorize::Authorizer;
use wardgate_domain::signature::SCHEME;
use wardgate_domain::{Random, cx1};
use wardgate_manage::Manager;

use crate::api::{ApiOptions, Backends, socket};
use crate::call::{Arrival, SignedBody};
use crate::cors::Page;
use crate::issuer::Issuer;
use crate::metrics::{Door, Metrics};
use crate::request::body::{BodyError, read_body};
use crate::request::id::{RequestId, X_REQUEST_ID};
use crate::respond::problem::Problem;
use crate::serve::{Answer, Peer};
use crate::shared::{Shared, SharedParts};
use crate::trust::Trust;
use crate::{control, forward, routes};

/// Bytes of a signed body.
const SIGNED_BODY_BYTES: usize = 256 * 1024;

/// The application behind the listener. Clones are the same application.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    shared: Shared,
    router: Router,
    has_portal: bool,
}

/// What the application is made of.
pub struct AppParts {
    /// May this call pass?
    pub authorizer: Arc<Authorizer>,
    /// Changes what is kept.
    pub manager: Arc<Manager>,
    /// Where things are counted.
    pub metrics: Arc<Metrics>,
    /// Chance.
    pub random: Random,
    /// Whose word is taken.
    pub trust: Trust,
    /// How the server is called.
    pub issuer: Issuer,
    /// What the PrivMX API is served with.
    pub api: ApiOptions,
    /// Whether the portal is there for whoever comes over the network. The owner of the data folder always has it.
    pub has_portal: bool,
}

impl App {
    /// Wires the doors to what is behind them.
    pub fn new(parts: AppParts) -> Self {
        let AppParts { authorizer, manager, metrics, random, trust, issuer, api, has_portal } = parts;
        let draining = AtomicBool::new(false);
        let backends = Backends::new();
        let parts = SharedParts { authorizer, manager, metrics, random, trust, issuer, api, backends, draining };
        let shared = Shared(Arc::new(parts));
        let router = routes::router(shared.clone());
        Self(Arc::new(Parts { shared, router, has_portal }))
    }

    /// Makes `/readyz` say no, so that a balancer looks elsewhere while requests in flight finish.
    pub fn begin_draining(&self) {
        self.0.shared.draining.store(true, Ordering::Release);
    }

    /// Answers one request of whoever owns the data folder, who came by the socket in it.
    pub async fn answer_owner(self, request: Request<Incoming>, peer: Peer) -> Answer {
        let shared = &self.0.shared;
        let id = RequestId::of(request.headers(), &shared.random);
        match control::answer(shared, request).await {
            Ok(answered) => {
                let response = answered.unwrap_or_else(|problem| problem.into_response(&id));
                self.finish(response, &id, Door::Other).into()
            }
            Err(other) => self.answer_any(other, peer).await,
        }
    }

    /// Answers one request. The forward-auth doors, asked once for every call of a platform, go past the router and its
    /// boxes; everything else goes through it.
    pub async fn answer(self, request: Request<Incoming>, peer: Peer) -> Answer {
        if !self.0.has_portal && routes::is_portal(request.uri().path()) {
            let id = RequestId::of(request.headers(), &self.0.shared.random);
            return self.finish(Problem::not_found().into_response(&id), &id, Door::Other).into();
        }
        self.answer_any(request, peer).await
    }

    async fn answer_any(self, request: Request<Incoming>, peer: Peer) -> Answer {
        let shared = &self.0.shared;
        if let Some(proxy) = forward::proxy(request.uri().path()) {
            let response = forward::answer(shared, proxy, &request, peer).await;
            shared.metrics.request(Door::Forward, response.status());
            return response.into();
        }
        if socket::is_asked_for(&request) {
            return self.open_socket(&request, peer);
        }
        // Boxed, so that the door above does not pay for moving the room that the router needs.
        Box::pin(self.route(request, peer)).await.into()
    }

    fn open_socket(&self, request: &Request<Incoming>, peer: Peer) -> Answer {
        let shared = &self.0.shared;
        let id = RequestId::of(request.headers(), &shared.random);
        let mut answer = match socket::open(shared, request, peer, &id) {
            Ok(answer) => answer,
            Err(problem) => problem.into_response(&id).into(),
        };
        answer.headers_mut().insert(X_REQUEST_ID, id.header_value());
        answer.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        shared.metrics.request(Door::Rpc, answer.status());
        answer
    }

    async fn route(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let shared = &self.0.shared;
        let id = RequestId::of(request.headers(), &shared.random);
        let door = routes::door(request.uri().path());
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(Arrival { id: id.clone(), peer });
        let path = parts.uri.path().to_owned();
        let page = Page::of(shared, &parts).await;
        if let Some(mut response) = page.preflight() {
            page.mark(response.headers_mut());
            return self.finish(response, &id, door);
        }
        let body = match door {
            // It has words of its own for a body that cannot be read.
            Door::Rpc => Ok(Body::new(body)),
            _ => signed_body(&mut parts, body).await,
        };
        let mut response = match body {
            Ok(body) => {
                let Ok(response) = self.0.router.clone().oneshot(Request::from_parts(parts, body)).await;
                response
            }
            Err(error) => routes::in_dialect(error.into(), &path, &id),
        };
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = routes::in_dialect(problem, &path, &id);
        }
        page.mark(response.headers_mut());
        self.finish(response, &id, door)
    }

    /// What every answer has.
    fn finish(&self, mut response: Response<Body>, id: &RequestId, door: Door) -> Response<Body> {
        response.headers_mut().insert(X_REQUEST_ID, id.header_value());
        response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        self.0.shared.metrics.request(door, response.status());
        response
    }
}

/// The body for the handlers. A signature covers it, so where there is one it is read here, before anything is believed.
async fn signed_body(parts: &mut RequestParts, body: Incoming) -> Result<Body, BodyError> {
    if body.is_end_stream() {
        parts.extensions.insert(SignedBody(Bytes::new()));
        return Ok(Body::empty());
    }
    let schemes = [SCHEME.as_bytes(), cx1::SCHEME.as_bytes()];
    let is_signed = |value: &HeaderValue| schemes.iter().any(|scheme| value.as_bytes().starts_with(scheme));
    if !parts.headers.get(AUTHORIZATION).is_some_and(is_signed) {
        return Ok(Body::new(body));
    }
    let bytes = read_body(body, SIGNED_BODY_BYTES).await?;
    parts.extensions.insert(SignedBody(bytes.clone()));
    Ok(Body::from(bytes))
}
