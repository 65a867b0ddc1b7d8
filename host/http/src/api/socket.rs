//! A WebSocket on any path that ends in `/api`: the calls of `POST /api`, one message each. Whoever opens one is nobody
//! yet; a token says who he is, in a message.

use std::pin::Pin;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Request};
use hyper::body::Incoming;

use super::answer;
use super::call::CallerContext;
use super::socket_state::Socket;
use crate::request::id::RequestId;
use crate::respond::problem::{Problem, ProblemCode};
use crate::serve::{Answer, Handshake, Peer, Speaker, asks};
use crate::shared::Shared;

/// How the path ends. What is before it is the clients' own: existing ones name their instance there.
const END: &str = "/api";

/// Whether a request asks for a socket where there are any.
pub(crate) fn is_asked_for<B>(request: &Request<B>) -> bool {
    request.uri().path().ends_with(END) && asks(request)
}

/// Opens a socket for whoever asks as RFC 6455 says, unless it is a web page of a stranger.
pub(crate) fn open(
    shared: &Shared,
    request: &Request<Incoming>,
    peer: Peer,
    id: &RequestId,
) -> Result<Answer, Problem> {
    let handshake = Handshake::read(request)?;
    let mut headers = request.headers().clone();
    if !may_come_from(&headers, &shared.api.origins) {
        return Err(Problem::new(ProblemCode::Forbidden, "web pages of this origin may not open a socket here"));
    }
    // A browser may add them by itself.
    headers.remove(AUTHORIZATION);
    headers.remove(COOKIE);
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let socket = Socket::new(shared.random.uuid());
    Ok(handshake.accept(Box::new(Conversation {
        shared: shared.clone(),
        headers,
        target,
        peer,
        id: id.clone(),
        socket,
    })))
}

/// Whether no browser asks, or a page of this host or of a named origin: a page must not speak from within its visitor's
/// network without our leave.
fn may_come_from(headers: &HeaderMap, named: &[String]) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return !headers.contains_key(ORIGIN) };
    named.iter().any(|named| named.as_bytes() == origin.as_bytes()) || is_of_host(origin, headers.get(HOST))
}

/// Whether `origin` is a page of `host`. Behind a proxy both speak of the proxy, and it may have another scheme than we.
fn is_of_host(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let parse = |value: &HeaderValue| value.to_str().ok().map(str::to_ascii_lowercase);
    let (Some(origin), Some(host)) = (parse(origin), host.and_then(parse)) else { return false };
    let schemes = [("http://", ":80"), ("https://", ":443")];
    schemes.iter().any(|(scheme, port)| {
        let origin = origin.strip_prefix(scheme).map(|origin| origin.strip_suffix(port).unwrap_or(origin));
        origin.is_some_and(|origin| origin == host.strip_suffix(port).unwrap_or(&host))
    })
}

/// One open socket.
struct Conversation {
    shared: Shared,
    /// Of the request that opened it, without what a credential could be in.
    headers: HeaderMap,
    target: String,
    peer: Peer,
    id: RequestId,
    socket: Socket,
}

impl Speaker for Conversation {
    fn answer(&mut self, message: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>> {
        Box::pin(async move {
            let from = CallerContext {
                headers: &self.headers,
                method: "GET",
                target: &self.target,
                peer: self.peer,
                request: &self.id,
                socket: Some(&self.socket),
            };
            answer(&self.shared, &from, &message).await
        })
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HOST, ORIGIN};
    use http::{HeaderMap, HeaderValue};

    use super::may_come_from;

    #[track_caller]
    fn check(host: &'static str, origins: &[&'static str], expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        for origin in origins {
            headers.append(ORIGIN, HeaderValue::from_static(origin));
        }
        let named = ["https://panel.example.com".to_owned()];
        assert_eq!(may_come_from(&headers, &named), expected, "{origins:?} at {host}");
    }

    #[test]
    fn a_page_speaks_to_its_own_host_or_is_named() {
        let host = "bridge.example.com";
        for origins in [
            &[][..],
            &["https://panel.example.com"],
            &["https://bridge.example.com"],
            &["http://Bridge.Example.com"],
            &["https://bridge.example.com:443"],
        ] {
            check(host, origins, true);
        }
        for origin in [
            "null",
            "",
            "bridge.example.com",
            "https://bridge.example.com:8443",
            "https://bridge.example.com:80",
            "https://bridge.example.com.evil.example",
            "https://evil.example/bridge.example.com",
            "ftp://bridge.example.com",
            "http://panel.example.com",
            "https://panel.example.com:443",
        ] {
            check(host, &[origin], false);
        }
        check(host, &["https://bridge.example.com", "https://bridge.example.com"], false);
        check("127.0.0.1:8080", &["http://127.0.0.1:8080"], true);
        check("127.0.0.1:8080", &["http://127.0.0.1"], false);
        check("bridge.example.com:80", &["http://bridge.example.com"], true);
        check("[::1]:443", &["https://[::1]"], true);
    }
}
