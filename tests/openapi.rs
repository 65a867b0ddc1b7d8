//! `docs/openapi.json` against the table of routes, and against the server itself: Schemathesis makes requests of it,
//! good and bad ones, and must find nothing that the description or the rules of HTTP do not allow.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use wardgate_http::ROUTES;

use crate::clients::installed;
use crate::harness::{Actor, CHAT, Key, PREMISE, SECOND, Server};

const DESCRIPTION: &str = include_str!("../docs/openapi.json");
/// What a route of any method is described for.
const ANY: &str = "GET, PUT, POST, DELETE, OPTIONS, HEAD, PATCH, TRACE";
/// Requests that an ordinary run makes up for each operation and kind of request. `TEST_SCHEMATHESIS_EXAMPLES` asks
/// for another number; CI for more.
const EXAMPLES: &str = "5";
/// A client that sends browsers.
const PAGE: &str = "a_page";
/// What ends a run that hangs, in seconds.
const PATIENCE_S: &str = "600";

fn description() -> Value {
    serde_json::from_str(DESCRIPTION).expect("docs/openapi.json is JSON")
}

/// Method and path of each operation.
fn described() -> BTreeSet<(String, String)> {
    let description = description();
    let paths = description["paths"].as_object().expect("paths");
    let methods = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("an object").keys().map(|method| method.to_uppercase());
        methods.map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn the_description_has_every_route_and_no_other() {
    let routes = ROUTES.iter().flat_map(|route| {
        let methods = if route.methods == "ANY" { ANY } else { route.methods };
        methods.split(", ").map(|method| (method.to_owned(), route.path.to_owned()))
    });
    let (routes, described): (BTreeSet<_>, _) = (routes.collect(), described());
    let missing: Vec<_> = routes.difference(&described).collect();
    let left_over: Vec<_> = described.difference(&routes).collect();
    assert!(missing.is_empty() && left_over.is_empty(), "not described: {missing:?}; not there: {left_over:?}");
}

#[test]
fn what_the_description_refers_to_is_there() {
    fn search<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| search(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| search(value, found)),
            _ => {}
        }
    }
    let description = description();
    let mut referred = BTreeSet::new();
    search(&description["paths"], &mut referred);
    search(&description["components"], &mut referred);
    let kept = ["schemas", "responses", "parameters", "headers"].into_iter().flat_map(|kind| {
        let names = description["components"][kind].as_object().expect("an object").keys();
        names.map(move |name| format!("#/components/{kind}/{name}"))
    });
    let kept: BTreeSet<_> = kept.collect();
    let kept: BTreeSet<_> = kept.iter().map(String::as_str).collect();
    assert_eq!(referred, kept, "referred to, and kept");
}

#[tokio::test]
async fn the_description_is_served() {
    let server = Server::start();
    let answer = server.anonymous().get("/docs/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text(), DESCRIPTION);
}

/// A folder with what Schemathesis is told: its configuration, who calls, and ids of things that are there.
async fn told(server: &Server) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("written");
    write("schemathesis.toml", include_str!("openapi/schemathesis.toml"));
    write("hooks.py", include_str!("openapi/hooks.py"));
    let secret = server.secrets().get("clientSecret").to_owned();
    let client = format!("Basic {}", STANDARD.encode(format!("nexus_client:{secret}")));
    let bearer = async |username: &str, password: &str| {
        let answer = server.sign_in(username, password).await.expect(200);
        format!("Bearer {}", answer.field("access_token"))
    };
    let mut users = Vec::new();
    for (name, tenant) in [("first", PREMISE), ("second", SECOND)] {
        let (username, password) = server.login_of(tenant);
        users.push((name, bearer(&username, &password).await));
    }
    let secrets = server.secrets();
    let operator = bearer(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await;
    write("operator.txt", &operator);
    users.push(("operator", operator));
    users.push(("client", client));
    let user = |(name, header): &(&str, String)| json!({ "name": name, "fixedHeaders": [{ "name": "Authorization", "value": header }] });
    write("users.json", &json!({ "auth": users.iter().map(user).collect::<Vec<_>>() }).to_string());
    let mut needed = vec![PREMISE.to_owned(), SECOND.to_owned()];
    needed.extend(["*", PAGE, "nexus_client", "nexus", "ops"].map(str::to_owned));
    for (name, header) in users.iter().filter(|(name, _)| *name != "client") {
        let told = server.anonymous().with_authorization(header).get("/auth/v3/openid/userinfo").await;
        assert_eq!(told.status, 200, "{name}: {}", told.text());
        needed.push(told.field("sub"));
    }
    write("needed.txt", &needed.join("\n"));
    let page = json!({ "data": { "client_id": PAGE, "redirectURIs": ["https://shop.example.com/callback"] } });
    server.operator().await.post("/auth/v3/ops/clients", &page).await.expect(201);
    write("tenants.txt", &format!("\"{PREMISE}\"\n\"{SECOND}\"\n"));
    let (key, decisions) = key_and_decisions(server, &server.admin().await).await;
    write("keys.txt", &format!("\"{}\"\n", key.plain));
    write("decisions.txt", &decisions.map(|id| format!("{id}\n")).concat());
    folder
}

/// A key that is let pass and one refusal, so that both kinds of decision are there.
async fn key_and_decisions(server: &Server, admin: &Actor) -> (Key, [Value; 2]) {
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 1 });
    let key = admin.make_key_with(&body).await;
    let passed = server.check_key(&key, CHAT).await["id"].clone();
    let refused = server.check_key(&key, "a:b").await["id"].clone();
    (key, [passed, refused])
}

#[tokio::test]
async fn schemathesis_finds_nothing() {
    let Some(program) = installed("python/bin/schemathesis") else { return };
    let server = Server::start();
    let folder = told(&server).await;
    let url = format!("http://{}/docs/openapi.json", server.address);
    let wanted = std::env::var_os("TEST_SCHEMATHESIS_EXAMPLES").and_then(|text| text.into_string().ok());
    let examples = wanted.unwrap_or_else(|| EXAMPLES.to_owned());
    let path = folder.path().to_owned();
    let run = move || run(&program, &path, &url, &examples);
    let (found_nothing, said) = tokio::task::spawn_blocking(run).await.expect("no panic");
    assert!(found_nothing, "{said}");
    // One that tests nothing finds nothing. It leaves out what serves the description itself.
    assert!(said.contains(&format!("Tested: {}\n", described().len() - 1)), "{said}");
}

fn run(program: &Path, folder: &Path, url: &str, examples: &str) -> (bool, String) {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE_S).arg(program).args(["--config-file", "schemathesis.toml", "run", url, "--no-color"]);
    // More than one worker trips over Hypothesis's own caches.
    command.args(["--max-examples", examples, "--workers", "1"]);
    let output = command.current_dir(folder).stdin(Stdio::null()).output().expect("it runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}
