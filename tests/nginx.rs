//! The recipe in `docs/recipes/nginx.conf`, in a real nginx, in front of a real service: who passes, what the service is
//! told, and that no caller can tell it something else.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Answer, CHAT, PREMISE, SECOND, Setup, own_address, skip};

const RECIPE: &str = include_str!("../docs/recipes/nginx.conf");
/// What stands in the recipe for Wardgate, the service and nginx itself.
const PLACES: [&str; 3] = ["127.0.0.1:8080", "127.0.0.1:9000", "127.0.0.1:8000"];
/// A start of a chat.
const CHATS: &str = "/nexus/v3/chat/sessions";
/// Tries until nginx listens, 10 ms apart.
const TRIES: usize = 500;

/// nginx between callers and a service.
struct Gateway {
    nginx: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Gateway {
    /// Starts it, or tells why there is none.
    fn start(wardgate: SocketAddr) -> Option<Self> {
        Self::start_with(wardgate, "")
    }

    /// The same with a communication key, as an operator writes it into the recipe.
    fn start_with(wardgate: SocketAddr, communication_key: &str) -> Option<Self> {
        let Some(program) = program() else {
            skip("nginx is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let mut recipe = RECIPE.to_owned();
        for (place, real) in PLACES.iter().zip([wardgate, service(), address]) {
            assert!(recipe.contains(place), "{place} is not in the recipe");
            recipe = recipe.replace(place, &real.to_string());
        }
        // In the location that asks; the other takes away what a caller sends.
        let (passes_on, asks) = recipe.split_once("location = /wardgate").expect("a location that asks");
        let line = "proxy_set_header X-Comm-Server-Key \"\";";
        assert!(passes_on.contains(line) && asks.contains(line), "the recipe says nothing of the key");
        let asks = asks.replace(line, &format!("proxy_set_header X-Comm-Server-Key \"{communication_key}\";"));
        let recipe = format!("{passes_on}location = /wardgate{asks}");
        std::fs::write(folder.path().join("recipe.conf"), recipe).expect("written");
        std::fs::write(folder.path().join("nginx.conf"), main_configuration(folder.path())).expect("written");
        let nginx = Command::new(program)
            .arg("-c")
            .arg(folder.path().join("nginx.conf"))
            .arg("-p")
            .arg(folder.path())
            .args(["-e", "error.log"])
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx starts");
        let gateway = Self { nginx, address, _folder: folder };
        for _ in 0..TRIES {
            if TcpStream::connect(address).is_ok() {
                return Some(gateway);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nginx does not listen");
    }

    /// A call from another loopback address than Wardgate's own proxy has.
    fn call(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.call_from("127.0.0.2", method, path)
    }

    fn call_from(&self, from: &str, method: &str, path: &str) -> reqwest::RequestBuilder {
        let from: std::net::IpAddr = from.parse().expect("an address");
        let client = reqwest::Client::builder().no_proxy().local_address(from).build().expect("a client");
        client.request(method.parse().expect("a method"), format!("http://{}{path}", self.address))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // One that is gone already has failed its test.
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

fn program() -> Option<PathBuf> {
    ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
}

/// What an operator's nginx has around the recipe: here, everything inside the test's folder.
fn main_configuration(folder: &Path) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {}/{name};\n", folder.display()))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n\
         http {{\n    access_log off;\n{temporary}    include {folder}/recipe.conf;\n}}\n",
        folder = folder.display()
    )
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

/// A service that answers each request with the request itself, as it arrived.
fn service() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || echo(stream));
        }
    });
    address
}

fn echo(mut stream: TcpStream) {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    let whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request).to_lowercase();
        let end = text.find("\r\n\r\n")? + 4;
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        Some(request.len() >= end + length.unwrap_or(0usize))
    };
    while whole(&request) != Some(true) {
        match stream.read(&mut piece) {
            Ok(count) if count > 0 => request.extend_from_slice(&piece[..count]),
            _ => return,
        }
    }
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", request.len());
    // A caller who is gone wants no answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&request));
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("nginx answers")).await
}

/// The values of a header in the request that the service saw.
fn seen(answer: &Answer, name: &str) -> Vec<String> {
    let text = answer.text();
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.filter(|(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
}

/// Wardgate as the recipe wants it: nginx is on this machine and its word on addresses is taken.
fn wardgate() -> Setup {
    Setup::new().configure(|config| config.doors.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a range")])
}

#[tokio::test]
async fn an_allowed_call_reaches_the_service_with_its_body_and_who_called() {
    let server = wardgate().start();
    let Some(gateway) = Gateway::start(server.address) else { return };
    let key = server.admin().await.make_key(CHAT).await;
    let call = gateway.call("POST", &format!("{CHATS}?lang=de")).header("x-api-key", &key.plain);
    let answer = send(call.body("data[nickname]=Ann")).await.expect(200);
    let text = answer.text();
    assert!(text.starts_with(&format!("POST {CHATS}?lang=de HTTP/1.1\r\n")), "{text}");
    assert!(text.ends_with("\r\n\r\ndata[nickname]=Ann"), "{text}");
    for (name, value) in [
        ("tenant", PREMISE),
        ("subject", &key.handle),
        ("subject-kind", "api-key"),
        ("key", &key.handle),
        ("grants", CHAT),
    ] {
        assert_eq!(seen(&answer, &format!("x-wardgate-{name}")), [value]);
    }
    let decision = seen(&answer, "x-wardgate-decision");
    assert_eq!(answer.header("x-wardgate-decision"), decision.first().map(String::as_str));
    let why = server.admin().await.why(&decision[0]).await.expect(200).json();
    assert_eq!((&why["decision"], &why["method"], &why["path"]), (&json!("allow"), &json!("POST"), &json!(CHATS)));
    assert_eq!(why["client_address"], "127.0.0.2");
    for withheld in ["x-api-key", "authorization", "x-original-uri", "x-original-method", "x-original-length"] {
        assert!(seen(&answer, withheld).is_empty(), "{withheld} reached the service");
    }
    // A large body goes to the service, and not a byte of it to Wardgate, which takes none.
    let call = gateway.call("POST", CHATS).header("x-api-key", &key.plain);
    let large = send(call.body("x".repeat(500_000))).await.expect(200);
    assert!(large.body.len() > 500_000);
}

#[tokio::test]
async fn what_a_caller_says_about_himself_does_not_get_through() {
    let server = wardgate().start();
    let Some(gateway) = Gateway::start(server.address) else { return };
    let key = server.admin().await.make_key(CHAT).await;
    let spoofed = |call: reqwest::RequestBuilder| {
        call.header("x-api-key", &key.plain)
            .header("x-wardgate-tenant", "spoofed")
            .header("x-wardgate-subject", "spoofed")
            .header("x-wardgate-subject-kind", "spoofed")
            .header("x-wardgate-key", "spoofed")
            .header("x-wardgate-grants", "spoofed")
            .header("x-wardgate-decision", "spoofed")
            .header("x-original-method", "POST")
            .header("x-original-uri", CHATS)
            .header("x-original-length", "1")
            .header("x-forwarded-uri", CHATS)
            .header("x-forwarded-method", "POST")
            .header("x-forwarded-for", "198.51.100.7")
    };
    let answer = send(spoofed(gateway.call("POST", CHATS))).await.expect(200);
    let text = answer.text();
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    assert!(!head.contains("spoofed"), "{head}");
    assert_eq!(seen(&answer, "x-forwarded-for"), ["127.0.0.2"]);
    let decision = answer.header("x-wardgate-decision").expect("a decision").to_owned();
    let why = server.admin().await.why(&decision).await.expect(200).json();
    assert_eq!(why["client_address"], "127.0.0.2");
    // The path that counts is the one that the service would see.
    for path in ["/admin", "/nexus/v3/chat/sessions/../../../admin", "/nexus/v3/chat%2Fsessions"] {
        send(spoofed(gateway.call("GET", path))).await.expect(403);
    }
    // The question itself cannot be asked from outside.
    send(gateway.call("GET", "/wardgate")).await.expect(404);
}

#[tokio::test]
async fn each_refusal_arrives_as_itself() {
    let from = "blocked_addresses = [";
    let server = wardgate().edit_tenant("_cluster", from, "blocked_addresses = [\"127.0.0.3\", ").start();
    let Some(gateway) = Gateway::start(server.address) else { return };
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 2, "frequency": 60 });
    let key = admin.make_key_with(&body).await;
    let designer = admin.make_key("nexus:designer:chat").await;
    let with = |key: &str| gateway.call("POST", CHATS).header("x-api-key", key);

    let missing = send(gateway.call("POST", CHATS)).await.expect(401);
    assert_eq!(missing.header("www-authenticate"), Some("Bearer realm=\"wardgate\""));
    send(with("unknown")).await.expect(401);
    let refused = send(with(&designer.plain)).await.expect(403);
    let decision = refused.header("x-wardgate-decision").expect("a decision").to_owned();
    assert_eq!(admin.why(&decision).await.expect(200).json()["code"], "permission_not_granted");
    assert_eq!(refused.header("x-wardgate-tenant"), None, "an outsider is told no more than the id");

    let evil = send(with(&key.plain).header("origin", "https://evil.example")).await.expect(403);
    let decision = evil.header("x-wardgate-decision").expect("a decision").to_owned();
    assert_eq!(admin.why(&decision).await.expect(200).json()["code"], "policy_denied");
    let blocked = gateway.call_from("127.0.0.3", "POST", CHATS).header("x-api-key", &key.plain);
    send(blocked).await.expect(403);

    let limited = send(with(&key.plain)).await.expect(429);
    assert_eq!(limited.header("retry-after"), Some("30"));
    let rate = |answer: &Answer| ["ratelimit", "ratelimit-policy"].map(|name| answer.header(name).map(str::to_owned));
    let told = |rate: &str| [Some(rate.to_owned()), Some("\"default\";q=2;w=60".to_owned())];
    assert_eq!(rate(&limited), told("\"default\";r=0;t=60"));
    assert_eq!(rate(&missing), [None, None]);
    assert!(limited.header("x-wardgate-decision").is_some());
    server.advance_s(30);
    assert_eq!(rate(&send(with(&key.plain)).await.expect(200)), told("\"default\";r=0;t=60"));

    let setup = server.stop();
    let gone = send(with(&key.plain)).await;
    assert_eq!(gone.status, 503, "without Wardgate nothing passes");
    drop(setup);
}

/// The walk of `docs/recipes/chat.md`.
#[tokio::test]
async fn the_worked_example_works() {
    let server = wardgate().start();
    let Some(gateway) = Gateway::start(server.address) else { return };
    let (admin, operator) = (server.admin().await, server.operator().await);
    let website = admin.make_key(CHAT).await;
    let call = |method: &str, path: &str, key: &str| gateway.call(method, path).header("x-api-key", key);
    send(call("POST", CHATS, &website.plain).body("data[nickname]=Ann")).await.expect(200);
    let messages = format!("{CHATS}/7/messages");
    for method in ["GET", "POST"] {
        let seen_by_service =
            send(call(method, &messages, &website.plain).header("x-nexus-client-key", "its.own.token"))
                .await
                .expect(200);
        assert_eq!(seen(&seen_by_service, "x-nexus-client-key"), ["its.own.token"]);
        assert!(seen(&seen_by_service, "x-api-key").is_empty());
        assert_eq!(seen(&seen_by_service, "x-wardgate-tenant"), [PREMISE]);
        let alone = gateway.call(method, &messages).header("x-nexus-client-key", "its.own.token");
        send(alone).await.expect(401);
    }

    let mail = admin.make_key("nexus:consumer:*").await;
    let media = admin.make_key("nexus:channels:media").await;
    let cluster = operator.make_key("nexus:cluster:*").await;
    let provisioning = format!("/iwd/v3/provisioning/{PREMISE}");
    for (method, path, good) in [
        ("GET", "/nexus/v3/securemail?address=a&index=0", &mail),
        ("POST", "/nexus/v3/channels/9/media", &media),
        ("POST", "/iwd/v3/provisioning", &cluster),
        ("PUT", "/iwd/v3/provisioning", &cluster),
        ("DELETE", provisioning.as_str(), &cluster),
    ] {
        let answer = send(call(method, path, &good.plain).header("x-ccid", PREMISE)).await.expect(200);
        assert_eq!(seen(&answer, "x-wardgate-tenant"), [PREMISE], "{method} {path}");
        send(call(method, path, &website.plain)).await.expect(403);
        send(gateway.call(method, path)).await.expect(401);
    }
    // The path alone names the tenant of a cluster key, and no tenant's key passes for another tenant.
    let named = send(call("DELETE", &provisioning, &cluster.plain)).await.expect(200);
    assert_eq!(seen(&named, "x-wardgate-tenant"), [PREMISE]);
    let own = admin.make_key("nexus:iwd:provisioning").await;
    send(call("DELETE", &provisioning, &own.plain)).await.expect(200);
    for other in [SECOND, "no-such-tenant", "*"] {
        send(call("DELETE", &format!("/iwd/v3/provisioning/{other}"), &own.plain)).await.expect(401);
    }
    send(call("DELETE", &provisioning, &own.plain).header("x-ccid", SECOND)).await.expect(401);
}

#[tokio::test]
async fn an_nginx_elsewhere_shows_the_communication_key() {
    let Some(own) = own_address() else { return };
    let setup = Setup::new().configure(|config| {
        config.listen = ([0, 0, 0, 0], 0).into();
        config.doors.trusted_proxies = vec![own.into()];
    });
    let server = setup.start();
    let elsewhere = SocketAddr::new(own, server.address.port());
    let made = server.operator().await.post("/v1/communication-key", &json!({})).await.expect(201);
    let shown = made.field("key");
    let key = server.admin().await.make_key(CHAT).await;
    let Some(gateway) = Gateway::start_with(elsewhere, &shown) else { return };
    let call =
        |gateway: &Gateway| gateway.call("POST", CHATS).header("x-api-key", &key.plain).body("data[nickname]=Ann");
    let answer = send(call(&gateway).header("x-comm-server-key", "a caller's own")).await.expect(200);
    assert!(seen(&answer, "x-comm-server-key").is_empty() && !answer.text().contains(&shown));
    let decision = seen(&answer, "x-wardgate-decision").remove(0);
    let why = server.admin().await.why(&decision).await.expect(200).json();
    assert_eq!(why["client_address"], "127.0.0.2", "it is a named proxy, whose word is taken");
    send(gateway.call("POST", CHATS)).await.expect(401);
    // Without it nobody passes, also not who knows it.
    let Some(keyless) = Gateway::start(elsewhere) else { return };
    send(call(&keyless)).await.expect(503);
    send(call(&keyless).header("x-comm-server-key", &shown)).await.expect(503);
}
