//! The end of a server.

use super::*;

async fn started(server: &Running, path: &str) -> TcpStream {
    let mut stream = server.connect().await;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stream
}

#[tokio::test]
async fn draining_finishes_what_is_in_flight_and_closes_what_is_idle() {
    let server = Running::start(ServeLimits::default()).await;
    let mut busy = started(&server, "/wait/300").await;
    let mut idle = started(&server, "/done").await;
    read_until(&mut idle, "/done for").await;
    let began = Instant::now();
    server.stop.send(()).unwrap();
    assert_eq!(read_to_end(&mut idle).await, "");
    assert!(began.elapsed() < Duration::from_millis(200));
    let answer = read_to_end(&mut busy).await;
    assert!(answer.contains("connection: close\r\n") && answer.ends_with("/wait/300 for 127.0.0.1"), "{answer}");
    assert_eq!(server.drained.await.unwrap(), Drained { cut: 0 });
    assert!(TcpStream::connect(server.address).await.is_err(), "nothing is accepted any more");
}

#[tokio::test]
async fn draining_cuts_what_does_not_finish_and_says_how_many() {
    let server = Running::start(ServeLimits { drain_deadline_ms: 200, ..ServeLimits::default() }).await;
    let mut slow = started(&server, "/wait/60000").await;
    let mut quick = started(&server, "/wait/150").await;
    server.stop.send(()).unwrap();
    assert!(read_to_end(&mut quick).await.contains("200 OK"));
    assert_eq!(server.drained.await.unwrap(), Drained { cut: 1 });
    assert_eq!(read_to_end(&mut slow).await, "");
    assert_eq!(server.connections.open.get(), 0);
}
