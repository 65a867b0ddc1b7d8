//! What a client sees, over real sockets, with deadlines short enough to wait for.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::request::body::read_body;
use crate::request::id::RequestId;
use crate::respond::problem::Problem;

mod abuse;
mod deadlines;
mod draining;
mod ordinary;
mod sockets;
mod upgrades;

/// The largest body that the test service reads, in bytes.
const BODY_BYTES: usize = 64 * 1024;
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server.
struct Running {
    address: SocketAddr,
    connections: ConnectionMetrics,
    stop: oneshot::Sender<()>,
    drained: JoinHandle<Drained>,
}

impl Running {
    async fn start(limits: ServeLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let connections = ConnectionMetrics::default();
        let server = Server { limits, connections: connections.clone() };
        let drained = tokio::spawn(server.serve(listener, Random::seeded(42), answer, async {
            let _ = stopped.await;
        }));
        Self { address, connections, stop, drained }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `request` and reads all that comes until the server closes.
    async fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        read_to_end(&mut stream).await
    }

    /// Sends `request` and says what the first line of the answer is.
    async fn status_of(&self, request: impl AsRef<[u8]>) -> String {
        let answer = self.exchange(request).await;
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

/// Opens a WebSocket where one is asked for at `/socket`, and answers everything else.
async fn answer(request: Request<Incoming>, peer: Peer) -> Answer {
    if !asks(&request) || request.uri().path() != "/socket" {
        return answer_plainly(request, peer).await.into();
    }
    match Handshake::read(&request) {
        Ok(handshake) => handshake.accept(Box::new(Echo)),
        Err(problem) => problem.into_response(&RequestId::fresh(&Random::seeded(42))).into(),
    }
}

/// Says every message back; first waits as many milliseconds as it names.
struct Echo;

impl Speaker for Echo {
    fn answer(&mut self, message: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>> {
        Box::pin(async move {
            if let Some(ms) = str::from_utf8(&message).ok().and_then(|text| text.strip_prefix("wait ")) {
                tokio::time::sleep(Duration::from_millis(ms.parse().unwrap())).await;
            }
            message
        })
    }
}

/// Says who asks for what, waits if told to, and sends a body back.
async fn answer_plainly(request: Request<Incoming>, peer: Peer) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if let Some(ms) = path.strip_prefix("/wait/") {
        tokio::time::sleep(Duration::from_millis(ms.parse().unwrap())).await;
    }
    match read_body(request.into_body(), BODY_BYTES).await {
        Ok(body) if body.is_empty() => Response::new(Body::from(format!("{path} for {}", peer.ip))),
        Ok(body) => Response::new(Body::from(body)),
        Err(error) => Problem::from(error).into_response(&RequestId::fresh(&Random::seeded(42))),
    }
}

async fn read_to_end(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes in time").unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads until `text` has arrived; the connection may stay open.
async fn read_until(stream: &mut (impl AsyncReadExt + Unpin), text: &str) -> String {
    let mut answer = Vec::new();
    loop {
        let read = timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("the answer comes in time").unwrap();
        let answer = String::from_utf8_lossy(&answer);
        if answer.contains(text) {
            return answer.into_owned();
        }
        assert_ne!(read, 0, "the server closed after: {answer}");
    }
}

/// A GET with more header lines, which end in CRLF each; the server closes after it.
fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{headers}\r\n")
}
