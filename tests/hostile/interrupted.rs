//! What is in the way of an upload, or of a call while its policy changes: no call and no later upload suffers from it.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Siege, versions};
use crate::harness::{CHAT, Key, PREMISE, SECOND, Server, edition};

/// A policy that is asked about chats.
const ASKED: &str = "?permissions=nexus:consumer:*";
/// More than may be in memory at a time.
const CUT_OFF: usize = 40;

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let siege = Siege::start().await;
    let component = edition("consumer-chat", "cut off");
    let path = versions(PREMISE, "cut");
    let request = siege.thrower.request("PUT", &path).build().expect("a request");
    let token = request.headers()["authorization"].to_str().expect("a header");
    for n in 0..CUT_OFF {
        let framing = if n % 2 == 0 {
            format!("content-length: {}", component.len())
        } else {
            "transfer-encoding: chunked".to_owned()
        };
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: h\r\nauthorization: {token}\r\ncontent-type: application/wasm\r\n{framing}\r\n\r\n"
        );
        let size = if n % 2 == 0 { String::new() } else { format!("{:x}\r\n", component.len()) };
        let part = &component[..component.len() * n / CUT_OFF];
        let mut socket = TcpStream::connect(siege.server.address).expect("the server accepts");
        // One that comes while there is no room is refused and hung up on, maybe in the middle of this.
        let _ = socket.write_all(&[head.as_bytes(), size.as_bytes(), part].concat());
    }
    // All of them closed when they were dropped.
    siege.serves_others().await;
    siege.has_room().await;
    siege.is_well("after those that were cut off").await;
    siege.thrower.get(&path).await.expect(404);
    let made = siege.thrower.put_component(&path, component).await.expect(201).json();
    assert_eq!(made["version"], 1);
}

#[tokio::test]
async fn machine_code_that_cannot_be_written_is_the_host_s_trouble_and_passes() {
    let siege = Siege::start().await;
    siege.is_well("before").await;
    let folder = siege.server.setup().data_dir().join("modules");
    let aside = folder.with_extension("aside");
    fs::rename(&folder, &aside).expect("moved");
    fs::write(&folder, b"no folder").expect("written");
    let component = edition("consumer-chat", "nowhere to put it");
    for _ in 0..2 {
        let thrown = siege.throw("late", component.clone()).await;
        assert_eq!(thrown.answer.expect(503).field("code"), "unavailable");
        siege.serves_others().await;
    }
    siege.thrower.get(&versions(PREMISE, "late")).await.expect(404);
    fs::remove_file(&folder).expect("removed");
    fs::rename(&aside, &folder).expect("moved");
    // Nothing is held against the module.
    siege.thrower.put_component(&versions(PREMISE, "late"), component).await.expect(201);
    siege.is_well("after").await;
}

#[tokio::test]
async fn a_policy_that_goes_while_it_is_asked_decides_as_before_or_not_at_all() {
    let siege = Siege::start().await;
    let key = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 60 });
    let key = siege.thrower.make_key_with(&key).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let calls = async {
        let callers = (0..4).map(|_| calls_until(&siege.server, &key, stopped.clone()));
        futures_util::future::join_all(callers).await
    };
    let changes = async {
        for round in 0..8 {
            come_and_go(&siege, round).await;
        }
        stop.send(true).expect("somebody calls");
    };
    let (codes, ()) = tokio::join!(calls, changes);
    let codes = codes.concat();
    for code in ["allowed", "policy_denied"] {
        assert!(codes.iter().any(|it| it == code), "no {code} in {} calls", codes.len());
    }
    siege.is_well("after those that went").await;
}

/// What its calls are answered until it is to stop.
async fn calls_until(server: &Server, key: &Key, stopped: tokio::sync::watch::Receiver<bool>) -> Vec<Value> {
    let mut codes = Vec::new();
    while !*stopped.borrow() {
        let code = server.check_key(key, CHAT).await["code"].clone();
        assert!(code == "allowed" || code == "policy_denied", "{code}");
        codes.push(code);
    }
    codes
}

/// A policy that allows, one that denies in its place, the first one gone, and both.
async fn come_and_go(siege: &Siege, round: u32) {
    let (admin, path) = (&siege.thrower, versions(PREMISE, "brief"));
    let component = edition("consumer-chat", &format!("round {round}"));
    let first = admin.put_component(&format!("{path}{ASKED}"), component).await.expect(201).json();
    let (first, module) = (&first["version"], &first["digest"]);
    admin.post(&format!("{path}/{first}/activate"), &json!({})).await.expect(200);
    let strict =
        json!({ "module": module, "settings": { "origins": ["https://help.example"], "origin_required": true } });
    let second = admin.put(&path, &strict).await.expect(201).json();
    admin.post(&format!("{path}/{}/activate", second["version"]), &json!({})).await.expect(200);
    admin.delete(&format!("{path}/{first}")).await.expect(204);
    tokio::time::sleep(Duration::from_millis(20)).await;
    admin.delete(&format!("/v1/tenants/{PREMISE}/policies/brief")).await.expect(204);
}

#[tokio::test]
async fn the_same_module_of_two_tenants_at_once_is_a_version_of_each() {
    let siege = Siege::start().await;
    let stranger = siege.server.stranger().await;
    for round in 0..8 {
        let component = edition("consumer-chat", &format!("both {round}"));
        let [mine, yours] = [PREMISE, SECOND].map(|tenant| versions(tenant, "both"));
        let (mine, yours) = tokio::join!(
            siege.thrower.put_component(&mine, component.clone()),
            stranger.put_component(&yours, component.clone())
        );
        let (mine, yours) = (mine.expect(201).json(), yours.expect(201).json());
        assert_eq!(mine["digest"], yours["digest"]);
        // And the same one of one tenant is one version.
        let again = siege.thrower.put_component(&versions(PREMISE, "both"), component).await.expect(200).json();
        assert_eq!(again["version"], mine["version"]);
    }
    siege.is_well("after both").await;
}
