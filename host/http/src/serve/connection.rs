//! One connection from its first byte to its last. Its only task; a request adds no other and boxes nothing.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wardgate_domain::Random;

use super::admissible::admissible;
use super::drain::Drain;
use super::wire::Wire;
use super::{Peer, ServeLimits};
use crate::request::id::RequestId;

/// What all connections of a listener share.
pub(super) struct Settings {
    pub(super) http: http1::Builder,
    pub(super) limits: ServeLimits,
    pub(super) random: Random,
    pub(super) drain: Drain,
}

/// Serves `stream` until the client, a deadline or the end of the drain closes it.
pub(super) async fn run<S, F>(settings: Arc<Settings>, stream: TcpStream, peer: Peer, service: S)
where
    S: Fn(Request<Incoming>, Peer) -> F,
    F: Future<Output = Response<Body>>,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let settings = &*settings;
    let service = service_fn(|request: Request<Incoming>| {
        let handler = match admissible(&request, &settings.limits) {
            Ok(()) => Ok(service(request, peer)),
            Err(problem) => Err(problem.into_response(&RequestId::of(request.headers(), &settings.random))),
        };
        async move {
            Ok::<_, Infallible>(match handler {
                Ok(handler) => handler.await,
                Err(refusal) => refusal,
            })
        }
    });
    let wire = TokioIo::new(Wire::new(stream, &settings.limits));
    let mut connection = pin!(settings.http.serve_connection(wire, service));
    let mut ring = pin!(settings.drain.ring());
    let mut ear = settings.drain.ear();
    let mut draining = false;
    let ended = poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            if draining || !ear.hears(ring.as_mut(), cx) {
                return Poll::Pending;
            }
            draining = true;
            connection.as_mut().graceful_shutdown();
        }
    });
    if let Err(error) = ended.await {
        tracing::debug!(%error, peer = %peer.ip, "a connection ended early");
    }
}
