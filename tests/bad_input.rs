//! What no decent client sends: refused by a named limit, in the dialect of the door, with a request id, giving nothing
//! away and changing nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, Key, Raw, Server, Setup, TOKEN, exchange, member_names};

/// Words that would tell how the server is made.
const TELLTALE: [&str; 13] = [
    "/tmp", "/home", "src/", ".rs", "sqlite", "SELECT", "INSERT", "serde", "axum", "hyper", "panicked", "Some(",
    "struct ",
];
/// A header deadline for tests that wait for it, in milliseconds.
const SHORT_MS: u64 = 300;

#[track_caller]
fn check_tells_nothing(text: &str) {
    for word in TELLTALE {
        assert!(!text.contains(word), "{word:?} is given away: {text}");
    }
}

/// A refusal in its dialect: Nexus, OAuth or problem+json.
#[track_caller]
fn check_dialect(path: &str, answer: &Answer) {
    let id = answer.header("x-request-id").expect("a request id");
    check_tells_nothing(&answer.text());
    let members = member_names(&answer.text());
    if path.starts_with("/nexus/") {
        assert_eq!(members, ["referenceId", "operationId", "status", "data"]);
        assert_eq!(answer.json()["referenceId"], id);
    } else if path.starts_with("/auth/") {
        assert_eq!(members, ["error", "error_description"]);
    } else {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(members[..6], ["type", "title", "status", "detail", "code", "request_id"]);
        let body = answer.json();
        assert_eq!((&body["request_id"], &body["status"]), (&json!(id), &json!(answer.status)));
        assert_eq!(body["type"].as_str(), body["code"].as_str().map(|code| format!("/docs/errors#{code}")).as_deref());
    }
}

async fn post(actor: &Actor, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    actor.send(actor.request("POST", path).header("content-type", "application/json").body(body)).await
}

async fn keys_of(actor: &Actor) -> Value {
    actor.get(APIKEYS).await.expect(200).json()
}

#[tokio::test]
async fn json_that_can_be_read_in_two_ways_or_not_at_all_is_refused() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let before = keys_of(&admin).await;
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let bodies = [
        Vec::new(),
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"{\"name\":\"a\"}x".to_vec(),
        b"{\"name\":\"a\",\"name\":\"b\"}".to_vec(),
        b"{\"data\":{},\"data\":{}}".to_vec(),
        b"{\"name\":\"\xff\"}".to_vec(),
        b"{\"name\":\"\\ud800\"}".to_vec(),
        b"{'name':'a'}".to_vec(),
        b"{\"name\":NaN}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"name=a&permissions=b".to_vec(),
        deep(33).into_bytes(),
        deep(20_000).into_bytes(),
        format!("[{}1]", "1,".repeat(10_000)).into_bytes(),
        format!("{{\"name\":{}}}", deep(40)).into_bytes(),
        b"null".to_vec(),
        b"17".to_vec(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        for (method, path) in
            [("POST", APIKEYS.to_owned()), ("PATCH", key.path()), ("PUT", key.path()), ("POST", "/v1/check".to_owned())]
        {
            let request = admin.request(method, &path).header("content-type", "application/json").body(body.clone());
            let answer = admin.send(request).await;
            assert_eq!(answer.status, 400, "{method} {path} {shown}: {}", answer.text());
            check_dialect(&path, &answer);
        }
    }
    assert_eq!(keys_of(&admin).await, before, "refused input changed something");
}

#[tokio::test]
async fn a_body_over_its_bound_is_refused_by_its_size() {
    let server = Server::start();
    let admin = server.admin().await;
    let before = keys_of(&admin).await;
    for (path, bound, status) in [(APIKEYS, 64 * 1024, 413), ("/v1/check", 256 * 1024, 413), (TOKEN, 8 * 1024, 400)] {
        for size in [bound + 1, 50 * 1024 * 1024] {
            let request = admin.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
            // A client that is refused while it still sends may lose the answer with the connection.
            let Some(answer) = admin.try_send(request.body(vec![b'a'; size])).await else { continue };
            assert_eq!(answer.status, status, "{path} {size}: {}", answer.text());
            check_dialect(path, &answer);
        }
    }
    // The same of unknown length, in chunks.
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
    let head = "POST /v1/check HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";
    let raw = exchange(server.address, format!("{head}{}", chunk.repeat(65)).as_bytes()).expect("an answer");
    assert_eq!(raw.status, 413);
    assert_eq!(keys_of(&admin).await, before);
}

/// Sends a head by hand and closes after the answer.
fn head(server: &Server, lines: &str) -> Option<Raw> {
    exchange(server.address, format!("{lines}connection: close\r\n\r\n").as_bytes())
}

#[tokio::test]
async fn a_request_that_two_servers_could_read_differently_is_refused() {
    let server = Server::start();
    let cases = [
        ("no host", "GET /healthz HTTP/1.1\r\n", Some(400)),
        ("two hosts", "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: a\r\n", Some(400)),
        ("an empty host", "GET /healthz HTTP/1.1\r\nhost:\r\n", Some(400)),
        ("another host in the target", "GET http://b/healthz HTTP/1.1\r\nhost: a\r\n", Some(400)),
        (
            "two framings",
            "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n",
            Some(400),
        ),
        ("two lengths", "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n", Some(400)),
        ("a bare line feed", "GET /healthz HTTP/1.1\nhost: a\r\n", Some(400)),
        ("a folded header", "GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n", Some(400)),
        ("a space before the colon", "GET /healthz HTTP/1.1\r\nhost: a\r\nx : a\r\n", Some(400)),
        ("a control byte in a header", "GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\x01b\r\n", Some(400)),
        ("a fragment", "GET /healthz#x HTTP/1.1\r\nhost: a\r\n", Some(400)),
        (
            "an encoded body",
            "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n",
            Some(415),
        ),
        ("nonsense", "nonsense\r\n", Some(400)),
        ("a decent request", "GET /healthz HTTP/1.1\r\nhost: a\r\n", Some(200)),
    ];
    for (case, lines, status) in cases {
        let answer = head(&server, lines);
        assert_eq!(answer.as_ref().map(|raw| raw.status), status, "{case}: {answer:?}");
        let answer = answer.expect("an answer");
        check_tells_nothing(&answer.body);
    }
    let long = |bytes: usize| format!("GET /{} HTTP/1.1\r\nhost: a\r\n", "a".repeat(bytes));
    assert_eq!(head(&server, &long(8 * 1024)).map(|raw| raw.status), Some(414));
    let many = (0..65).map(|n| format!("x-{n}: a\r\n")).collect::<Vec<_>>().concat();
    assert_eq!(head(&server, &format!("GET /healthz HTTP/1.1\r\n{many}host: a\r\n")).map(|raw| raw.status), Some(431));
    let large = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx: {}\r\n", "a".repeat(20 * 1024));
    assert_eq!(head(&server, &large).map(|raw| raw.status), Some(431));
}

#[tokio::test]
async fn credentials_that_are_too_long_come_twice_or_are_no_text_are_refused_alike() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let ask = |lines: &str| format!("GET /forward/nginx?permission={CHAT} HTTP/1.1\r\nhost: a\r\n{lines}");
    let good = head(&server, &ask(&format!("x-api-key: {}\r\n", key.plain))).expect("an answer");
    assert_eq!(good.status, 200);
    let long = "k".repeat(257);
    let cases = [
        "x-api-key:\r\n".to_owned(),
        format!("x-api-key: {long}\r\n"),
        format!("x-api-key: {}\r\n", "k".repeat(8_000)),
        format!("x-api-key: {0}\r\nx-api-key: {0}\r\n", key.plain),
        format!("x-api-key: {} {}\r\n", key.plain, key.plain),
        "authorization: Bearer\r\n".to_owned(),
        format!("authorization: Bearer {long}\r\n"),
        "authorization: Bearer a\r\nauthorization: Bearer a\r\n".to_owned(),
        "authorization: Basic YTpi\r\n".to_owned(),
        "authorization: Bearer a b\r\n".to_owned(),
    ];
    for lines in cases {
        let answer = head(&server, &ask(&lines)).expect("an answer");
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{lines}");
        let id = answer.header("x-wardgate-decision").expect("a decision").to_owned();
        let why = server.operator().await.why(&id).await.expect(200).json();
        let code = why["code"].as_str().expect("a code");
        assert!(matches!(code, "credential_malformed" | "credential_unknown"), "{lines}: {code}");
    }
    let mut not_text = ask("x-api-key: ").into_bytes();
    not_text.extend_from_slice(b"\xff\xfe\r\nconnection: close\r\n\r\n");
    assert_eq!(exchange(server.address, &not_text).map(|raw| raw.status), Some(401));
    // At the management API it is one and the same 401.
    for header in ["Bearer", "Basic YTpi", "Bearer a b", &format!("Bearer {long}")] {
        let answer = server.anonymous().with_authorization(header).get(APIKEYS).await.expect(401);
        check_dialect(APIKEYS, &answer);
    }
}

#[tokio::test]
async fn names_that_name_nothing_are_not_found() {
    let server = Server::start();
    let admin = server.admin().await;
    for id in ["x", "%00", "%ff", "..%2f..", "'%20or%201=1", &"a".repeat(2_000), "9b7682b7-cbce-422f-9bbb-ecda85e61695"]
    {
        for path in [format!("{APIKEYS}/{id}"), format!("/v1/decisions/{id}")] {
            let answer = admin.get(&path).await;
            assert!(matches!(answer.status, 400 | 404), "{path}: {} {}", answer.status, answer.text());
            check_dialect(&path, &answer);
        }
    }
    for tenant in ["a b", "../x", "%27", &"t".repeat(65)] {
        let request = admin.request("GET", APIKEYS).header("x-ccid", tenant);
        check_dialect(APIKEYS, &admin.send(request).await.expect(404));
    }
    let two = admin.request("GET", APIKEYS).header("x-ccid", "a").header("x-ccid", "b");
    check_dialect(APIKEYS, &admin.send(two).await.expect(400));
}

#[tokio::test]
async fn a_caller_s_name_for_his_request_is_kept_only_if_it_is_harmless() {
    let server = Server::start();
    for (given, kept) in [("trace-1.a_B", true), ("a b", false), ("<script>", false), (&*"x".repeat(129), false)] {
        let actor = server.anonymous();
        let answer = actor.send(actor.request("GET", "/nowhere").header("x-request-id", given)).await.expect(404);
        assert_eq!(answer.header("x-request-id") == Some(given), kept, "{given}");
        check_dialect("/nowhere", &answer);
    }
}

/// Forward-auth answers carry the caller's request id, too, and by the same rule.
#[tokio::test]
async fn the_forward_door_keeps_only_a_harmless_request_id() {
    let server = Server::start();
    let named = server.forward(&[("x-request-id", "trace-1")]).await.expect(401);
    assert_eq!(named.header("x-request-id"), Some("trace-1"));
    for given in ["<script>", "a b", &"x".repeat(129)] {
        let answer = server.forward(&[("x-request-id", given)]).await.expect(401);
        assert_eq!(answer.header("x-request-id"), answer.header("x-wardgate-decision"), "{given}");
    }
}

fn hurried() -> Setup {
    Setup::new().configure(|config| {
        config.server.header_deadline_ms = SHORT_MS;
        config.server.body_deadline_ms = SHORT_MS;
        config.server.idle_deadline_ms = 2 * SHORT_MS;
    })
}

/// Sends `first`, then one byte of `drip` every 50 ms, and reads the answer; answers with how long the server listened.
fn drip(server: &Server, first: &str, drip: &str) -> (Option<u16>, Duration) {
    let began = Instant::now();
    let mut socket = TcpStream::connect(server.address).expect("the server accepts");
    socket.write_all(first.as_bytes()).expect("sent");
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    let mut bytes = drip.bytes().cycle();
    while began.elapsed() < Duration::from_secs(10) {
        match socket.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                let byte = bytes.next().map_or(b'a', |byte| byte);
                if answer.is_empty() && socket.write_all(&[byte]).is_err() {
                    break;
                }
                if !answer.is_empty() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok());
    (status, began.elapsed())
}

#[tokio::test]
async fn slow_headers_and_slow_bodies_are_cut_at_their_deadlines() {
    let server = hurried().start();
    let limit = Duration::from_millis(SHORT_MS);
    let (_, slow_header) = drip(&server, "GET /healthz HTTP/1.1\r\nhost: a\r\nx: ", "a");
    let body = "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n";
    let (status, slow_body) = drip(&server, body, " ");
    assert_eq!(status, Some(408));
    // Blank lines may stand before a request, and buy no time.
    let (_, blank_lines) = drip(&server, "\r", "\n\r");
    for lasted in [slow_header, slow_body, blank_lines] {
        assert!(lasted >= limit && lasted < limit + Duration::from_secs(3), "{lasted:?}");
    }
    // Many slow ones at once hold up nobody else.
    let mut idle: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).expect("accepted")).collect();
    for socket in &mut idle {
        socket.write_all(b"GET /healthz HTTP/1.1\r\nhost").expect("sent");
    }
    let began = Instant::now();
    server.anonymous().get("/healthz").await.expect(200);
    assert!(began.elapsed() < Duration::from_secs(2));
    std::thread::sleep(3 * limit);
    for mut socket in idle {
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        // Closed, with or without a word: what matters is that reading ends.
        let _ = socket.read_to_end(&mut Vec::new()).map_err(|e| assert_ne!(e.kind(), std::io::ErrorKind::WouldBlock));
    }
}

#[tokio::test]
async fn the_house_is_finite_and_says_so() {
    let server = Setup::new().configure(|config| config.server.connections = 3).start();
    let open: Vec<_> = (0..3).map(|_| TcpStream::connect(server.address).expect("accepted")).collect();
    let mut answers = Vec::new();
    for _ in 0..50 {
        let mut socket = TcpStream::connect(server.address).expect("accepted");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let mut text = String::new();
        if socket.read_to_string(&mut text).is_ok() && text.starts_with("HTTP/1.1 503") {
            answers.push(text);
            break;
        }
    }
    assert!(answers.first().is_some_and(|answer| answer.contains("retry-after: 1")), "{answers:?}");
    drop(open);
    for _ in 0..100 {
        let answer = server.anonymous();
        let answer = answer.try_send(answer.request("GET", "/healthz")).await;
        if answer.is_some_and(|answer| answer.status == 200) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no seat is given back");
}

#[tokio::test]
async fn what_is_refused_at_one_member_of_a_list_decides_nothing_for_the_others() {
    let server = Server::start();
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1, "frequency": 86_400 });
    let key: Key = server.admin().await.make_key_with(&body).await;
    let good = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
    let text = format!("[{good}, {{\"headers\": {{}}, \"headers\": {{}}, \"permission\": \"{CHAT}\"}}]");
    let answer = post(&server.anonymous(), "/v1/check", text).await.expect(400);
    assert_eq!(answer.json()["errors"][0]["location"], "/1/headers");
    assert_eq!(server.check_key(&key, CHAT).await["decision"], "allow", "the one call is still there");
}
