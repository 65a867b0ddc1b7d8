//! Requests that ask for another protocol, well or badly, and where there is none to be had.

use super::*;

/// A request for a WebSocket, with these lines in place of the ordinary ones.
pub(super) fn handshake(target: &str, lines: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n")
}

/// The ordinary lines.
pub(super) const GOOD: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn a_handshake_is_answered_as_the_standard_says() {
    let server = Running::start(ServeLimits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(handshake("/socket", GOOD).as_bytes()).await.unwrap();
    let answer = read_until(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{answer}");
    for line in ["connection: upgrade", "upgrade: websocket", "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] {
        assert!(answer.contains(&format!("\r\n{line}\r\n")), "{line} is not in {answer}");
    }
    assert!(!answer.contains("content-length") && !answer.contains("transfer-encoding"), "{answer}");
}

#[tokio::test]
async fn a_bad_handshake_is_refused() {
    let server = Running::start(ServeLimits::default()).await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (from, to) in [
        ("Connection: keep-alive, Upgrade\r\n", ""),
        ("keep-alive, Upgrade", "keep-alive"),
        ("Version: 13", "Version: 12"),
        ("Sec-WebSocket-Version: 13\r\n", ""),
        ("Version: 13", "Version: 13, 8"),
        (key, ""),
        (key, &key.repeat(2)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"),
        ("Connection", "Content-Length: 1\r\nConnection"),
    ] {
        let lines = GOOD.replace(from, to);
        assert_ne!(lines, GOOD);
        let mut stream = server.connect().await;
        stream.write_all(handshake("/socket", &lines).as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{lines} → {answer}");
        let knows_the_version = lines.contains("Version: 13\r\n");
        assert_ne!(answer.contains("sec-websocket-version: 13\r\n"), knows_the_version, "{lines} → {answer}");
    }
    let answer =
        server.exchange(handshake("/socket", &GOOD.replace("keep-alive, ", "")).replace("HTTP/1.1", "HTTP/1.0")).await;
    assert!(answer.starts_with("HTTP/1.0 400 Bad Request\r\n"), "{answer}");
}

#[tokio::test]
async fn an_upgrade_elsewhere_is_no_upgrade() {
    let server = Running::start(ServeLimits::default()).await;
    let others = [
        handshake("/other", GOOD),
        handshake("/socket", GOOD).replace("GET", "POST"),
        handshake("/socket", &GOOD.replace("WebSocket\r\n", "h2c\r\n")),
        handshake("/socket", &GOOD.replace("WebSocket\r\n", "websockets\r\n")),
    ];
    for request in others {
        let answer = server.exchange(format!("{request}{}", get("/next", ""))).await;
        assert_eq!(answer.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{request} → {answer}");
        assert!(answer.ends_with("/next for 127.0.0.1"), "{request} → {answer}");
        let smuggled = server.exchange(format!("{request}GET /smuggled HTTP/1.1\nHost: a\n\n")).await;
        assert!(smuggled.contains("400 Bad Request") && !smuggled.contains("/smuggled"), "{request} → {smuggled}");
    }
}

#[tokio::test]
async fn a_client_that_speaks_before_it_is_answered_has_no_socket() {
    let server = Running::start(ServeLimits::default()).await;
    let frame = "\u{1}\u{0}";
    for early in [frame, "\r\n", "\r", "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", "\n"] {
        let mut stream = server.connect().await;
        stream.write_all(format!("{}{early}", handshake("/socket", GOOD)).as_bytes()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{early:?} → {answer}");
        assert_eq!(rest, "", "{early:?}");
    }
}

#[tokio::test]
async fn a_refused_client_that_asked_for_an_upgrade_can_still_read_why() {
    let server = Running::start(ServeLimits::default()).await;
    let (mut receiver, mut sender) = server.connect().await.into_split();
    let size = 8 * 1024 * 1024;
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nContent-Length: {size}\r\n\r\n");
    sender.write_all(head.as_bytes()).await.unwrap();
    sender.write_all(&vec![b'x'; size]).await.expect("the server listens to the end");
    sender.shutdown().await.unwrap();
    let answer = read_to_end(&mut receiver).await;
    assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
}
