//! The calls of `/api` over a WebSocket: who may open one, who he is there, and how it ends.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{ApiKey, Privmx, Process, Server, Setup, Socket, Told};

/// A path as existing clients have it.
const PATH: &str = "/instance/api";

async fn open(server: &Server) -> Socket {
    Socket::open(server.address, PATH).await
}

async fn token(nobody: &Privmx, key: &ApiKey) -> String {
    nobody.sign_in(key, None).await.text("accessToken")
}

async fn bind(socket: &mut Socket, token: &str) -> Told {
    socket.call("manager/bindAccessToken", json!({ "accessToken": token })).await
}

async fn list(socket: &mut Socket) -> Told {
    socket.call("solution/listSolutions", json!({})).await
}

#[tokio::test]
async fn a_socket_is_nobody_until_a_token_speaks_for_it() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let authorization = format!("Bearer {}", token(&nobody, &key).await);
    let opened = Socket::ask(server.address, PATH, &[("authorization", &authorization)]).await;
    let mut socket = opened.expect("a socket");
    assert_eq!(socket.call("versions", json!({})).await.result()[0], "v2.0");
    list(&mut socket).await.refused_plainly("UNAUTHORIZED");
    bind(&mut socket, "no token").await.refused_plainly("INVALID_TOKEN");
    list(&mut socket).await.refused_plainly("UNAUTHORIZED");
    bind(&mut socket, &token(&nobody, &key).await).await.ok();
    let made = socket.call("solution/createSolution", json!({ "name": "made by message" })).await.text("solutionId");
    assert!(list(&mut socket).await.each("list", "id").contains(&made));
    let asked = server.owner().call("solution/getSolution", json!({ "id": made })).await;
    assert_eq!(asked.result()["solution"]["name"], "made by message");
    bind(&mut socket, "no token").await.refused_plainly("INVALID_TOKEN");
    assert!(list(&mut socket).await.code().is_none(), "the first one is still bound");
    list(&mut open(&server).await).await.refused_plainly("UNAUTHORIZED");
}

#[tokio::test]
async fn a_token_in_the_message_goes_before_the_bound_one() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let mut socket = open(&server).await;
    let good = token(&nobody, &key).await;
    let call = ("solution/listSolutions", json!({}));
    assert!(socket.call_with(call.0, call.1.clone(), Some(&good)).await.code().is_none());
    list(&mut socket).await.refused_plainly("UNAUTHORIZED");
    bind(&mut socket, &good).await.ok();
    socket.call_with(call.0, call.1, Some("bad")).await.refused_plainly("UNAUTHORIZED");
    assert!(list(&mut socket).await.code().is_none());
}

#[tokio::test]
async fn a_bound_token_is_verified_with_every_call() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["solution"]).await;
    let mut socket = open(&server).await;
    bind(&mut socket, &token(&nobody, &key).await).await.ok();
    assert!(list(&mut socket).await.code().is_none());
    owner.call("manager/updateApiKey", json!({ "id": key.id, "enabled": false })).await.ok();
    list(&mut socket).await.refused_plainly("UNAUTHORIZED");
    owner.call("manager/updateApiKey", json!({ "id": key.id, "enabled": true })).await.ok();
    assert!(list(&mut socket).await.code().is_none());
    server.advance_s(15 * 60);
    list(&mut socket).await.refused_plainly("UNAUTHORIZED");
    bind(&mut socket, &token(&nobody, &key).await).await.ok();
    assert!(list(&mut socket).await.code().is_none());
    owner.call("manager/deleteApiKey", json!({ "id": key.id })).await.ok();
    list(&mut socket).await.refused_plainly("UNAUTHORIZED");
}

#[tokio::test]
async fn a_token_can_be_tied_to_its_socket() {
    let server = Server::start();
    let (nobody, key) = (server.privmx(), server.first_key());
    let params = json!({
        "apiKeyId": key.id, "apiKeySecret": key.secret, "grantType": "api_key_credentials",
        "scope": ["solution", "connection"],
    });
    nobody.call("manager/auth", params.clone()).await.refused("INSUFFICIENT_SCOPE");
    let (mut socket, mut other) = (open(&server).await, open(&server).await);
    let tied = socket.call("manager/auth", params).await.text("accessToken");
    bind(&mut socket, &tied).await.ok();
    assert!(list(&mut socket).await.code().is_none());
    bind(&mut other, &tied).await.refused_plainly("INVALID_TOKEN");
    other.call_with("solution/listSolutions", json!({}), Some(&tied)).await.refused_plainly("UNAUTHORIZED");
    assert!(!nobody.bearer(&tied).is_known().await && !nobody.token_inside(&tied).is_known().await);
}

#[tokio::test]
async fn a_socket_listens_to_the_channels_that_its_scope_opens() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["thread", "kvdb"]).await;
    let mut socket = open(&server).await;
    let channels = json!({ "channels": ["thread", "kvdb"] });
    for method in ["manager/subscribeToChannel", "manager/unsubscribeFromChannel"] {
        owner.call(method, channels.clone()).await.refused_plainly("METHOD_CALLABLE_WITH_WEBSOCKET_ONLY");
        socket.call(method, channels.clone()).await.refused_plainly("UNAUTHORIZED");
    }
    let params = json!({ "accessToken": token(&nobody, &key).await });
    nobody.call("manager/bindAccessToken", params).await.refused_plainly("METHOD_CALLABLE_WITH_WEBSOCKET_ONLY");
    bind(&mut socket, &token(&nobody, &key).await).await.ok();
    for method in ["manager/subscribeToChannel", "manager/unsubscribeFromChannel"] {
        socket.call(method, channels.clone()).await.ok();
        socket.call(method, json!({ "channels": ["thread", "store"] })).await.refused("INSUFFICIENT_SCOPE");
        socket.call(method, json!({ "channels": ["user"] })).await.refused("INVALID_PARAMS");
        socket.call(method, json!({ "channels": vec!["thread"; 17] })).await.refused("INVALID_PARAMS");
    }
}

#[tokio::test]
async fn what_is_no_call_is_told_so_and_the_socket_goes_on() {
    let server = Server::start();
    let mut socket = open(&server).await;
    let good = r#"{"jsonrpc":"2.0","id":1,"method":"versions","params":{}}"#;
    for bad in ["", "null", "{", "[]", &format!("[{good}]"), &good.replace("\"id\":1,", ""), "ping"] {
        socket.exchange(Message::text(bad)).await.refused_plainly("PARSE_ERROR");
        socket.exchange(Message::binary(bad.to_owned())).await.refused_plainly("PARSE_ERROR");
    }
    socket.exchange(Message::binary(&b"\xff\xfe"[..])).await.refused_plainly("PARSE_ERROR");
    for message in [Message::text(good), Message::binary(good)] {
        assert_eq!(socket.exchange(message).await.result()[0], "v2.0");
    }
}

#[tokio::test]
async fn too_large_a_message_ends_the_socket() {
    let server = Server::start();
    let mut socket = open(&server).await;
    socket.exchange(Message::text(" ".repeat(256 * 1024))).await.refused_plainly("PARSE_ERROR");
    socket.send(Message::text(" ".repeat(256 * 1024 + 1))).await;
    assert_eq!(socket.closed().await, 1009);
}

#[tokio::test]
async fn a_page_of_a_stranger_opens_no_socket() {
    let named = "https://panel.example.com";
    let server = Setup::new().configure(|config| config.privmx.origins = vec![named.to_owned()]).start();
    let own = format!("http://{}", server.address);
    for origin in [named, &own] {
        let opened = Socket::ask(server.address, PATH, &[("origin", origin)]).await;
        assert!(opened.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "https://panel.example.com.evil.example", "http://127.0.0.1"] {
        let refused = Socket::ask(server.address, PATH, &[("origin", origin)]).await.err().expect("no socket");
        assert_eq!(refused.expect(403).json()["code"], "forbidden", "{origin}");
    }
    let twice = [("origin", named), ("origin", named)];
    Socket::ask(server.address, PATH, &twice).await.err().expect("no socket").expect(403);
}

#[tokio::test]
async fn there_are_sockets_where_the_path_ends_in_api_and_nowhere_else() {
    let server = Server::start();
    for path in ["/api", "/a/b/api", "/api?x=1"] {
        let mut socket = Socket::open(server.address, path).await;
        assert_eq!(socket.call("versions", json!({})).await.result()[0], "v2.0", "{path}");
    }
    for path in ["/", "/apis", "/xapi", "/api/", "/api/x", "/x?y=/api", "/auth/v3/oauth/api2"] {
        Socket::ask(server.address, path, &[]).await.err().expect("no socket").expect(404);
    }
    Socket::ask(server.address, "/healthz", &[]).await.err().expect("no socket").expect(200);
    server.anonymous().get("/api").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_goodbye() {
    let server = Server::start();
    let (idle, mut bound) = (open(&server).await, open(&server).await);
    bind(&mut bound, &token(&server.privmx(), &server.first_key()).await).await.ok();
    let stopped = tokio::task::spawn_blocking(move || drop(server.stop()));
    assert_eq!((idle.closed().await, bound.closed().await), (1001, 1001));
    stopped.await.expect("it stops");
}

#[tokio::test]
async fn no_message_is_in_the_log_however_much_it_says() {
    let setup = Setup::new();
    let server = Process::start(setup.data_dir(), setup.tenants_dir(), &[("WARDGATE_LOG__LEVEL", "trace")]);
    let mut socket = Socket::open(server.address, PATH).await;
    bind(&mut socket, "a-token-that-nobody-may-read").await.refused_plainly("INVALID_TOKEN");
    let log = server.log();
    assert!(log.contains("DEBUG"), "the log says little");
    for secret in ["a-token-that-nobody-may-read", "bindAccessToken", "Invalid token"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
