//! A PrivMX client that calls over a WebSocket, by another library's hands.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Answer, Told};

/// How long a test waits for a message before it calls the server stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open socket.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// A socket at `path`.
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Self {
        Self::ask(address, path, &[]).await.unwrap_or_else(|answer| panic!("no socket at {path}: {}", answer.text()))
    }

    /// A socket, or the refusal of a request for one that has these headers, too.
    pub(crate) async fn ask(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Result<Self, Answer> {
        let mut request = format!("ws://{address}{path}").into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        match timeout(PATIENCE, client_async(request, stream)).await.expect("the server answers") {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                Err(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.unwrap_or_default() })
            }
            Err(error) => panic!("neither a socket nor a refusal: {error}"),
        }
    }

    /// One call.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Told {
        self.call_with(method, params, None).await
    }

    /// One call, with a member `token`.
    pub(crate) async fn call_with(&mut self, method: &str, params: Value, token: Option<&str>) -> Told {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut call = json!({ "id": id, "jsonrpc": "2.0", "method": method, "params": params });
        if let Some(token) = token {
            call["token"] = json!(token);
        }
        let told = self.exchange(Message::text(call.to_string())).await;
        assert_eq!(told.json["id"], id, "{method} is answered with another id: {}", told.json);
        told
    }

    /// A message that need not be a call, and what the server says to it.
    pub(crate) async fn exchange(&mut self, message: Message) -> Told {
        self.send(message).await;
        match self.next().await {
            Some(Message::Text(text)) => {
                let headers =
                    HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
                Told::read(Answer { status: 200, headers, body: text.as_bytes().to_vec() })
            }
            other => panic!("{other:?} is no answer"),
        }
    }

    /// Sends a message, and does not wait.
    pub(crate) async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("the server listens");
    }

    /// The code that the server closes with; nothing else may come before.
    pub(crate) async fn closed(mut self) -> u16 {
        match self.next().await {
            Some(Message::Close(Some(frame))) => frame.code.into(),
            other => panic!("{other:?} is no close frame"),
        }
    }

    /// What the server says next, pings aside.
    async fn next(&mut self) -> Option<Message> {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("the server speaks or closes") {
                Some(Ok(Message::Ping(_))) => {}
                message => return message?.ok(),
            }
        }
    }
}
