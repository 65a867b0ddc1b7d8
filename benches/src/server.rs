//! A server in a process of its own, so that its CPU time is its own: this executable, started again.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Trouble;

/// What `/proc` counts CPU time in, a second; the same on every Linux machine that Rust knows.
const TICKS_A_SECOND: f64 = 100.0;

/// A running server; ends with this value.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts this executable with `arguments` and waits for the line that says where it listens.
    pub fn start(arguments: &[&str]) -> Result<Self, Trouble> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
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

    /// CPU time of all its threads so far, in user and in kernel mode, exact to a hundredth of a second or two.
    pub fn cpu(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name may hold spaces, but it ends with the last bracket; two fields after it comes the third.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_ascii_whitespace();
        let ticks: Option<f64> = fields.skip(11).take(2).map(|field| field.parse::<f64>().ok()).sum();
        let seconds = ticks.ok_or(io::ErrorKind::InvalidData)? / TICKS_A_SECOND;
        Ok(Duration::from_secs_f64(seconds))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
