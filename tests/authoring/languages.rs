//! A policy in each language: from nothing to calls that are decided by it.

use serde_json::{Value, json};

use super::{Ground, policy, text, tools};

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
