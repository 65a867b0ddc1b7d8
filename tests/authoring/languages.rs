//! A policy in each language: from nothing to calls that are decided by it, and the same policy in all of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Ground, guest_modules, policy, text, tools};

#[tokio::test]
async fn a_policy_in_rust_goes_live_and_back() {
    goes_live_and_back("rust").await;
}

#[tokio::test]
async fn a_policy_in_javascript_goes_live_and_back() {
    goes_live_and_back("javascript").await;
}

#[tokio::test]
async fn a_policy_in_python_goes_live_and_back() {
    goes_live_and_back("python").await;
}

async fn goes_live_and_back(language: &str) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("countries");
    policy(&["new", "countries", "--language", language, text(&folder)], &[]).ends(0);
    let Some(variables) = tools::of(language, &folder) else { return };
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    policy(&["build", text(&folder)], &variables).ends(0).says("countries.wasm");

    let ground = Ground::new().await;
    let key = ground.server.admin().await.make_key("shop:*").await;
    let call = async |country: &str| -> Value {
        let ask = json!({ "headers": { "x-api-key": key.plain }, "permission": "shop:order",
            "context": { "country": country } });
        ground.server.check(&ask).await["code"].clone()
    };
    assert_eq!(call("US").await, "allowed");
    let pushed = ground.policy("push", &folder, &[]).ends(0);
    pushed.says("countries is version 1").says("(bare)").says("2 cases on the server: 2 met, 0 not met");
    ground.policy("promote", &folder, &[]).ends(0);
    assert_eq!((call("DE").await, call("US").await), (json!("allowed"), json!("policy_denied")));
    std::fs::write(folder.join("usa.json"), r#"{"countries": ["US"]}"#).expect("written");
    let usa = folder.join("usa.json");
    ground.policy("push", &folder, &["--no-cases", "--settings", text(&usa)]).ends(0).says("countries is version 2");
    ground.policy("promote", &folder, &[]).ends(0);
    assert_eq!((call("DE").await, call("US").await), (json!("policy_denied"), json!("allowed")));
    ground.policy("rollback", &folder, &[]).ends(0);
    assert_eq!((call("DE").await, call("US").await), (json!("allowed"), json!("policy_denied")));
    std::fs::write(&usa, r#"{"countries": ["US", "de"], "country": 1}"#).expect("written");
    let refused = ground.policy("push", &folder, &["--no-cases", "--settings", text(&usa)]).ends(2);
    refused.says("/settings/country: ");
}

#[test]
fn consumer_chat_in_rust_meets_all_cases() {
    meets_all_cases(&guest_modules().join("built/consumer-chat.wasm"));
}

#[test]
fn consumer_chat_in_javascript_meets_all_cases() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(variables) = tools::of("javascript", place.path()) else { return };
    let component = place.path().join("chat.wasm");
    make(Command::new("node").args(["build.mjs", "consumer-chat"]).arg(&component), "javascript", variables);
    meets_all_cases(&component);
}

#[test]
fn consumer_chat_in_python_meets_all_cases() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(variables) = tools::of("python", place.path()) else { return };
    let component = place.path().join("chat.wasm");
    make(Command::new("python3").args(["build.py", "consumer_chat"]).arg(&component), "python", variables);
    meets_all_cases(&component);
}

fn make(command: &mut Command, kit: &str, variables: Vec<(&'static str, String)>) {
    let made = command.envs(variables).current_dir(guest_modules().join(kit)).output().expect("the tool runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A case says the whole answer, so those that meet all of them answer alike.
fn meets_all_cases(component: &Path) {
    let cases: PathBuf = guest_modules().join("consumer-chat/cases");
    let count = std::fs::read_dir(&cases).expect("cases").count();
    // Other tests are at work beside it.
    let patient = ["--policy-ms", "1000"];
    policy(&[&["test", text(component), "--cases", text(&cases)], &patient[..]].concat(), &[])
        .ends(0)
        .says(&format!("{count} cases: {count} met, 0 not met"));
}
