//! Clients that do what HTTP allows.

use super::*;

#[tokio::test]
async fn a_request_is_answered_and_its_peer_known() {
    let server = Running::start(ServeLimits::default()).await;
    let answer = server.exchange(get("/hello", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("/hello for 127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Running::start(ServeLimits::default()).await;
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst";
    let chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nsec\r\n3\r\nond\r\n0\r\nt: 1\r\n\r\n";
    let answer = server.exchange(format!("{post}{chunked}\r\n{}", get("/third", ""))).await;
    let places: Vec<_> = ["first", "second", "/third"].map(|text| answer.find(text).unwrap()).into();
    assert!(places.is_sorted(), "{answer}");
}

#[tokio::test]
async fn a_request_may_arrive_byte_by_byte() {
    let server = Running::start(ServeLimits::default()).await;
    let mut stream = server.connect().await;
    stream.set_nodelay(true).unwrap();
    for text in ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", &get("/x", "")]
    {
        for byte in text.bytes() {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
    let answer = read_to_end(&mut stream).await;
    assert!(answer.contains("\r\n\r\nhi") && answer.ends_with("/x for 127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_client_that_closed_its_sending_side_is_answered() {
    let server = Running::start(ServeLimits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /wait/100 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(read_to_end(&mut stream).await.ends_with("/wait/100 for 127.0.0.1"));
}

#[tokio::test]
async fn a_client_that_waits_for_leave_to_send_gets_it() {
    let server = Running::start(ServeLimits::default()).await;
    let mut stream = server.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n").await;
    stream.write_all(b"now").await.unwrap();
    assert!(read_to_end(&mut stream).await.ends_with("now"));
}

#[tokio::test]
async fn a_proxys_target_is_taken_if_it_names_the_host() {
    let server = Running::start(ServeLimits::default()).await;
    assert!(server.exchange(get("http://A.example/x", "")).await.ends_with("/x for 127.0.0.1"));
    assert_eq!(server.status_of(get("http://b.example/x", "")).await, "HTTP/1.1 400 Bad Request");
    let tunnel = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nConnection: close\r\n\r\n";
    assert_eq!(server.status_of(tunnel).await, "HTTP/1.1 400 Bad Request");
}

#[tokio::test]
async fn http_1_0_may_name_no_host() {
    let server = Running::start(ServeLimits::default()).await;
    assert_eq!(server.status_of("GET / HTTP/1.0\r\n\r\n").await, "HTTP/1.0 200 OK");
}
