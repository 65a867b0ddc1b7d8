//! The script that drives the browser, as a process of its own. It says which journeys are done, line by line, and may ask
//! the test to let time go by.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use wardgate_domain::Clock;

use crate::harness::{PREMISE, Server, Setup, follow, skip};

/// What ends a script that hangs, in seconds.
const PATIENCE_S: &str = "900";
/// Where Debian has it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Has journeys taken in a browser, on a server of their own, and fails the test unless each is told to be done and no page
/// tried what its policy forbids.
pub(super) async fn takes(journeys: &'static [&'static str]) {
    let Some(server) = taken(journeys).await else { return };
    let metrics = server.anonymous().get("/metrics").await.expect(200).text();
    assert!(metrics.contains("\nwardgate_csp_reports_total 0\n"), "a page tried what its policy forbids: see the log");
}

/// The same without a look at what the pages tried: the server on which that was.
pub(super) async fn taken(journeys: &'static [&'static str]) -> Option<Server> {
    let installed = installed()?;
    // Its clock is right, for pages say how long ago something was.
    let server = Setup::new().at_ms(Clock::system().now().as_ms()).start();
    let base = format!("http://{}", server.address);
    Some(taken_on(server, installed, base, journeys, Server::advance_s).await)
}

/// The same on `server`, which is called `base`; `advance` lets seconds go by.
pub(super) async fn taken_on(
    server: Server,
    installed: PathBuf,
    base: String,
    journeys: &'static [&'static str],
    mut advance: impl FnMut(&Server, u64) + Send + 'static,
) -> Server {
    let (server, done, said, ended_well) = tokio::task::spawn_blocking(move || {
        let secrets = server.secrets();
        let (username, password) = server.login_of(PREMISE);
        let user = username.split('\\').nth(1).expect("a prefix");
        let people = json!({
            "admin": { "tenant": PREMISE, "user": user, "password": password },
            "operator": { "user": secrets.get("gwsAdminName"), "password": secrets.get("gwsAdminPass") },
        });
        let child = start(&installed, &base, &people, journeys);
        let (done, said, ended_well) = follow(child, |line| {
            advance(&server, line.strip_prefix("advance ")?.parse().expect("a number"));
            Some("advanced".to_owned())
        });
        (server, done, said, ended_well)
    })
    .await
    .expect("no panic");
    assert!(ended_well, "after {done:?}: {said}");
    let expected: Vec<String> = journeys.iter().map(|journey| format!("done {journey}")).collect();
    assert_eq!(done, expected, "{said}");
    server
}

/// What `tests/portal/install.sh` installed, if the browser is there, too.
pub(super) fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/portal");
    let there = folder.join("node_modules/playwright-core").exists() && Path::new(CHROMIUM).exists();
    if !there {
        skip("no browser: install chromium, and run tests/portal/install.sh");
    }
    there.then_some(folder)
}

/// Starts the script, to take `journeys` as `people` at the portal of the server that is called `base`.
pub(super) fn start(installed: &Path, base: &str, people: &Value, journeys: &[&str]) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("timeout");
    command.arg(PATIENCE_S).arg("node").arg(root.join("portal/run.mjs")).args(journeys).current_dir(installed);
    command.env("BASE", base).env("PEOPLE", people.to_string());
    command.env("PICTURES", root.join("../docs/portal")).env("CHROMIUM", CHROMIUM);
    command.env("COMPONENT", root.join("../guest-modules/built/consumer-chat.wasm"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the script starts")
}
