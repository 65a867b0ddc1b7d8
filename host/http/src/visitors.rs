//! A door that stands open for one person at his own machine: nobody is let in who calls it by another name, and it knows
//! how long nobody came.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::HOST;
use http::{HeaderValue, Request};
use parking_lot::Mutex;
use wardgate_domain::Random;

use crate::request::id::{RequestId, X_REQUEST_ID};
use crate::request::unattended::is_unattended;
use crate::respond::problem::Problem;
use crate::serve::Answer;

/// Who comes to a listener on loopback. Clones are the same.
#[derive(Clone)]
pub struct Visitors(Arc<Inner>);

struct Inner {
    /// What a browser at this machine calls the listener.
    names: Vec<String>,
    random: Random,
    seen: Mutex<Seen>,
}

struct Seen {
    inside: usize,
    last: Instant,
}

impl Visitors {
    /// Watches the listener at `address`.
    pub fn new(address: SocketAddr, random: Random) -> Self {
        let mut names = vec![address.to_string(), format!("localhost:{}", address.port())];
        if address.port() == 80 {
            names.extend(["localhost".to_owned(), address.to_string().trim_end_matches(":80").to_owned()]);
        }
        let seen = Mutex::new(Seen { inside: 0, last: Instant::now() });
        Self(Arc::new(Inner { names, random, seen }))
    }

    /// How long nobody has asked for anything and waited for its answer.
    pub fn idle(&self) -> Duration {
        let seen = self.0.seen.lock();
        if seen.inside > 0 { Duration::ZERO } else { seen.last.elapsed() }
    }

    /// Has `answer` answer a request, unless it calls this listener by another name: a page whose name was made to lead
    /// here would otherwise read what only the person at this machine may (DNS rebinding). Neither whoever is turned away
    /// counts as a visitor, nor a page that asks by itself.
    pub async fn receive<B, F>(&self, request: Request<B>, answer: impl FnOnce(Request<B>) -> F) -> Answer
    where
        F: Future<Output: Into<Answer>>,
    {
        let host = request.headers().get(HOST).map(HeaderValue::as_bytes).unwrap_or_default();
        if !self.0.names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(host)) {
            let id = RequestId::of(request.headers(), &self.0.random);
            let mut refused = Problem::wrong_host().into_response(&id);
            refused.headers_mut().insert(X_REQUEST_ID, id.header_value());
            return refused.into();
        }
        let _visit = (!is_unattended(request.headers())).then(|| Visit::begin(&self.0));
        answer(request).await.into()
    }
}

/// Somebody who waits for his answer; also one who gave up has been here.
struct Visit<'a>(&'a Inner);

impl<'a> Visit<'a> {
    fn begin(inner: &'a Inner) -> Self {
        inner.seen.lock().inside += 1;
        Self(inner)
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut seen = self.0.seen.lock();
        seen.inside -= 1;
        seen.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Response, StatusCode};

    use super::*;

    #[tokio::test]
    async fn only_its_own_names_lead_in() {
        let ask = async |visitors: &Visitors, host: Option<&str>| {
            let mut request = Request::new(());
            if let Some(host) = host {
                request.headers_mut().insert(HOST, host.parse().unwrap());
            }
            visitors.receive(request, |_| async { Response::new(Body::empty()) }).await.status()
        };
        let visitors = Visitors::new("127.0.0.1:4711".parse().unwrap(), Random::seeded(1));
        for own in ["127.0.0.1:4711", "localhost:4711", "LocalHost:4711"] {
            assert_eq!(ask(&visitors, Some(own)).await, StatusCode::OK, "{own}");
        }
        for other in [
            None,
            Some("evil.example"),
            Some("evil.example:4711"),
            Some("localhost"),
            Some("127.0.0.1"),
            Some("127.0.0.1:80"),
            Some("127.0.0.1:4711.evil.example"),
            Some("127.0.0.2:4711"),
            Some("[::1]:4711"),
        ] {
            assert_eq!(ask(&visitors, other).await, StatusCode::MISDIRECTED_REQUEST, "{other:?}");
        }
        let visitors = Visitors::new("[::1]:80".parse().unwrap(), Random::seeded(1));
        for own in ["[::1]:80", "[::1]", "localhost"] {
            assert_eq!(ask(&visitors, Some(own)).await, StatusCode::OK, "{own}");
        }
    }

    #[tokio::test]
    async fn whoever_waits_is_a_visitor_and_whoever_is_turned_away_is_none() {
        let visitors = Visitors::new("127.0.0.1:4711".parse().unwrap(), Random::seeded(1));
        let pause = Duration::from_millis(20);
        tokio::time::sleep(pause).await;
        assert!(visitors.idle() >= pause);
        visitors.receive(Request::new(()), |_| async { Response::new(Body::empty()) }).await;
        assert!(visitors.idle() >= pause, "he was turned away");
        let mut request = Request::new(());
        request.headers_mut().insert(HOST, HeaderValue::from_static("localhost:4711"));
        let mut by_itself = request.clone();
        by_itself.headers_mut().insert("x-wardgate-unattended", HeaderValue::from_static("1"));
        visitors.receive(by_itself, |_| async { Response::new(Body::empty()) }).await;
        assert!(visitors.idle() >= pause, "nobody was there");
        visitors
            .receive(request, |_| async {
                tokio::time::sleep(pause).await;
                assert_eq!(visitors.idle(), Duration::ZERO);
                Response::new(Body::empty())
            })
            .await;
        assert!(visitors.idle() < pause, "he was here just now");
    }
}
