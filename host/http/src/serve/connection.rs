//! One connection from its first byte to its last. Its only task; a request adds no other and boxes nothing.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Parts};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use wardgate_domain::Random;

use super::admissible::admissible;
use super::drain::Drain;
use super::handshake::Answer;
use super::wire::Wire;
use super::{Peer, ServeLimits, socket};
use crate::request::id::RequestId;

/// What all connections of a listener share.
pub(super) struct Settings {
    pub(super) http: http1::Builder,
    pub(super) limits: ServeLimits,
    pub(super) random: Random,
    pub(super) drain: Drain,
}

/// Serves `stream` until the client, a deadline or the end of the drain closes it.
pub(super) async fn run<Io, S, F>(settings: Arc<Settings>, stream: Io, peer: Peer, service: S)
where
    Io: AsyncRead + AsyncWrite + Unpin,
    S: Fn(Request<Incoming>, Peer) -> F,
    F: Future<Output: Into<Answer>>,
{
    let settings = &*settings;
    // Whoever was granted a WebSocket; locked once in the life of one, and never waited for.
    let speaker = Mutex::new(None);
    let service = service_fn(|request: Request<Incoming>| {
        let handler = match admissible(&request, &settings.limits) {
            Ok(()) => Ok(service(request, peer)),
            Err(problem) => Err(problem.into_response(&RequestId::of(request.headers(), &settings.random))),
        };
        let speaker = &speaker;
        async move {
            let answer = match handler {
                Ok(handler) => handler.await.into(),
                Err(refusal) => refusal.into(),
            };
            if answer.speaker.is_some() {
                *speaker.lock() = answer.speaker;
            }
            Ok::<_, Infallible>(answer.response)
        }
    });
    let wire = TokioIo::new(Wire::new(stream, &settings.limits));
    let mut connection = settings.http.serve_connection(wire, service);
    let mut ring = pin!(settings.drain.ring());
    let mut ear = settings.drain.ear();
    let mut draining = false;
    let ended = poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = Pin::new(&mut connection).poll(cx) {
                return Poll::Ready(ended);
            }
            if draining || !ear.hears(ring.as_mut(), cx) {
                return Poll::Pending;
            }
            draining = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
    });
    if let Err(error) = ended.await {
        tracing::debug!(%error, peer = %peer.ip, "a connection ended early");
        return;
    }
    let Parts { io, read_buf, .. } = connection.into_parts();
    let mut wire = io.into_inner();
    match speaker.into_inner() {
        // Boxed, so that a connection which never becomes one does not pay for its room.
        Some(speaker) if wire.pass(&read_buf) => {
            Box::pin(socket::run(wire, speaker, &settings.limits, &settings.drain)).await;
        }
        _ => wire.end().await,
    }
}
