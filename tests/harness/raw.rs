//! HTTP by hand, byte for byte, for what no client library would send.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a test waits for bytes before it calls the server stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came over the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    /// Header lines in lower case, without the status line.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.headers.iter().find_map(|line| line.strip_prefix(prefix.as_str()))
    }
}

/// Sends `bytes` and reads until the server closes. `None` if it closes without an answer.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Option<Raw> {
    let mut socket = TcpStream::connect(address).expect("the server accepts");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // A server that has answered and closed may refuse the rest.
    let _ = socket.write_all(bytes);
    let mut answer = Vec::new();
    if let Err(e) = socket.read_to_end(&mut answer) {
        assert_ne!(e.kind(), std::io::ErrorKind::WouldBlock, "the server neither answers nor closes");
    }
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<Raw> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    Some(Raw { status, headers: lines.map(str::to_ascii_lowercase).collect(), body: body.to_owned() })
}
