//! Clients that break a rule, or want too much.

use super::super::listener::FULL;
use super::*;

/// Each request is refused with `status`, and the connection ends with the refusal.
async fn refused(status: &str, requests: &[String]) {
    let server = Running::start(ServeLimits::default()).await;
    for request in requests {
        let shown: String = request.chars().take(120).collect();
        let answer = server.exchange(request).await;
        let line = answer.lines().next().unwrap_or_default();
        assert_eq!(line, format!("HTTP/1.1 {status}"), "{shown:?} → {answer}");
        assert!(answer.contains("connection: close\r\n"), "{shown:?} → {answer}");
        assert!(!answer.contains("/smuggled"), "{shown:?} → {answer}");
    }
}

fn keep_alive(lines: &str) -> String {
    format!("POST / HTTP/1.1\r\n{lines}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[tokio::test]
async fn too_many_header_lines_are_refused() {
    let lines = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<Vec<_>>().concat();
    let server = Running::start(ServeLimits::default()).await;
    assert_eq!(server.status_of(get("/", &lines(62))).await, "HTTP/1.1 200 OK");
    refused("431 Request Header Fields Too Large", &[get("/", &lines(63)), get("/", &lines(200))]).await;
}

#[tokio::test]
async fn too_large_a_header_is_refused() {
    let line = format!("x: {}\r\n", "v".repeat(20 * 1024));
    refused("431 Request Header Fields Too Large", &[get("/", &line)]).await;
}

#[tokio::test]
async fn too_long_a_target_is_refused() {
    let path = |bytes: usize| format!("/{}", "p".repeat(bytes));
    refused("414 URI Too Long", &[get(&path(9 * 1024), ""), get(&format!("/?{}", path(9 * 1024)), "")]).await;
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let hosts = ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nhost: b\r\n", "Host:\r\n", "Host: a,b\r\n", "Host: x@a\r\n"];
    refused("400 Bad Request", &hosts.map(keep_alive)).await;
}

#[tokio::test]
async fn two_framings_of_one_body_are_refused() {
    let framings = [
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nTRANSFER-ENCODING: chunked\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
    ];
    refused("400 Bad Request", &framings.map(|framing| keep_alive(&format!("Host: a\r\n{framing}")))).await;
}

#[tokio::test]
async fn lines_end_in_both_characters() {
    let requests = [
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nx: 1\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nx: 1\r2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nx: 1\r\n folded\r\n\r\n",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    refused("400 Bad Request", &requests.map(str::to_owned)).await;
}

#[tokio::test]
async fn a_refused_line_is_told_at_once_even_if_the_head_goes_on() {
    let server = Running::start(ServeLimits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stream.write_all(b"st: a\nx: 1\r\n").await.unwrap();
    read_until(&mut stream, "400 Bad Request").await;
}

#[tokio::test]
async fn requests_before_a_refused_line_are_answered() {
    let server = Running::start(ServeLimits::default()).await;
    let answer = server.exchange("GET /good HTTP/1.1\r\nHost: a\r\n\r\nGET /bad HTTP/1.1\nHost: a\n\n").await;
    let (good, bad) = (answer.find("/good for").unwrap(), answer.find("400 Bad Request").unwrap());
    assert!(good < bad, "{answer}");
}

#[tokio::test]
async fn a_bad_chunk_never_becomes_a_request() {
    let server = Running::start(ServeLimits::default()).await;
    for chunks in ["3\nabc\r\n0\r\n\r\n", "zz\r\n", "ffffffffffffffff\r\n", "3\r\nabcd\r\n0\r\n\r\n", "\r\n"] {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = server.exchange(format!("{head}{chunks}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert!(!answer.contains("200 OK"), "{chunks:?} → {answer}");
    }
}

#[tokio::test]
async fn a_target_has_no_fragment() {
    refused("400 Bad Request", &[get("/a#b", "")]).await;
}

#[tokio::test]
async fn an_encoded_body_is_refused() {
    let lines = "Host: a\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n";
    refused("415 Unsupported Media Type", &[keep_alive(lines)]).await;
}

#[tokio::test]
async fn a_client_that_sends_far_too_much_reads_the_refusal() {
    const SENT: usize = 50 * 1024 * 1024;
    async fn send(mut sender: OwnedWriteHalf, head: String) {
        sender.write_all(head.as_bytes()).await.unwrap();
        let piece = Bytes::from(vec![b'x'; 64 * 1024]);
        for _ in 0..SENT / piece.len() {
            sender.write_all(&piece).await.expect("the server listens to the end");
        }
        sender.shutdown().await.unwrap();
    }
    let server = Running::start(ServeLimits::default()).await;
    let length = format!("Content-Length: {SENT}");
    let chunk = format!("Transfer-Encoding: chunked\r\n\r\n{SENT:x}");
    for framing in [length, chunk] {
        let (mut receiver, sender) = server.connect().await.into_split();
        send(sender, format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n")).await;
        let answer = read_to_end(&mut receiver).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{framing} → {answer}");
        assert!(answer.contains("connection: close\r\n"), "{framing} → {answer}");
        assert!(answer.contains("\"code\":\"too_large\""), "{framing} → {answer}");
    }
}

#[tokio::test]
async fn a_connection_without_a_seat_is_refused_and_counted() {
    let server = Running::start(ServeLimits { connections: 1, ..ServeLimits::default() }).await;
    let mut seated = server.connect().await;
    seated.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut seated, "200 OK").await;
    let mut stream = server.connect().await;
    let refusal = read_to_end(&mut stream).await;
    assert!(refusal.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{refusal}");
    assert_eq!((server.connections.open.get(), server.connections.refused.get()), (1, 1));
    drop(seated);
    let deadline = Instant::now() + PATIENCE;
    while server.connections.open.get() > 0 {
        assert!(Instant::now() < deadline, "the seat is given back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.status_of(get("/", "")).await, "HTTP/1.1 200 OK");
}

#[test]
fn the_refusal_without_a_seat_is_the_status_it_says() {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    assert!(FULL.starts_with(format!("HTTP/1.1 {status}\r\n").as_bytes()));
    assert!(FULL.ends_with(b"\r\n\r\n"));
}
