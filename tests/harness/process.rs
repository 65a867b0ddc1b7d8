//! A server as a process of its own, for what only a process can show: signals, files, exit codes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use wardgate_domain::Clock;

use super::{Actor, Privmx};

/// The program.
pub(crate) const WARDGATE: &str = env!("CARGO_BIN_EXE_wardgate-under-test");
/// How long a process may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it said when it started.
    pub(crate) greeting: String,
    log: PathBuf,
}

impl Process {
    /// Starts `wardgate serve` on a free port and waits until it says where it listens. Its log
    /// is a file beside its data.
    pub(crate) fn start(data_dir: &Path, tenants: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start_at("127.0.0.1:0", data_dir, tenants, variables)
    }

    /// The same, to listen somewhere else.
    pub(crate) fn start_at(listen: &str, data_dir: &Path, tenants: &Path, variables: &[(&str, &str)]) -> Self {
        let log = data_dir.with_extension("log");
        let mut child = command(data_dir, tenants)
            .args(["--listen", listen])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut greeting = String::new();
        // Four lines come always; a first run says more, which waits in the pipe.
        for _ in 0..4 {
            lines.read_line(&mut greeting).expect("a line");
        }
        let Some(address) = greeting.lines().next().and_then(|line| line.split("http://").nth(1)) else {
            panic!("the server does not start: {}", std::fs::read_to_string(log).expect("a log"));
        };
        let address = address.parse().expect("an address");
        // What it says later is not read, and must not block it.
        let mut rest = lines.into_inner();
        std::thread::spawn(move || std::io::copy(&mut rest, &mut std::io::sink()));
        Self { child, address, greeting, log }
    }

    pub(crate) fn anonymous(&self) -> Actor {
        Actor::anonymous(&format!("http://{}", self.address))
    }

    /// A PrivMX client without any credential, whose clock is right.
    pub(crate) fn privmx(&self) -> Privmx {
        Privmx::anonymous(self.anonymous(), Clock::system())
    }

    /// What it wrote to standard error up to now.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }

    /// Waits for the end and its exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a state") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server does not end");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command without what it is to do; no variable of the tests' own environment reaches it.
fn command(data_dir: &Path, tenants: &Path) -> Command {
    let mut command = Command::new(WARDGATE);
    command.env_clear().arg("--data-dir").arg(data_dir).arg("--tenants").arg(tenants).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(WARDGATE);
    command.env_clear().args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
    command.output().expect("the program runs")
}
