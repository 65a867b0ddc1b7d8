//! `docs/privmx.sh`, as a reader runs it: what the documents tell PrivMX clients to do works with curl and openssl alone.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::harness::{ApiKey, Process, Secrets, Setup, skip};

fn has(program: &str) -> bool {
    let asked = Command::new(program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok()
}

fn run(folder: &Path, first_run: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/privmx.sh");
    // No proxy of the machine stands between.
    let mut command = Command::new("sh");
    command.arg(script).arg(first_run).env("no_proxy", "*").current_dir(folder).stdin(Stdio::null());
    command.output().expect("a shell")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_of_the_documents_works_with_curl_and_openssl_alone() {
    if let Some(missing) = ["curl", "openssl"].into_iter().find(|program| !has(program)) {
        skip(&format!("there is no {missing}"));
        return;
    }
    let setup = Setup::new();
    let server = Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    let owner = server.privmx().basic(&ApiKey::first(&Secrets::read(setup.data_dir(), None)));
    owner.make_solution("of the script").await;
    let first_run = setup.data_dir().join("first-run.env");

    let output = run(setup.path(), &first_run);
    let (said, trouble) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{trouble}");
    assert_eq!(trouble, "");
    // Four times over, and once more with the next token.
    assert_eq!(said.matches("\"name\":\"of the script\"").count(), 5, "{said}");
    assert_eq!(said.matches("\"code\":24879").count(), 4, "{said}");
    assert!(said.ends_with("\n== All of it works\n"), "{said}");
    // Run in its own folder, and again: it leaves nothing behind.
    let output = run(setup.data_dir(), Path::new("first-run.env"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(owner.call("manager/listApiKeys", json!({})).await.each("list", "id").len(), 1);

    // What does not work it says, and stops.
    let text = std::fs::read_to_string(&first_run).expect("the file");
    let wrong = setup.path().join("wrong.env");
    std::fs::write(&wrong, format!("{text}apiKeySecret=wrong\n")).expect("written");
    let output = run(setup.path(), &wrong);
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && trouble.contains("FAILED: not granted: ") && trouble.contains("24879"),
        "{trouble}"
    );
    assert!(!String::from_utf8_lossy(&output.stdout).contains("2. Sign a call"));
    server.kill();
    let output = run(setup.path(), &first_run);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("FAILED: no answer"));
}
