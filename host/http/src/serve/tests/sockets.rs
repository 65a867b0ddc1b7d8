//! WebSockets: messages, and whatever ends them.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, Utf8Bytes};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::upgrades::{GOOD, handshake};
use super::*;

type Client = WebSocketStream<TcpStream>;

fn quick() -> ServeLimits {
    ServeLimits {
        header_deadline_ms: 200,
        idle_deadline_ms: 200,
        write_deadline_ms: 200,
        linger_deadline_ms: 100,
        socket_idle_deadline_ms: 400,
        ..ServeLimits::default()
    }
}

async fn open(server: &Running) -> Client {
    client_async("ws://a.example/socket", server.connect().await).await.expect("a socket").0
}

/// A client that does nothing by itself.
async fn open_raw(server: &Running) -> TcpStream {
    let mut stream = server.connect().await;
    stream.write_all(handshake("/socket", GOOD).as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    stream
}

async fn next(client: &mut Client) -> Option<Result<Message, Error>> {
    timeout(PATIENCE, client.next()).await.expect("something comes in time")
}

/// What the server says next, pings aside.
async fn said(client: &mut Client) -> String {
    loop {
        match next(client).await.expect("open").expect("a message") {
            Message::Text(text) => return text.to_string(),
            Message::Ping(_) => {}
            other => panic!("{other} and no text"),
        }
    }
}

/// The code of the server's close frame, and that nothing comes after it.
async fn closed(client: &mut Client) -> u16 {
    loop {
        match next(client).await.expect("a close frame").expect("a close frame") {
            Message::Close(frame) => {
                assert!(next(client).await.is_none(), "the end");
                return frame.expect("a code").code.into();
            }
            Message::Ping(_) => {}
            other => panic!("{other} before the close frame"),
        }
    }
}

async fn end_after(message: Message) -> u16 {
    let server = Running::start(quick()).await;
    let mut client = open(&server).await;
    // The server may have closed before all of it is sent.
    let _ = client.send(message).await;
    closed(&mut client).await
}

fn frame(payload: impl Into<Bytes>, opcode: Data, last: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(opcode), last))
}

#[tokio::test]
async fn messages_are_answered_one_by_one_and_as_text() {
    let server = Running::start(ServeLimits::default()).await;
    let mut client = open(&server).await;
    for text in ["hello", "", "GET / HTTP/1.1\n#\n\n", "żółw"] {
        client.send(Message::text(text)).await.unwrap();
        assert_eq!(said(&mut client).await, text);
    }
    client.send(Message::binary("bytes")).await.unwrap();
    assert_eq!(next(&mut client).await.unwrap().unwrap(), Message::text("bytes"));
    for text in ["wait 100", "first", "second"] {
        client.feed(Message::text(text)).await.unwrap();
    }
    client.flush().await.unwrap();
    for text in ["wait 100", "first", "second"] {
        assert_eq!(said(&mut client).await, text);
    }
}

#[tokio::test]
async fn a_message_may_come_in_pieces() {
    let server = Running::start(ServeLimits::default()).await;
    let mut client = open(&server).await;
    client.send(frame("fi", Data::Text, false)).await.unwrap();
    client.send(Message::Ping(Bytes::from_static(b"?"))).await.unwrap();
    client.send(frame("rst", Data::Continue, true)).await.unwrap();
    assert_eq!(next(&mut client).await.unwrap().unwrap(), Message::Pong(Bytes::from_static(b"?")));
    assert_eq!(said(&mut client).await, "first");
}

#[tokio::test]
async fn a_message_has_a_bound() {
    let limit = ServeLimits::default().socket_message_bytes;
    let server = Running::start(ServeLimits::default()).await;
    let mut client = open(&server).await;
    client.send(Message::text("x".repeat(limit))).await.unwrap();
    assert_eq!(said(&mut client).await.len(), limit);
    client.send(Message::text("x".repeat(limit + 1))).await.unwrap();
    assert_eq!(closed(&mut client).await, 1009);
    let mut client = open(&server).await;
    client.send(frame("x".repeat(limit), Data::Text, false)).await.unwrap();
    client.send(frame("x", Data::Continue, true)).await.unwrap();
    assert_eq!(closed(&mut client).await, 1009);
}

#[tokio::test]
async fn a_client_that_sends_far_too_much_reads_the_close_frame() {
    let server = Running::start(ServeLimits::default()).await;
    let mut client = open(&server).await;
    client.send(Message::text("x".repeat(16 * 1024 * 1024))).await.expect("the server listens to the end");
    assert_eq!(closed(&mut client).await, 1009);
}

#[tokio::test]
async fn what_breaks_the_protocol_is_told_so() {
    assert_eq!(end_after(frame(&b"\xff\xfe"[..], Data::Text, true)).await, 1007);
    assert_eq!(end_after(frame("x", Data::Continue, true)).await, 1002);
    assert_eq!(end_after(frame("x", Data::Reserved(3), true)).await, 1002);
    assert_eq!(end_after(Message::binary(&b"\xff"[..])).await, 1011, "an answer that is no text");
}

#[tokio::test]
async fn a_frame_without_a_mask_is_refused() {
    let server = Running::start(quick()).await;
    let mut stream = open_raw(&server).await;
    stream.write_all(b"\x81\x02hi").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer[..4], [0x88, answer[1], 0x03, 0xea], "close, 1002");
}

#[tokio::test]
async fn a_clients_close_is_answered() {
    let server = Running::start(ServeLimits::default()).await;
    let mut client = open(&server).await;
    let began = Instant::now();
    client.close(None).await.unwrap();
    assert!(matches!(next(&mut client).await, Some(Ok(Message::Close(None)))));
    assert!(next(&mut client).await.is_none());
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_closed() {
    let server = Running::start(quick()).await;
    for said in [&b""[..], b"\x81"] {
        let mut stream = open_raw(&server).await;
        let began = Instant::now();
        stream.write_all(said).await.unwrap();
        let mut heard = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("the server closes in time").unwrap();
        assert_eq!(heard[..2], [0x89, 0x00], "a ping");
        assert_eq!(heard[2..6], [0x88, heard[3], 0x03, 0xf0], "close, 1008");
        let took = began.elapsed();
        assert!((350..1_500).contains(&took.as_millis()), "{took:?}");
    }
}

#[tokio::test]
async fn a_trickle_of_bytes_is_silence() {
    let server = Running::start(quick()).await;
    let (mut receiver, mut sender) = open_raw(&server).await.into_split();
    let began = Instant::now();
    let trickle = async {
        sender.write_all(b"\x81\xfe\xff\xff\0\0\0\0").await.unwrap();
        while sender.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut heard = Vec::new();
    let hear = async { while receiver.read_buf(&mut heard).await.is_ok_and(|read| read > 0) {} };
    timeout(PATIENCE, async {
        tokio::select! { () = trickle => {}, () = hear => {} }
    })
    .await
    .expect("the server closes in time");
    assert!((350..1_500).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let server = Running::start(quick()).await;
    let mut client = open(&server).await;
    let mut pings = 0;
    let listening = async {
        while let Some(Ok(Message::Ping(_))) = client.next().await {
            pings += 1;
        }
    };
    timeout(Duration::from_millis(1_500), listening).await.expect_err("it stays");
    assert!(pings >= 4, "{pings} pings");
    client.send(Message::text("still here")).await.unwrap();
    assert_eq!(said(&mut client).await, "still here");
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_cut() {
    let server = Running::start(quick()).await;
    // One that wants answers and one that wants pongs, with masks of zeros and little room for either.
    let text = [&b"\x81\xfe\xff\xff\0\0\0\0"[..], &b"x".repeat(0xffff)].concat();
    let ping = [&b"\x89\xfd\0\0\0\0"[..], &b"x".repeat(125)].concat();
    for said in [text, ping] {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        let mut stream = socket.connect(server.address).await.unwrap();
        stream.write_all(handshake("/socket", GOOD).as_bytes()).await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        let said = said.repeat(1 + 64 * 1024 / said.len());
        let sending = async { while stream.write_all(&said).await.is_ok() {} };
        timeout(PATIENCE, sending).await.expect("the server closes in time");
    }
}

#[tokio::test]
async fn a_socket_has_a_seat_as_long_as_it_lives() {
    let server = Running::start(ServeLimits { connections: 1, ..ServeLimits::default() }).await;
    let mut client = open(&server).await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(said(&mut client).await, "hello");
    assert_eq!(server.connections.open.get(), 1);
    assert!(read_to_end(&mut server.connect().await).await.starts_with("HTTP/1.1 503 "));
    drop(client);
    let deadline = Instant::now() + PATIENCE;
    while server.connections.open.get() > 0 {
        assert!(Instant::now() < deadline, "the seat is given back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn draining_answers_what_was_asked_and_says_goodbye() {
    let server = Running::start(ServeLimits::default()).await;
    let (mut busy, mut idle) = (open(&server).await, open(&server).await);
    busy.send(Message::text("wait 300")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    server.stop.send(()).unwrap();
    assert_eq!(closed(&mut idle).await, 1001);
    assert!(began.elapsed() < Duration::from_millis(200));
    assert_eq!(said(&mut busy).await, "wait 300");
    assert_eq!(closed(&mut busy).await, 1001);
    assert_eq!(server.drained.await.unwrap(), Drained { cut: 0 });
    assert_eq!(server.connections.open.get(), 0);
}

#[tokio::test]
async fn draining_cuts_a_socket_whose_answer_does_not_come() {
    let server = Running::start(ServeLimits { drain_deadline_ms: 200, ..ServeLimits::default() }).await;
    let (mut busy, deaf) = (open(&server).await, open_raw(&server).await);
    busy.send(Message::Text(Utf8Bytes::from_static("wait 60000"))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(deaf);
    server.stop.send(()).unwrap();
    assert_eq!(server.drained.await.unwrap(), Drained { cut: 1 });
    assert!(next(&mut busy).await.is_none_or(|end| end.is_err()));
}

#[tokio::test]
async fn a_client_that_ignores_the_goodbye_holds_nobody_up() {
    let server = Running::start(ServeLimits { linger_deadline_ms: 100, ..ServeLimits::default() }).await;
    let _deaf = open_raw(&server).await;
    let began = Instant::now();
    server.stop.send(()).unwrap();
    assert_eq!(server.drained.await.unwrap(), Drained { cut: 0 });
    assert!(began.elapsed() < Duration::from_secs(2));
}
