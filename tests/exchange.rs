//! `wardgate import` and `wardgate export`, as an operator and a PrivMX client meet them: fixtures with fixed foreign ids
//! are taken over and used, and come out again as they went in.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::harness::{ApiKey, PREMISE, Process, Setup, audit, run};

/// The example values that PrivMX clients' own tests bring along (reference privmx.md, section 6).
const FIXTURE: &str = include_str!("fixtures/privmx.json");
const OWNER: &str = "66ffaf7713969523e26102de";
const SECRET: &str = "e4c21122523e8d8a6643c35b41440e61";
const SOLUTIONS: [&str; 2] = ["G7J8Pm4op76xCcv9gNVqsQkmFcJ", "66ffb29789fd0a444e6f676d"];
const FIRST_CONTEXT: &str = "662115304034ea5684acac8b";
const SHARED_CONTEXT: &str = "662115304034ea5684acac8c";

fn key() -> ApiKey {
    ApiKey::new("34ed9fd355a81d81cc5f984dfab7595a", SECRET)
}

/// Runs a command of the program on the ground of `setup`.
fn command(setup: &Setup, words: &[&str]) -> Output {
    let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
    let folders = ["--data-dir", &text(setup.data_dir()), "--tenants", &text(setup.tenants_dir())];
    run(&[words, &folders].concat(), &[])
}

/// What a command says that has done what it was asked for.
#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[track_caller]
fn check_refused(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said:?}");
    }
    assert!(!said.contains("panicked") && !said.contains(SECRET), "{said}");
    assert!(output.stdout.is_empty());
}

/// A file that only its owner may read.
fn write(setup: &Setup, name: &str, text: &str) -> String {
    let path = setup.path().join(name);
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("chmod");
    path.to_str().expect("a path of text").to_owned()
}

fn import(setup: &Setup, text: &str) -> Output {
    command(setup, &["import", &write(setup, "import.json", text)])
}

#[tokio::test]
async fn an_imported_key_signs_and_finds_what_was_imported() {
    let setup = Setup::new();
    let output = import(&setup, FIXTURE);
    let said = done(&output);
    assert!(
        said.starts_with(&format!("imported   {OWNER}  made: the tenant, 1 keys, 2 solutions, 5 contexts")),
        "{said}"
    );
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let server = setup.start();
    let caller = server.privmx().signing(key().signer());
    let solutions = caller.call("solution/listSolutions", json!({})).await;
    assert_eq!(solutions.each("list", "id"), SOLUTIONS);
    let page = json!({ "limit": 100, "skip": 0, "sortOrder": "asc" });
    let contexts = caller.call("context/listContexts", page.clone()).await;
    let ids: Vec<_> = ["8b", "8c", "8d", "8e", "8f"].map(|end| format!("662115304034ea5684acac{end}")).into();
    assert_eq!(contexts.each("list", "id"), ids);
    let context = caller.call("context/getContext", json!({ "contextId": SHARED_CONTEXT })).await.result();
    let context = &context["context"];
    assert_eq!((&context["scope"], &context["shares"]), (&json!("public"), &json!([SOLUTIONS[1]])));
    assert_eq!((&context["created"], &context["solution"]), (&json!(1_713_507_644_000_i64), &json!(SOLUTIONS[0])));
    let mut users = page;
    users["contextId"] = json!(FIRST_CONTEXT);
    let users = caller.call("context/listUsersFromContext", users).await;
    assert_eq!(users.each("users", "userId"), ["janek", "zbychu"]);
    assert_eq!(users.each("users", "acl"), ["ALLOW ALL", "DENY ALL\nALLOW thread/READ"]);
    // The key is the tenant's own: it makes more of the tenant's things, and others do not see them.
    caller.make_solution("third").await;
    let kept = server.owner().call("solution/listSolutions", json!({})).await.result();
    assert_eq!(kept["list"], json!([]));
}

#[tokio::test]
async fn the_same_import_again_changes_nothing_and_leaves_no_entry() {
    let setup = Setup::new();
    done(&import(&setup, FIXTURE));
    assert_eq!(audit(&setup, OWNER).await, ["tenant.imported"]);
    assert_eq!(done(&import(&setup, FIXTURE)), format!("unchanged  {OWNER}\n"));
    assert_eq!(audit(&setup, OWNER).await, ["tenant.imported"]);
    // What a client changed is brought back, as before each of its test cases.
    let server = setup.start();
    let caller = server.privmx().basic(&key());
    caller.call("solution/updateSolution", json!({ "id": SOLUTIONS[0], "name": "changed" })).await.ok();
    let setup = server.stop();
    let said = done(&import(&setup, FIXTURE));
    assert!(said.contains("made: 0 keys, 0 solutions,") && said.contains("changed: 0 keys, 1 solutions,"), "{said}");
    let log = audit(&setup, OWNER).await;
    assert_eq!(log.last().map(String::as_str), Some("tenant.imported"));
}

#[test]
fn an_export_imported_elsewhere_is_exported_byte_for_byte() {
    let setup = Setup::new();
    done(&import(&setup, FIXTURE));
    let exported = done(&command(&setup, &["export"]));
    let fixture: Value = serde_json::from_str(FIXTURE).expect("JSON");
    assert_eq!(serde_json::from_str::<Value>(&exported).expect("JSON"), fixture, "nothing is lost");
    let other = Setup::new();
    done(&import(&other, &exported));
    assert_eq!(done(&command(&other, &["export"])), exported);
    assert_eq!(done(&command(&other, &["export", "--tenant", OWNER])), exported);
    check_refused(&command(&other, &["export", "--tenant", "nobody"]), &["there is no tenant nobody"]);
}

#[test]
fn an_export_is_for_its_owner_alone() {
    let setup = Setup::new();
    done(&import(&setup, FIXTURE));
    let file = setup.path().join("export.json");
    let path = file.to_str().expect("a path of text");
    for _ in 0..2 {
        assert_eq!(done(&command(&setup, &["export", path])), "");
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        // The second takes the place of one that others might read.
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("chmod");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("text"), done(&command(&setup, &["export"])));
    check_refused(&command(&setup, &["export", "/dev/null"]), &["/dev/null", "no file"]);
    let shell = |mode: &str| {
        let script = "umask $1; shift; exec \"$@\" > \"$OUT\"";
        let words = ["-c", script, "sh", mode, env!("CARGO_BIN_EXE_wardgate-under-test"), "export", "--data-dir"];
        let mut command = std::process::Command::new("sh");
        command.env_clear().args(words).arg(setup.data_dir()).env("OUT", setup.path().join(format!("out-{mode}.json")));
        command.output().expect("a shell")
    };
    check_refused(&shell("022"), &["others may read the file"]);
    done(&shell("077"));
}

#[tokio::test]
async fn a_folder_in_use_is_left_to_its_server() {
    let setup = Setup::new();
    let file = write(&setup, "import.json", FIXTURE);
    let server = Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    for words in [&["import", &file] as &[&str], &["export"]] {
        check_refused(&command(&setup, words), &["another wardgate is using it: stop that one first"]);
    }
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    done(&command(&setup, &["import", &file]));
}

#[tokio::test]
async fn a_file_with_a_fault_stores_nothing_and_is_told_its_place() {
    let setup = Setup::new();
    let owner = |members: &str| format!(r#"{{"version":1,"owners":[{{"id":"{PREMISE}",{members}}}]}}"#);
    for (text, said) in [
        ("{".to_owned(), "import.json: line 1, column 1: "),
        (
            owner(r#""keys":[{"id":"k","secret":"s","scope":[],"x":1}]"#),
            "import.json: /owners/0/keys/0/x: the member x is not known",
        ),
        (owner(r#""keys":[{"id":"k","secret":"s","scope":"all"}]"#), "/owners/0/keys/0/scope: must be an array"),
        (owner(r#""solutions":[{"id":"s"},{"id":"s"}]"#), "/owners/0/solutions/1/id: "),
        (
            owner(r#""contexts":[{"id":"x","solution":"s"}]"#),
            "/owners/0/contexts/0/solution: there is no such solution",
        ),
    ] {
        check_refused(&import(&setup, &text), &[said]);
    }
    check_refused(&command(&setup, &["import", "nowhere.json"]), &["nowhere.json"]);
    assert_eq!(done(&command(&setup, &["export"])), "{\n  \"version\": 1,\n  \"owners\": []\n}\n");
    assert!(audit(&setup, PREMISE).await.is_empty());
}

#[tokio::test]
async fn a_file_names_the_declared_tenant_that_is_to_have_its_things() {
    let fixture = FIXTURE.replacen("\"enabled\": true", &format!("\"tenant\": \"{PREMISE}\", \"enabled\": true"), 1);
    let server = Setup::new().start();
    let first = server.first_key();
    let setup = server.stop();
    let said = done(&import(&setup, &fixture));
    assert!(said.starts_with(&format!("imported   {PREMISE}  made: 1 keys,")), "{said}");
    let server = setup.start();
    for key in [first, key()] {
        let caller = server.privmx().signing(key.signer());
        assert_eq!(caller.call("solution/listSolutions", json!({})).await.each("list", "id"), SOLUTIONS);
    }
    // A key that is there keeps its secret, and its tenant.
    let setup = server.stop();
    let another = fixture.replace(SECRET, "another secret");
    check_refused(
        &import(&setup, &another),
        &["/owners/0/keys/0: key 34ed9fd355a81d81cc5f984dfab7595a", "another secret or"],
    );
    check_refused(
        &import(&setup, FIXTURE),
        &["34ed9fd355a81d81cc5f984dfab7595a is there already, at the tenant", PREMISE],
    );
}

#[test]
fn what_is_unwise_is_done_and_told() {
    let setup = Setup::new();
    let file = write(&setup, "weak.json", &FIXTURE.replace(SECRET, "secret"));
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("chmod");
    let output = command(&setup, &["import", &file]);
    done(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("others may read it (mode 644)"), "{said}");
    assert!(said.contains("key 34ed9fd355a81d81cc5f984dfab7595a: its secret is short"), "{said}");
}
