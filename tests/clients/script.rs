//! A library's script as a process of its own. It says what it has done, line by line, and may ask the test to be its
//! user.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::person::Person;
use super::{Ground, PUBLIC_CLIENT, REDIRECT};
use crate::harness::follow;

/// What ends a script that hangs, in seconds.
const PATIENCE_S: &str = "120";

/// A script and what runs it.
pub(super) struct Script(Command);

impl Script {
    /// A script in Python.
    pub(super) fn python(python: &Path, file: &str) -> Self {
        let mut command = command(python);
        // The library refuses plain HTTP otherwise; its documentation has this for tests.
        command.arg(folder().join("python").join(file)).env("OAUTHLIB_INSECURE_TRANSPORT", "1");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        Self(command)
    }

    /// A script in JavaScript, run where its library is installed.
    pub(super) fn node(installed: &Path, file: &str) -> Self {
        let mut command = command(Path::new("node"));
        command.arg(folder().join("node").join(file)).current_dir(installed);
        Self(command)
    }

    /// Has the steps taken, and fails the test unless each of them is told to be done.
    pub(super) async fn takes(mut self, steps: &[&str]) {
        let ground = Ground::new();
        let expected: Vec<String> = steps.iter().map(|step| format!("done {step}")).collect();
        let child = self.0.args(steps).envs(variables(&ground)).spawn().expect("the script starts");
        let mut person = Person::new(&ground.issuer, &ground.username, &ground.password);
        let runtime = tokio::runtime::Handle::current();
        let browse = move |line: &str| Some(runtime.block_on(person.open(line.strip_prefix("browse ")?)));
        let followed = tokio::task::spawn_blocking(move || follow(child, browse));
        let (done, said, ended_well) = followed.await.expect("no panic");
        assert!(ended_well, "after {done:?}: {said}");
        assert_eq!(done, expected, "{said}");
    }
}

fn command(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE_S).arg(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

fn variables(ground: &Ground) -> [(&'static str, &str); 7] {
    [
        ("ISSUER", &ground.issuer),
        ("CLIENT_ID", "nexus_client"),
        ("CLIENT_SECRET", &ground.secret),
        ("USERNAME", &ground.username),
        ("PASSWORD", &ground.password),
        ("PUBLIC_CLIENT_ID", PUBLIC_CLIENT),
        ("REDIRECT_URI", REDIRECT),
    ]
}
