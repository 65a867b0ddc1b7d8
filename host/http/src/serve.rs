//! The accept loop: HTTP/1.1 with a deadline on everything a client can be slow at, and a bound on everything it
//! can send. It knows no route and decides nothing about a caller (security rules 60 to 63).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use tokio::task::JoinSet;
use wardgate_domain::Random;
use wardgate_domain::address::fold;

use crate::metrics::ConnectionMetrics;
use connection::Settings;
use drain::Drain;
use seats::Seats;

mod admissible;
mod connection;
mod deadline;
mod drain;
mod handshake;
mod limits;
mod lines;
mod listener;
mod owner;
mod seats;
mod socket;
#[cfg(test)]
mod tests;
mod wire;

pub use handshake::Answer;
pub(crate) use handshake::{Handshake, asks};
pub use limits::ServeLimits;
pub use listener::Listener;
pub use owner::OwnerListener;
pub use socket::Speaker;

/// How long to wait after the system refused to accept, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who is on the other end of the connection. A proxy's word about its client is not in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    /// The address, IPv4 written as IPv4 (security rule 55).
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
}

impl Peer {
    /// Somebody on this machine who did not come over the network.
    pub const LOCAL: Self = Self { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0 };
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self { ip: fold(address.ip()), port: address.port() }
    }
}

/// How the draining went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the drain deadline and were cut.
    pub cut: usize,
}

/// A server before it is given a listener.
#[derive(Debug, Clone, Default)]
pub struct Server {
    /// Deadlines and bounds.
    pub limits: ServeLimits,
    /// Where connections are counted.
    pub connections: ConnectionMetrics,
}

impl Server {
    /// Serves until `shutdown` is done, then drains: accepts no more, closes what is idle, lets requests in flight finish
    /// for `drain_deadline_ms`, and cuts the rest.
    ///
    /// `random` names requests that are refused before any handler. `service` is called once per request and only with
    /// requests that `admissible` lets pass.
    pub async fn serve<L, S, F>(
        self,
        listener: L,
        random: Random,
        service: S,
        shutdown: impl Future<Output = ()>,
    ) -> Drained
    where
        L: Listener,
        S: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
        F: Future<Output: Into<Answer>> + Send + 'static,
    {
        let drain_deadline = Duration::from_millis(self.limits.drain_deadline_ms);
        let seats = Arc::new(Seats::new(&self.limits, self.connections));
        let settings = Arc::new(Settings {
            http: http1_settings(&self.limits),
            limits: self.limits,
            random,
            drain: Drain::default(),
        });
        let mut tasks = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            while tasks.try_join_next().is_some() {}
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let Some(seat) = seats.take(peer.ip) else {
                L::refuse(&stream);
                continue;
            };
            let run = connection::run(Arc::clone(&settings), stream, peer, service.clone());
            tasks.spawn(async move {
                run.await;
                drop(seat);
            });
        }
        drop(listener);
        settings.drain.begin();
        finish(tasks, drain_deadline).await
    }
}

fn http1_settings(limits: &ServeLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    // The deadlines are the wire's: hyper's own would buy and free a timer with every request and would not tell an idle
    // connection from a slow one.
    http.header_read_timeout(None);
    http.max_header_size(limits.header_block_bytes);
    // A client may close its sending side and still wait for the answer.
    http.half_close(true);
    http
}

async fn finish(mut tasks: JoinSet<()>, deadline: Duration) -> Drained {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(deadline, all).await.is_ok() {
        return Drained { cut: 0 };
    }
    while tasks.try_join_next().is_some() {}
    let cut = tasks.len();
    tasks.shutdown().await;
    Drained { cut }
}
