//! One policy in four languages, all of them in force at one tenant: the same cases, the same answers. What each costs is said
//! for whoever reads it and asserted by nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{guest_modules, tools};
use crate::harness::{Actor, Answer, CHAT, Key, PREMISE, Server, report};

/// Calls that are decided anew, each from another page.
const CALLS: usize = 20;
/// Other tests are at work beside it, so each may take its time, in milliseconds.
const POLICY_MS: u32 = 1_000;

#[tokio::test]
async fn one_policy_in_four_languages_decides_alike() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(javascript) = in_javascript(place.path()) else { return };
    let Some(python) = in_python(place.path()) else { return };
    let rust = guest_modules().join("built/consumer-chat.wasm");

    let server = Server::start();
    let limits = json!({ "limits": { "policy_ms": POLICY_MS } });
    server.operator().await.patch(&format!("/v1/tenants/{PREMISE}"), &limits).await.expect(200);
    let admin = server.admin().await;
    // The sample's own, which knows other pages.
    admin.delete(&format!("/v1/tenants/{PREMISE}/policies/consumer-chat")).await.expect(204);
    let settings = read("consumer-chat/settings.json");
    for (name, component) in [("rust", rust), ("javascript", javascript), ("python", python)] {
        let path = format!("{}?permissions={CHAT}", of(name, "versions"));
        let component = std::fs::read(component).expect("a component");
        let made = admin.put_component(&path, component).await.expect(201).json();
        assert_eq!(made["settings"], json!({}), "{name}");
        let with = json!({ "module": made["digest"], "permissions": [CHAT], "settings": settings });
        let made = admin.put(&of(name, "versions"), &with).await.expect(201);
        // A case says the whole answer, so those that meet all of them answer alike.
        lives(&admin, name, &made, &cases()).await;
    }
    let cedar = json!({ "policies": text_of("cedar/examples/consumer-chat/settings.cedar") });
    let with = json!({ "module": "cedar", "permissions": [CHAT], "settings": cedar });
    let made = admin.put(&of("cedar", "versions"), &with).await.expect(201);
    // The settings of a case's own are in another form, and why it cannot decide it says in its own words.
    let alike = |case: &Value| case.get("settings").is_none() && case["expect"].get("failure").is_none();
    lives(&admin, "cedar", &made, &cases().into_iter().filter(alike).collect::<Vec<_>>()).await;

    let key = admin.make_key(CHAT).await;
    let asked = Asked { server: &server, admin: &admin, key: &key };
    asked.of("https://shop.example.com").await;
    for (name, remembered) in
        asked.of("https://shop.example.com").await.iter().map(|it| (&it["policy"], &it["remembered"]))
    {
        assert_eq!(remembered, true, "{name} is asked anew for what it answered");
    }
    let mut costs: [Vec<u64>; 4] = Default::default();
    for call in 0..CALLS {
        for (costs, opinion) in costs.iter_mut().zip(asked.of(&format!("https://{call}.example.org")).await) {
            costs.push(opinion["cost_us"].as_u64().expect("a cost"));
        }
    }
    for (name, costs) in ["cedar", "javascript", "python", "rust"].into_iter().zip(&mut costs) {
        costs.sort_unstable();
        let size = admin.get(&of(name, "versions/1")).await.expect(200).json()["size"].clone();
        report(&format!("{name}: {size} B, decided anew in {} us (median of {CALLS})", costs[CALLS / 2]));
    }
}

/// Somebody calls, and it is looked up what was said to it.
struct Asked<'a> {
    server: &'a Server,
    admin: &'a Actor,
    key: &'a Key,
}

impl Asked<'_> {
    /// What each policy answered to a call from a page of `origin`, in the order of their names: they all let it pass.
    async fn of(&self, origin: &str) -> Vec<Value> {
        let ask = json!({ "headers": { "x-api-key": self.key.plain, "origin": origin }, "permission": CHAT,
            "method": "POST", "path": "/chat", "body": "{}" });
        let decision = self.server.check(&ask).await;
        let record = self.admin.why(decision["id"].as_str().expect("an id")).await.expect(200).json();
        assert_eq!(record["code"], "allowed", "{record}");
        let mut own = record["policies"].as_array().expect("a list").clone();
        own.retain(|opinion| ["cedar", "javascript", "python", "rust"].iter().any(|name| opinion["policy"] == *name));
        own.sort_by_key(|opinion| opinion["policy"].to_string());
        let effects: Vec<_> = own.iter().map(|opinion| &opinion["effect"]).collect();
        assert_eq!(effects, ["allow"; 4], "{record}");
        own
    }
}

fn of(name: &str, rest: &str) -> String {
    format!("/v1/tenants/{PREMISE}/policies/{name}/{rest}")
}

/// The version is tried on the cases on the server, and put into force.
async fn lives(admin: &Actor, name: &str, made: &Answer, cases: &[Value]) {
    assert!(cases.len() > 15, "only {} cases", cases.len());
    let version = made.json()["version"].clone();
    let trial = admin.post(&of(name, &format!("versions/{version}/trial")), &json!({ "cases": cases })).await;
    let trial = trial.expect(200).json();
    let failed: Vec<_> =
        trial["results"].as_array().expect("results").iter().filter(|it| it["passed"] != true).collect();
    assert!(failed.is_empty() && trial["passed"] == cases.len(), "{name}: {failed:?}");
    admin.post(&of(name, &format!("versions/{version}/activate")), &json!({})).await.expect(200);
}

/// Those of `consumer-chat`; one without settings gets the sample.
fn cases() -> Vec<Value> {
    let folder = guest_modules().join("consumer-chat/cases");
    let files = std::fs::read_dir(folder).expect("cases").map(|entry| entry.expect("a file").path());
    files.map(|file| serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("JSON")).collect()
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(guest_modules().join(path)).expect("a file")
}

fn read(path: &str) -> Value {
    serde_json::from_str(&text_of(path)).expect("JSON")
}

fn in_javascript(place: &Path) -> Option<PathBuf> {
    let variables = tools::of("javascript", place)?;
    let component = place.join("javascript.wasm");
    make(Command::new("node").args(["build.mjs", "consumer-chat"]).arg(&component), "javascript", variables);
    Some(component)
}

fn in_python(place: &Path) -> Option<PathBuf> {
    let variables = tools::of("python", place)?;
    let component = place.join("python.wasm");
    make(Command::new("python3").args(["build.py", "consumer_chat"]).arg(&component), "python", variables);
    Some(component)
}

fn make(command: &mut Command, kit: &str, variables: Vec<(&'static str, String)>) {
    let made = command.envs(variables).current_dir(guest_modules().join(kit)).output().expect("the tool runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
