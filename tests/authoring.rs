//! `wardgate policy`: what authors do, from an empty folder to calls that are decided, and what they are told when it does
//! not work.

mod languages;
mod side_by_side;
mod tools;
mod wasi;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::harness::{CHAT, PREMISE, SECOND, Server, edition, run};

/// What a command said and ended with.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    /// It ended with `code`, or the test fails with all that it said.
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text) || self.err.contains(text), "no {text:?} in\n{}\n{}", self.out, self.err);
        self
    }
}

/// `wardgate policy …`.
fn policy(arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let Output { status, stdout, stderr } = run(&[&["policy"], arguments].concat(), variables);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Said { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn guest_modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-modules").canonicalize().expect("guest-modules/")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A server, and the way to it from the command line.
struct Ground {
    server: Server,
    url: String,
    token: String,
}

impl Ground {
    async fn new() -> Self {
        let server = Server::start();
        let (username, password) = server.login_of(PREMISE);
        let token = server.sign_in(&username, &password).await.expect(200).field("access_token");
        Self { url: format!("http://{}", server.address), server, token }
    }

    /// A command about the policy in `folder`, with the admin's token.
    fn policy(&self, command: &str, folder: &Path, more: &[&str]) -> Said {
        let own = [command, text(folder), "--server", &self.url, "--tenant", PREMISE];
        policy(&[&own, more].concat(), &[("WARDGATE_TOKEN", &self.token)])
    }
}

/// The kit is taken along as it is, so what it is built with here it is built with there.
#[test]
fn a_new_policy_in_rust_has_the_versions_of_the_kit() {
    let read = |path: &str| {
        let text = std::fs::read_to_string(guest_modules().join(path)).expect("a file");
        text.replace("{{name}}", "name").parse::<toml::Table>().expect("TOML")
    };
    let (ours, theirs) = (read("Cargo.toml"), read("templates/rust/Cargo.toml"));
    let of = |manifest: &toml::Table| manifest["workspace"]["dependencies"].as_table().cloned().expect("a table");
    for (name, version) in of(&theirs) {
        assert_eq!(of(&ours).get(&name), Some(&version), "{name}");
    }
    // Ours has more in it for packages that a new policy does not have.
    for (member, value) in theirs["profile"]["release"].as_table().expect("a table") {
        assert_eq!(ours["profile"]["release"].get(member), Some(value), "{member}");
    }
    // What a package itself depends on is told by its features, of which ours may have more.
    let locked = |manifest: &toml::Table| {
        let packages = manifest["package"].as_array().cloned().expect("packages");
        let known = |package: toml::Value| ["name", "version", "checksum"].map(|member| package.get(member).cloned());
        packages.into_iter().map(known).collect::<Vec<_>>()
    };
    let (ours, theirs) = (locked(&read("Cargo.lock")), locked(&read("templates/rust/Cargo.lock")));
    // The policy itself has no checksum, nor has anything else that is no package of the registry.
    for package in theirs.iter().filter(|package| package[2].is_some()) {
        assert!(ours.contains(package), "{package:?}");
    }
}

/// A folder that is `name`'s, with `settings`.
fn folder_of(place: &Path, name: &str, settings: &Value) -> PathBuf {
    let folder = place.join(name);
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join("package.json"), json!({ "name": name }).to_string()).expect("written");
    std::fs::write(folder.join("settings.json"), settings.to_string()).expect("written");
    folder
}

#[tokio::test]
async fn versions_are_pushed_compared_promoted_and_taken_back() {
    let ground = Ground::new().await;
    let place = tempfile::tempdir().expect("a folder");
    let strict = json!({ "origins": ["https://help.example"], "origin_required": true });
    let folder = folder_of(place.path(), "pages", &json!({}));
    let key = ground.server.admin().await.make_key(CHAT).await;
    let code = async || ground.server.check_key(&key, CHAT).await["code"].clone();

    std::fs::write(folder.join("pages.wasm"), edition("consumer-chat", "one")).expect("written");
    ground.policy("list", &folder, &[]).ends(2).says("not_found");
    ground.policy("push", &folder, &["--no-cases"]).ends(0).says("pages is version 1").says("bare");
    ground
        .policy("push", &folder, &["--no-cases", "--settings", text(&folder.join("settings.json"))])
        .ends(0)
        .says("pages was there already: version 1");
    ground.policy("rollback", &folder, &[]).ends(2).says("the server refused it (409");
    ground.policy("promote", &folder, &[]).ends(0).says("pages: version 1 is in force");
    assert_eq!(code().await, "allowed");

    // The settings in force go along, unless others are named.
    std::fs::write(folder.join("pages.wasm"), edition("consumer-chat", "two")).expect("written");
    ground.policy("push", &folder, &["--no-cases"]).ends(0).says("pages is version 2");
    let other = folder.join("strict.json");
    std::fs::write(&other, strict.to_string()).expect("written");
    let named = ["--no-cases", "--settings", text(&other), "--permission", "nexus:*"];
    ground.policy("push", &folder, &named).ends(0).says("pages is version 3");
    ground
        .policy("diff", &folder, &[])
        .ends(0)
        .says("version 1 -> version 3")
        .says("/origin_required: nothing -> true")
        .says("no longer for: nexus:consumer:chat")
        .says("also for: nexus:*")
        .says("  code: sha256:");
    let alike = ground.policy("diff", &folder, &["--from", "2", "--to", "2"]).ends(0);
    assert_eq!(alike.out, "version 2 -> version 2\n");
    // The call from above is on record. Under the new settings it would not pass.
    ground.policy("diff", &folder, &["--replay", "100"]).ends(1).says("1 would change").says("origin_missing");
    ground
        .policy("promote", &folder, &["--replay", "100"])
        .ends(1)
        .says("version 3 is not put into force")
        .says("after   deny (origin_missing)");
    assert_eq!(code().await, "allowed");
    ground.policy("promote", &folder, &["--version", "2", "--replay", "100"]).ends(0).says("0 would change");
    ground.policy("rollback", &folder, &[]).ends(0);
    ground.policy("promote", &folder, &["--replay", "100", "--accept-flips"]).ends(0).says("version 3 is in force");
    assert_eq!(code().await, "policy_denied");
    ground.policy("list", &folder, &[]).ends(0).says("   1  previous").says("   2            ").says("   3  active  ");
    ground.policy("rollback", &folder, &[]).ends(0).says("pages: version 1 is in force again");
    assert_eq!(code().await, "allowed");
}

#[tokio::test]
async fn what_a_server_refuses_is_told_with_its_place() {
    let ground = Ground::new().await;
    let place = tempfile::tempdir().expect("a folder");
    let folder = folder_of(place.path(), "pages", &json!({ "origins": ["https://a.example", "nowhere"] }));
    let push = |component: &[u8]| {
        std::fs::write(folder.join("pages.wasm"), component).expect("written");
        ground.policy("push", &folder, &["--no-cases"]).ends(2).says("the server refused it (4")
    };
    push(&edition("consumer-chat", "one")).says("/settings/origins/1: ").says("not an origin");
    push(b"\0asm\x01\0\0\0").says("invalid_module").says("core module");
    let own = ["push", text(&folder), "--no-cases", "--server", &ground.url];
    let token = ("WARDGATE_TOKEN", ground.token.as_str());
    policy(&[&own[..], &["--tenant", SECOND]].concat(), &[token]).ends(2).says("not_found");
    let wrong = ("WARDGATE_TOKEN", "wrong");
    policy(&[&own[..], &["--tenant", PREMISE]].concat(), &[wrong]).ends(2).says("unauthorized");
    let other = [&own[..], &["--tenant", PREMISE, "--token-env", "OTHER"]].concat();
    policy(&other, &[token]).ends(2).says("OTHER: is not set");
    policy(&other, &[token, ("OTHER", " ")]).ends(2).says("OTHER: is empty");
}

#[tokio::test]
async fn a_case_that_is_not_met_on_the_server_is_told() {
    let ground = Ground::new().await;
    let place = tempfile::tempdir().expect("a folder");
    let folder = folder_of(place.path(), "pages", &json!({ "methods": ["GET"] }));
    std::fs::write(folder.join("pages.wasm"), edition("consumer-chat", "one")).expect("written");
    ground.policy("push", &folder, &[]).ends(2).says("cases: ");
    let cases = folder.join("cases");
    std::fs::create_dir(&cases).expect("made");
    let ask = json!({ "tenant": "demo", "permission": CHAT, "attributes": { "request.method": "POST" } });
    let write = |name: &str, case: &Value| std::fs::write(cases.join(name), case.to_string()).expect("written");
    write(
        "a.json",
        &json!({ "name": "by the settings beside them", "ask": ask,
        "expect": { "effect": "deny", "reasons": ["method_not_allowed"] } }),
    );
    write("b.json", &json!({ "name": "by its own", "settings": {}, "ask": ask, "expect": { "effect": "allow" } }));
    ground.policy("push", &folder, &[]).ends(0).says("2 cases on the server: 2 met, 0 not met");
    write("b.json", &json!({ "name": "wrong", "ask": ask, "expect": { "effect": "allow" } }));
    ground
        .policy("push", &folder, &[])
        .ends(1)
        .says("FAIL  wrong")
        .says("expected allow")
        .says("got      deny (method_not_allowed)")
        .says("the method is not allowed")
        .says("2 cases on the server: 1 met, 1 not met");
    write("b.json", &json!({ "name": "none" }));
    ground.policy("push", &folder, &[]).ends(2).says("version 1 is there, but its cases were not run");
}

#[test]
fn only_servers_that_can_be_reached_are_called() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = folder_of(place.path(), "pages", &json!({}));
    let list = |server: &str| {
        let arguments = ["list", text(&folder), "--tenant", PREMISE, "--server", server];
        policy(&arguments, &[("WARDGATE_TOKEN", "abc")]).ends(2)
    };
    list("https://127.0.0.1:8080").says("https is not spoken here");
    list("127.0.0.1:8080").says("http://");
    // Nobody listens to the port of discard.
    let said = list("http://127.0.0.1:9").says("http://127.0.0.1:9 does not answer");
    assert!(!said.err.contains("unencrypted"));
    list("http://no-such-host.invalid").says("does not answer").says("unencrypted");
    policy(&["list", text(&folder), "--tenant", "a b", "--server", "http://127.0.0.1:9"], &[]).ends(2).says("--tenant");
}

#[test]
fn a_case_that_is_not_met_is_told_and_ends_with_1() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = folder_of(place.path(), "chat", &json!({ "methods": ["GET"] }));
    policy(&["test", text(&folder)], &[]).ends(2).says("cases: ");
    let cases = folder.join("cases");
    std::fs::create_dir(&cases).expect("made");
    policy(&["test", text(&folder)], &[]).ends(2).says("there are no cases");
    let case = |name: &str, expect: Value| {
        let ask = json!({ "tenant": "demo", "permission": CHAT, "attributes": { "request.method": "POST" } });
        let case = json!({ "name": name, "ask": ask, "expect": expect });
        std::fs::write(cases.join(format!("{name}.json")), case.to_string()).expect("written");
    };
    case("met", json!({ "effect": "deny", "reasons": ["method_not_allowed"] }));
    policy(&["test", text(&folder)], &[]).ends(2).says("chat.wasm").says("wardgate policy build");
    std::fs::write(folder.join("chat.wasm"), edition("consumer-chat", "one")).expect("written");
    policy(&["test", text(&folder)], &[]).ends(0).says("ok    met").says("1 cases: 1 met, 0 not met");
    case("unmet", json!({ "effect": "allow" }));
    policy(&["test", text(&folder.join("chat.wasm"))], &[])
        .ends(1)
        .says("FAIL  unmet")
        .says("expected allow")
        .says("got      deny (method_not_allowed)")
        .says("the method is not allowed")
        .says("2 cases: 1 met, 1 not met");
    case("broken", json!({ "effect": "perhaps" }));
    policy(&["test", text(&folder)], &[]).ends(2).says("broken.json: effect must be deny, allow or abstain");
}

#[test]
fn a_new_policy_takes_no_folder_that_is_in_use_and_no_name_that_is_none() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("shop");
    for language in ["rust", "javascript", "python"] {
        let folder = folder.join(language);
        let arguments = ["new", "shop", "--language", language, text(&folder)];
        policy(&arguments, &[]).ends(0).says("wardgate policy build");
        policy(&arguments, &[]).ends(2).says("there is something in this folder");
        for file in ["README.md", ".gitignore", "settings.schema.json", "cases/refused.json"] {
            let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
            assert!(!text.contains("{{"), "{language}: {file}");
        }
    }
    for name in ["", "Shop", "a/b", "..", "1a", "a b"] {
        policy(&["new", name, "--language", "rust", text(&place.path().join("x"))], &[])
            .ends(2)
            .says("must be 1 to 64");
    }
    policy(&["build", text(place.path())], &[]).ends(2).says("no policy's folder");
    // Without a PATH there are no tools.
    policy(&["build", text(&folder.join("rust"))], &[("PATH", "")]).ends(2).says("cargo is not installed");
    policy(&["build", text(&folder.join("javascript"))], &[("PATH", "")]).ends(2).says("node is not installed");
    policy(&["build", text(&folder.join("python"))], &[("PATH", "")]).ends(2).says("python3 is not installed");
}
