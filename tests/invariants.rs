//! What must hold whatever is asked: every decision has its record, an end is an end at once, a stop loses nothing, and
//! no secret is ever written down.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, CHAT, Key, PREMISE, Process, SECOND, Secrets, Server, Setup, TOKEN};

/// Every ask of the check door and of the forward door that a test can think of, with the ids of its decisions.
async fn ask_everything(server: &Server, key: &Key, cluster: &Key) -> Vec<String> {
    let headers = [
        json!({}),
        json!({ "x-api-key": "unknown" }),
        json!({ "x-api-key": ["a", "b"] }),
        json!({ "x-api-key": key.plain }),
        json!({ "x-api-key": key.plain, "origin": "https://evil.example" }),
        json!({ "x-api-key": key.plain, "x-ccid": SECOND }),
        json!({ "x-api-key": cluster.plain }),
        json!({ "x-api-key": cluster.plain, "x-ccid": PREMISE }),
        json!({ "x-api-key": cluster.plain, "x-ccid": "no-such-tenant" }),
        json!({ "authorization": "unknown" }),
    ];
    let mut asks = Vec::new();
    for headers in headers {
        for permission in [CHAT, "nexus:designer:chat", "other:area:read"] {
            asks.push(json!({ "headers": headers, "permission": permission }));
        }
        asks.push(json!({ "headers": headers, "method": "GET", "path": "/nowhere" }));
    }
    let mut ids = Vec::new();
    let id = |answer: &Value| answer["id"].as_str().expect("an id").to_owned();
    for ask in &asks {
        ids.push(id(&server.check(ask).await));
    }
    ids.extend(server.check(&json!(asks)).await.as_array().expect("a list").iter().map(id));
    for key in ["unknown", &key.plain, &cluster.plain] {
        for uri in ["/nexus/v3/chat/sessions", "/nowhere", "/a/../b", "nonsense"] {
            let call = [("x-api-key", key), ("x-original-method", "POST"), ("x-original-uri", uri)];
            let answer = server.forward(&call).await;
            ids.push(answer.header("x-wardgate-decision").expect("a decision").to_owned());
        }
    }
    ids
}

async fn check_recorded(server: &Server, ids: &[String]) {
    let (admin, operator) = (server.admin().await, server.operator().await);
    for id in ids {
        let found = [admin.why(id).await.status, operator.why(id).await.status];
        assert_eq!(found.iter().filter(|status| **status == 200).count(), 1, "decision {id}: {found:?}");
    }
}

#[tokio::test]
async fn no_decision_is_without_its_record() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    let cluster = server.operator().await.make_key("nexus:cluster:*").await;
    let ids = ask_everything(&server, &key, &cluster).await;
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len(), "an id is used twice");
    check_recorded(&server, &ids).await;
    // Once written, and after a restart, they are the same.
    let server = server.stop().start();
    check_recorded(&server, &ids).await;
}

/// How a key ends.
async fn end(admin: &Actor, key: &Key, how: usize) {
    match how % 3 {
        0 => admin.patch(&key.path(), &json!({ "revoked": true })).await.expect(200),
        1 => admin.patch(&key.path(), &json!({ "enabled": false })).await.expect(200),
        _ => admin.delete(&key.path()).await.expect(204),
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_ended_is_never_accepted_again_whatever_is_under_way() {
    const KEYS: usize = 12;
    const CALLERS: usize = 6;
    let server = Arc::new(Server::start());
    let admin = server.admin().await;
    for how in 0..KEYS {
        let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 1 });
        let key = admin.make_key_with(&body).await;
        let (ended, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let accepted = Arc::new(AtomicUsize::new(0));
        let callers = (0..CALLERS).map(|_| {
            let (server, key) = (Arc::clone(&server), key.clone());
            let (ended, stop, accepted) = (Arc::clone(&ended), Arc::clone(&stop), Arc::clone(&accepted));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let after = ended.load(Ordering::SeqCst);
                    let allowed = server.check_key(&key, CHAT).await["decision"] == "allow";
                    assert!(!(after && allowed), "accepted after its end was acknowledged");
                    accepted.fetch_add(usize::from(allowed), Ordering::SeqCst);
                }
            })
        });
        let callers: Vec<_> = callers.collect();
        while accepted.load(Ordering::SeqCst) < 3 * CALLERS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(&admin, &key, how).await;
        ended.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.store(true, Ordering::SeqCst);
        for caller in callers {
            caller.await.expect("never accepted after its end");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_exact_under_parallel_calls() {
    const CAPACITY: usize = 40;
    let server = Arc::new(Server::start());
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": CAPACITY, "frequency": 60 });
    let key = server.admin().await.make_key_with(&body).await;
    let calls = (0..8).map(|_| {
        let (server, key) = (Arc::clone(&server), key.clone());
        tokio::spawn(async move {
            let ask = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
            let answers = server.check(&json!(vec![ask; 10])).await;
            let allowed = |answer: &&Value| answer["decision"] == "allow";
            answers.as_array().expect("a list").iter().filter(allowed).count()
        })
    });
    let mut allowed = 0;
    for call in calls.collect::<Vec<_>>() {
        allowed += call.await.expect("no panic");
    }
    assert_eq!(allowed, CAPACITY);
}

#[tokio::test]
async fn a_live_server_is_ready_and_counts_what_it_decides() {
    let server = Server::start();
    let anonymous = server.anonymous();
    assert_eq!(anonymous.get("/healthz").await.expect(200).text(), "alive\n");
    assert_eq!(anonymous.get("/readyz").await.expect(200).text(), "ready\n");
    let key = server.admin().await.make_key(CHAT).await;
    for _ in 0..3 {
        server.check_key(&key, CHAT).await;
    }
    server.check_key(&key, "nexus:designer:chat").await;
    let metrics = anonymous.get("/metrics").await.expect(200);
    assert!(metrics.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text")));
    let text = metrics.text();
    assert!(text.ends_with("# EOF\n"));
    let counted = |label: &str, count: &str| {
        text.lines().any(|line| line.starts_with("wardgate_") && line.contains(label) && line.ends_with(count))
    };
    assert!(counted("allow", " 3") && counted("permission_not_granted", " 1"), "{text}");
    for secret in [key.plain.as_str(), PREMISE] {
        assert!(!text.contains(secret), "metrics name {secret}");
    }
}

fn serve(setup: &Setup, variables: &[(&str, &str)]) -> Process {
    Process::start(setup.data_dir(), setup.tenants_dir(), variables)
}

async fn sign_in(server: &Process, setup: &Setup) -> (Actor, Vec<String>) {
    let secrets = Secrets::read(setup.data_dir(), None);
    let client = server.anonymous().with_basic("nexus_client", secrets.get("clientSecret"));
    let username = format!("{}\\{}", secrets.get("ccId"), secrets.get("tenantUser"));
    let password = secrets.get("tenantUserPassword");
    let form = [("grant_type", "password"), ("username", username.as_str()), ("password", password)];
    let tokens = client.form(TOKEN, &form).await.expect(200);
    let known = ["access_token", "refresh_token"].map(|name| tokens.field(name));
    let written = ["clientSecret", "gwsAdminPass", "tenantUserPassword"].map(|name| secrets.get(name).to_owned());
    (server.anonymous().with_token(&known[0]), known.into_iter().chain(written).collect())
}

#[tokio::test]
async fn a_stop_lets_requests_in_flight_finish_and_keeps_what_they_decided() {
    let setup = Setup::new();
    let server = serve(&setup, &[]);
    let (admin, _) = sign_in(&server, &setup).await;
    let key = admin.make_key(CHAT).await;
    let body = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT }).to_string();
    let mut flight = TcpStream::connect(server.address).expect("accepted");
    let head = format!("POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", body.len());
    flight.write_all(head.as_bytes()).and_then(|()| flight.write_all(&body.as_bytes()[..10])).expect("sent");
    // A request that the server has not begun to read would be none in flight.
    std::thread::sleep(Duration::from_millis(200));
    server.terminate();
    let address = server.address;
    let began = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(5), "a stopping server still accepts");
        std::thread::sleep(Duration::from_millis(10));
    }
    flight.write_all(&body.as_bytes()[10..]).expect("sent");
    let mut answer = String::new();
    flight.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let decision: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(decision["decision"], "allow");
    assert_eq!(server.wait(), Some(0));
    // The last decision was written before the end.
    let server = serve(&setup, &[]);
    let (admin, _) = sign_in(&server, &setup).await;
    admin.why(decision["id"].as_str().expect("an id")).await.expect(200);
    server.terminate();
    assert_eq!(server.wait(), Some(0));
}

#[tokio::test]
async fn no_secret_is_in_the_log_however_much_is_logged() {
    let setup = Setup::new();
    // All of ours, and of the libraries that see a request or a row; compilers would say a hundred megabytes.
    let level = "info,wardgate=trace,axum=trace,hyper=trace,tower=trace,mio=trace,sqlx=trace";
    let server = serve(&setup, &[("WARDGATE_LOG__LEVEL", level)]);
    let (admin, mut secrets) = sign_in(&server, &setup).await;
    let key = admin.make_key(CHAT).await;
    let check = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
    server.anonymous().post("/v1/check", &check).await.expect(200);
    let forward = server.anonymous();
    let forward = forward.send(forward.request("GET", "/forward/nginx").header("x-api-key", &key.plain)).await;
    assert_eq!(forward.status, 403);
    admin.get(&format!("{APIKEYS}/{}", key.plain)).await.expect(200);
    admin.post(APIKEYS, &json!({ "name": key.plain, "permissions": [] })).await.expect(400);
    secrets.push(key.plain.clone());
    server.terminate();
    let began = Instant::now();
    while !server.log().contains("told to stop") {
        assert!(began.elapsed() < Duration::from_secs(10), "the log is not written");
        std::thread::sleep(Duration::from_millis(10));
    }
    let log = server.log();
    assert_eq!(server.wait(), Some(0));
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "a secret is in the log");
    }
}
