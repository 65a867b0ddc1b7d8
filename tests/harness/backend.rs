//! A tenant's backend inside the test: a real HTTP server that keeps what it is sent, byte for byte, and answers as it
//! is told, also as no server should.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use http::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running backend. It knows nothing and says `"OK"`, unless it is told otherwise.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    parts: Arc<Parts>,
    serving: JoinHandle<()>,
}

struct Parts {
    heard: Mutex<Vec<Heard>>,
    answer: Mutex<Rule>,
    held: watch::Sender<bool>,
}

/// What is said to a call.
type Rule = Box<dyn Fn(&Heard) -> Say + Send>;

/// One call as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// Request line and headers, a line each, names in lower case.
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
}

/// What the backend does with a call.
pub(crate) enum Say {
    /// A JSON-RPC result.
    Result(Value),
    /// A JSON-RPC error.
    Error(i64, &'static str),
    /// Any text, with status 200.
    Text(String),
    /// Any answer at all.
    Whole(Response<Body>),
    /// A JSON-RPC result, once [`Backend::release`] says so.
    Held(Value),
}

impl Backend {
    pub(crate) async fn start() -> Self {
        let parts = Arc::new(Parts {
            heard: Mutex::default(),
            answer: Mutex::new(Box::new(|_| Say::Result(json!("OK")))),
            held: watch::Sender::new(true),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new().fallback(answer).with_state(parts.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { address, parts, serving }
    }

    /// Where the tenant's file says it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/rpc", self.address)
    }

    /// From now on it answers like this.
    pub(crate) fn answer(&self, answer: impl Fn(&Heard) -> Say + Send + 'static) {
        *self.parts.answer.lock().expect("no panic") = Box::new(answer);
    }

    /// From now on it answers everything like this.
    pub(crate) fn say(&self, text: impl Into<String>) {
        let text = text.into();
        self.answer(move |_| Say::Text(text.clone()));
    }

    /// Lets go of what is held, now and from now on.
    pub(crate) fn release(&self) {
        self.parts.held.send_replace(false);
    }

    /// What it was sent since this was asked last.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.parts.heard.lock().expect("no panic"))
    }

    /// How many calls it was sent since [`Self::heard`].
    pub(crate) fn count(&self) -> usize {
        self.parts.heard.lock().expect("no panic").len()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Heard {
    pub(crate) fn method(&self) -> String {
        self.json()["method"].as_str().expect("a method").to_owned()
    }

    pub(crate) fn params(&self) -> Value {
        self.json()["params"].clone()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Everything that was sent.
    pub(crate) fn text(&self) -> String {
        format!("{}\n\n{}", self.head.join("\n"), self.body)
    }
}

async fn answer(State(parts): State<Arc<Parts>>, request: Request) -> Response<Body> {
    let (request, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a call comes whole");
    let mut lines = vec![format!("{} {}", request.method, request.uri)];
    let value = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    lines.extend(request.headers.iter().map(|(name, text)| format!("{name}: {}", value(text))));
    let heard = Heard { head: lines, body: String::from_utf8(body.to_vec()).expect("a call is text") };
    parts.heard.lock().expect("no panic").push(heard.clone());
    let said = parts.answer.lock().expect("no panic")(&heard);
    let text = match said {
        Say::Result(result) => result_text(&result),
        Say::Error(code, message) => error_text(code, message),
        Say::Text(text) => text,
        Say::Whole(response) => return response,
        Say::Held(result) => {
            // It ends only with the backend.
            let _ = parts.held.subscribe().wait_for(|held| !held).await;
            result_text(&result)
        }
    };
    Response::new(Body::from(text))
}

fn result_text(result: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string()
}

fn error_text(code: i64, message: &str) -> String {
    let error = json!({ "code": code, "message": message, "data": null });
    json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string()
}
