//! A server in a process of its own, so that its CPU time is its own: this executable, started again.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Trouble;

/// CPU time of each thread of a server, in user and in kernel mode, in nanoseconds.
#[derive(Debug)]
pub struct Cpu(HashMap<OsString, u64>);

impl Cpu {
    /// What was used since `before`. What a thread that ended in between had used is lost; those of a server at work
    /// do not end.
    pub fn since(&self, before: &Self) -> Duration {
        let used = |(thread, ns): (&OsString, &u64)| ns.saturating_sub(before.0.get(thread).copied().unwrap_or(0));
        Duration::from_nanos(self.0.iter().map(used).sum())
    }
}

/// A running server; ends with this value.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts this executable with `arguments` and `variables` and waits for the line that says where it listens.
    pub fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Self, Trouble> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut server = Self { child: command.spawn()?, address: SocketAddr::from(([0; 4], 0)) };
        let out = server.child.stdout.take().ok_or("the child has no standard output")?;
        let mut lines = BufReader::new(out).lines();
        let told = lines.find_map(|line| line.ok()?.split_once("http://")?.1.parse().ok());
        server.address = told.ok_or("the server ended before it listened")?;
        // The rest is for people; it is read so that the server never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// CPU time so far.
    pub fn cpu(&self) -> io::Result<Cpu> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id()))?;
        let used = |thread: io::Result<fs::DirEntry>| {
            let thread = thread?;
            let stat = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            let ns = stat.split_ascii_whitespace().next().and_then(|ns| ns.parse().ok());
            Ok((thread.file_name(), ns.unwrap_or(0)))
        };
        threads.map(used).collect::<io::Result<_>>().map(Cpu)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
