//! Policies that import WASI: taken, asked, explained and replayed like others, and refused where the operator says so.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{self, Actor, CHAT, Key, PREMISE, Process, Server, Setup};

/// When `wasi/clocks.wat` allows, in Unix milliseconds.
const NOVEMBER_MS: i64 = 1_700_000_000_125;

/// The guest `host/policy/src/hostile/wasi/NAME.wat`.
fn guest(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/policy/src/hostile/wasi");
    harness::guest(&std::fs::read_to_string(folder.join(format!("{name}.wat"))).expect("a guest"))
}

fn versions(name: &str) -> String {
    format!("/v1/tenants/{PREMISE}/policies/{name}/versions")
}

/// Uploads the guest `wasi/NAME.wat` and puts it into force. Answers with the version.
async fn put_into_force(admin: &Actor, name: &str) -> Value {
    let path = format!("{}?permissions=nexus:consumer:*", versions(name));
    let made = admin.put_component(&path, guest(name)).await.expect(201).json();
    let activate = format!("{}/{}/activate", versions(name), made["version"]);
    admin.post(&activate, &json!({})).await.expect(200);
    made
}

/// Asks, and answers with the code and what is written down of the policy `name`.
async fn ask(server: &Server, admin: &Actor, key: &Key, name: &str) -> (Value, Value) {
    let answer = server.check_key(key, CHAT).await;
    let record = admin.why(answer["id"].as_str().expect("an id")).await.expect(200).json();
    let asked = record["policies"].as_array().expect("a list").iter().find(|asked| asked["policy"] == name);
    (answer["code"].clone(), asked.cloned().unwrap_or_default())
}

#[tokio::test]
async fn a_policy_that_imports_wasi_is_taken_and_its_output_explained() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let made = put_into_force(&admin, "chatter").await;
    assert_eq!(made["world"], "wasi");
    let imports = made["imports"].as_array().expect("a list");
    for name in ["wasi:cli/stdout@0.2.3", "wasi:io/streams@0.2.3", "wardgate:policy/log@1.0.0"] {
        assert!(imports.contains(&json!(name)), "{name} is not in {imports:?}");
    }
    for _ in 0..2 {
        let (code, asked) = ask(&server, &admin, &key, "chatter").await;
        assert_eq!(
            (&code, &asked["effect"], &asked["remembered"]),
            (&json!("allowed"), &json!("allow"), &json!(false))
        );
    }
    let call = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
    let told = admin.post("/v1/explain", &call).await.expect(200).json();
    let policies = told["policies"].as_array().expect("the policies");
    let log = &policies.iter().find(|asked| asked["policy"] == "chatter").expect("it was asked")["log"];
    let line = |level: &str, message: &str| json!({ "level": level, "message": message });
    let lines = [line("error", "hi"), line("info", "hi"), line("info", "\u{fffd}?[31m"), line("warn", "hi")];
    assert_eq!(log, &json!(lines));
}

#[tokio::test]
async fn an_answer_without_the_time_is_remembered_whatever_is_imported() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    put_into_force(&admin, "innocent").await;
    assert_eq!(ask(&server, &admin, &key, "innocent").await.1["remembered"], false);
    assert_eq!(ask(&server, &admin, &key, "innocent").await.1["remembered"], true);
}

#[tokio::test]
async fn whoever_sleeps_or_leaves_fails_at_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    for name in ["sleep", "sleep-in-poll", "exit", "handles", "http"] {
        put_into_force(&admin, name).await;
        let began = Instant::now();
        let (code, asked) = ask(&server, &admin, &key, name).await;
        assert_eq!((&code, &asked["failure"]["code"]), (&json!("policy_failed"), &json!("trap")), "{name}: {asked}");
        assert!(began.elapsed() < Duration::from_secs(20), "{name} took {:?}", began.elapsed());
        admin.delete(&format!("/v1/tenants/{PREMISE}/policies/{name}")).await.expect(204);
    }
    assert_eq!(ask(&server, &admin, &key, "none").await.0, "allowed");
}

#[tokio::test]
async fn clocks_show_when_the_call_was_made_also_to_a_replay() {
    let server = Setup::new().at_ms(NOVEMBER_MS).start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let version = put_into_force(&admin, "clocks").await["version"].clone();
    assert_eq!(ask(&server, &admin, &key, "clocks").await.0, "allowed");
    server.advance_s(1);
    assert_eq!(ask(&server, &admin, &key, "clocks").await.0, "policy_denied");
    let replay = format!("{}/{version}/replay", versions("clocks"));
    let told = admin.post(&replay, &json!({})).await.expect(200).json();
    assert_eq!((&told["compared"], &told["flips"]["total"]), (&json!(2), &json!(0)), "{told}");
}

#[tokio::test]
async fn an_operator_who_wants_no_wasi_has_none() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    put_into_force(&admin, "innocent").await;
    assert_eq!(server.check_key(&key, CHAT).await["code"], "allowed");

    let server = server.stop().configure(|config| config.policy.wasi = false).start();
    assert_eq!(server.check_key(&key, CHAT).await["code"], "policy_failed");
    let admin = server.admin().await;
    let refused = admin.put_component(&versions("other"), guest("snoop")).await.expect(422);
    assert_eq!(refused.field("code"), "invalid_module");
    let detail = refused.field("detail");
    assert!(detail.contains("\"wasi:") && detail.contains("wasi = false"), "{detail}");

    let setup = server.stop();
    let process = Process::start(setup.data_dir(), setup.tenants_dir(), &[("WARDGATE_POLICY__WASI", "false")]);
    let call = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
    process.anonymous().post("/v1/check", &call).await.expect(200);
    let log = process.log();
    let line = log.lines().find(|line| line.contains("a policy cannot run and refuses its calls"));
    assert!(line.is_some_and(|line| line.contains("innocent") && line.contains("wasi = false")), "{log}");
    process.terminate();
    process.wait();

    let server = setup.configure(|config| config.policy.wasi = true).start();
    assert_eq!(server.check_key(&key, CHAT).await["code"], "allowed");
}
