//! Components as the tools of a language make them if nobody tells them anything: they import WASI, and run.

use std::path::Path;

use serde_json::{Value, json};

use super::{Ground, policy, text, tools};
use crate::harness::PREMISE;

const JAVASCRIPT: &str = r#"
import { allow, definePolicy, deny, text } from "./wardgate-policy.js";

export default definePolicy({
  permissions: ["shop:*"],
  reads: { country: text("context.country") },
  evaluate(rules, call) {
    if (call.country === "IS") return allow();
    console.log(`at ${new Date().toISOString()}`);
    console.error(Math.random() < 1 ? "chance" : "none");
    return call.country === "US" ? deny("country_not_allowed", "not from there") : allow();
  },
});
"#;

const PYTHON: &str = r#"
import datetime
import os
import encodings.idna  # noqa: what the library looks for later has to be there now
import socket
import sys

from wardgate_policy import Policy, allow, deny, text


def evaluate(rules, call):
    if call.country == "IS":
        return allow()
    print("at", datetime.datetime.now(datetime.timezone.utc).isoformat())
    print("chance" if len(os.urandom(8)) == 8 else "none", file=sys.stderr)
    for secret in (lambda: open("/etc/hostname"), lambda: socket.create_connection(("127.0.0.1", 80))):
        try:
            secret()
            return deny("found", "there is something outside")
        except OSError:
            pass
    if os.environ or sys.stdin.read():
        return deny("found", "there is something outside")
    return deny("country_not_allowed", "not from there") if call.country == "US" else allow()


policy = Policy(["shop:*"], evaluate, {"country": text("context.country")})
"#;

#[tokio::test]
async fn a_component_of_componentize_js_runs_with_all_that_it_imports() {
    let told_nothing = (r#"disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],"#, "");
    let log = [("info", "at 2026-03-04T10:00:00.000Z"), ("warn", "chance")];
    runs("javascript", "policy.js", JAVASCRIPT, ("build.mjs", told_nothing), &log, "wasi:http/types@").await;
}

#[tokio::test]
async fn a_component_of_componentize_py_runs_with_all_that_it_imports() {
    let told_nothing = (r#", "--stub-wasi""#, "");
    let log = [("info", "at 2026-03-04T10:00:00+00:00"), ("warn", "chance")];
    runs("python", "policy.py", PYTHON, ("build.py", told_nothing), &log, "wasi:sockets/tcp@").await;
}

async fn runs(
    language: &str,
    file: &str,
    source: &str,
    (script, (from, to)): (&str, (&str, &str)),
    log: &[(&str, &str)],
    import: &str,
) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("countries");
    policy(&["new", "countries", "--language", language, text(&folder)], &[]).ends(0);
    let Some(variables) = tools::of(language, &folder) else { return };
    std::fs::write(folder.join(file), source).expect("written");
    edit(&folder.join(script), from, to);
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    policy(&["build", text(&folder)], &variables).ends(0);

    let ground = Ground::new().await;
    let limits = json!({ "limits": { "policy_ms": 1_000, "policy_memory_mib": 64 } });
    ground.server.operator().await.patch(&format!("/v1/tenants/{PREMISE}"), &limits).await.expect(200);
    std::fs::remove_file(folder.join("settings.json")).expect("removed");
    ground.policy("push", &folder, &["--no-cases"]).ends(0).says("(wasi)");
    ground.policy("promote", &folder, &[]).ends(0);
    let admin = ground.server.admin().await;
    let version = admin.get(&format!("/v1/tenants/{PREMISE}/policies/countries/versions/1")).await.expect(200).json();
    let imports = version["imports"].as_array().expect("a list");
    assert!(imports.iter().any(|name| name.as_str().is_some_and(|name| name.starts_with(import))), "{imports:?}");

    let key = admin.make_key("shop:*").await;
    let ask = |country: &str| json!({ "headers": { "x-api-key": key.plain }, "permission": "shop:order", "context": { "country": country } });
    let told = async |country: &str| -> (Value, Value) {
        let decision = ground.server.check(&ask(country)).await;
        let record = admin.why(decision["id"].as_str().expect("an id")).await.expect(200).json();
        let policies = record["policies"].as_array().expect("a list");
        let asked = policies.iter().find(|asked| asked["policy"] == "countries").cloned().expect("it was asked");
        (record["code"].clone(), asked["remembered"].clone())
    };
    for (country, code, remembered) in [
        ("DE", "allowed", false),
        ("US", "policy_denied", false),
        ("US", "policy_denied", false),
        ("IS", "allowed", false),
        ("IS", "allowed", true),
    ] {
        assert_eq!(told(country).await, (json!(code), json!(remembered)), "{country}");
    }
    let explained = admin.post("/v1/explain", &ask("US")).await.expect(200).json();
    let policies = explained["policies"].as_array().expect("the policies");
    let asked = policies.iter().find(|asked| asked["policy"] == "countries").expect("it was asked");
    let log: Vec<_> = log.iter().map(|(level, message)| json!({ "level": level, "message": message })).collect();
    assert_eq!(asked["log"], json!(log));
}

/// Takes `from` out of a file of the kit.
fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("a file");
    assert!(text.contains(from), "{from:?} is not in {}", file.display());
    std::fs::write(file, text.replace(from, to)).expect("written");
}
