//! Clients that are slow.

use super::*;

fn quick() -> ServeLimits {
    ServeLimits {
        header_deadline_ms: 200,
        body_deadline_ms: 300,
        idle_deadline_ms: 600,
        write_deadline_ms: 200,
        linger_deadline_ms: 100,
        ..ServeLimits::default()
    }
}

/// Sends a byte every 20 ms until the server closes; how long that took, and what it said.
async fn trickle(server: &Running, start: &str) -> (Duration, String) {
    let mut stream = server.connect().await;
    stream.write_all(start.as_bytes()).await.unwrap();
    let began = Instant::now();
    let (mut receiver, mut sender) = stream.split();
    let mut answer = Vec::new();
    let sending = async {
        while sender.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let receiving = async {
        // A reset is as good an end as any: the client is still sending.
        while receiver.read_buf(&mut answer).await.is_ok_and(|read| read > 0) {}
    };
    timeout(PATIENCE, async {
        tokio::select! { () = sending => {}, () = receiving => {} }
    })
    .await
    .expect("the server closes in time");
    (began.elapsed(), String::from_utf8(answer).unwrap())
}

#[track_caller]
fn lasted(took: Duration, ms: std::ops::Range<u64>) {
    assert!(ms.contains(&u64::try_from(took.as_millis()).unwrap()), "{took:?} is not within {ms:?} ms");
}

#[tokio::test]
async fn a_slow_header_is_cut_at_its_deadline() {
    let server = Running::start(quick()).await;
    let (took, answer) = trickle(&server, "GET / HTTP/1.1\r\nHost: a\r\nx: ").await;
    lasted(took, 150..500);
    assert_eq!(answer, "");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_cut_at_the_header_deadline() {
    let server = Running::start(quick()).await;
    let began = Instant::now();
    assert_eq!(read_to_end(&mut server.connect().await).await, "");
    lasted(began.elapsed(), 150..500);
}

#[tokio::test]
async fn a_slow_second_header_is_cut_at_its_own_deadline() {
    let server = Running::start(quick()).await;
    let (took, answer) = trickle(&server, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nx: ").await;
    lasted(took, 150..500);
    assert!(answer.ends_with("/ for 127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_slow_body_is_told_so() {
    let server = Running::start(quick()).await;
    for framing in ["Content-Length: 60000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffff\r\n"] {
        let (took, answer) = trickle(&server, &format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}")).await;
        lasted(took, 250..700);
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{framing} → {answer}");
        assert!(answer.contains("connection: close\r\n"), "{framing} → {answer}");
    }
}

#[tokio::test]
async fn an_idle_connection_may_rest_longer_than_a_header_may_take() {
    let server = Running::start(quick()).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_until(&mut stream, "/ for 127.0.0.1").await;
        tokio::time::sleep(Duration::from_millis(350)).await;
    }
    let began = Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    lasted(began.elapsed(), 150..500);
}

#[tokio::test]
async fn a_handler_may_take_longer_than_a_client_may() {
    let server = Running::start(quick()).await;
    assert_eq!(server.status_of(get("/wait/800", "")).await, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_client_that_never_reads_its_answers_is_cut() {
    let server = Running::start(quick()).await;
    let mut stream = server.connect().await;
    let request =
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY_BYTES}\r\n\r\n{}", "x".repeat(BODY_BYTES));
    let sending = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    timeout(PATIENCE, sending).await.expect("the server closes in time");
}
