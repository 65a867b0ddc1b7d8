//! The load: requests prepared to the byte, on connections that are kept and that always have one request under way.
//! One thread, blocking sockets, nothing but `write` and `read`: it must cost less than what it drives.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use std::vec;

use http::HeaderMap;
use memchr::memmem;
use wardgate_domain::Clock;

use crate::signer::Signer;
use crate::{Trouble, bodiless_headers};

/// Connections that are open at the same time.
pub const CONNECTIONS: u32 = 32;
/// How long an answer may take before the run is given up.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Where a request has this text in a value, each one has a number of its own instead.
pub const NUMBERED: &str = "0000000000";
const ANSWER_BYTES: usize = 4 * 1024;

/// A request in the bytes in which it is sent.
pub struct Request {
    bytes: Vec<u8>,
    part: Part,
}

/// What is another text in each request.
enum Part {
    None,
    /// Digits at this place.
    Number {
        at: usize,
        number: u64,
    },
    /// An `Authorization` at this place, each good once. They are made before a turn, for that is the client's work.
    Signed {
        at: usize,
        signer: Box<Signer>,
        target: &'static str,
        ready: vec::IntoIter<String>,
    },
}

impl Request {
    /// `GET target` with `headers`, which must name the host.
    pub fn new(target: &str, headers: &HeaderMap) -> Self {
        let mut bytes = format!("GET {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        let digits = memmem::find(&bytes, NUMBERED.as_bytes());
        Self { bytes, part: digits.map_or(Part::None, |at| Part::Number { at, number: 0 }) }
    }

    /// `GET target` that asks about a `GET` of `asked`, signed anew each time.
    pub fn signed(target: &str, asked: &'static str, mut signer: Signer) -> Result<Self, Trouble> {
        let first = signer.authorization(Clock::system().now().as_ms(), asked);
        let mut request = Self::new(target, &bodiless_headers(&first)?);
        let at = memmem::find(&request.bytes, first.as_bytes()).ok_or("a request without its signature")?;
        request.part = Part::Signed { at, signer: Box::new(signer), target: asked, ready: Vec::new().into_iter() };
        Ok(request)
    }

    /// Makes what the next `count` requests need, so that none of it is made while they are sent.
    pub fn prepare(&mut self, count: u32) {
        if let Part::Signed { signer, target, ready, .. } = &mut self.part {
            let now_ms = Clock::system().now().as_ms();
            *ready = (0..count).map(|_| signer.authorization(now_ms, target)).collect::<Vec<_>>().into_iter();
        }
    }

    fn next(&mut self) -> &[u8] {
        match &mut self.part {
            Part::None => {}
            Part::Number { at, number } => {
                *number += 1;
                let mut rest = *number;
                for digit in self.bytes[*at..*at + NUMBERED.len()].iter_mut().rev() {
                    *digit = b"0123456789"[usize::try_from(rest % 10).unwrap_or_default()];
                    rest /= 10;
                }
            }
            Part::Signed { at, ready, .. } => {
                let signed = ready.next().expect("as many were prepared as are sent");
                self.bytes[*at..*at + signed.len()].copy_from_slice(signed.as_bytes());
            }
        }
        &self.bytes
    }
}

/// How a run went.
#[derive(Debug, Clone, Copy)]
pub struct Driven {
    /// From the first byte sent to the last one read.
    pub took: Duration,
    /// Answers other than 200.
    pub refused: u32,
}

/// Open connections to one server.
#[derive(Debug)]
pub struct Load(Vec<TcpStream>);

impl Load {
    /// Connects.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let connect = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(ANSWER_WITHIN))?;
            Ok(stream)
        };
        (0..CONNECTIONS).map(connect).collect::<io::Result<_>>().map(Self)
    }

    /// Sends `request`, [prepared](Request::prepare), `count` times over all connections.
    pub fn drive(&mut self, request: &mut Request, count: u32) -> io::Result<Driven> {
        let mut refused = 0;
        let began = Instant::now();
        for stream in &mut self.0 {
            stream.write_all(request.next())?;
        }
        let rounds = count / CONNECTIONS;
        for round in 1..=rounds {
            for stream in &mut self.0 {
                refused += u32::from(!read_answer(stream)?);
                if round < rounds {
                    stream.write_all(request.next())?;
                }
            }
        }
        Ok(Driven { took: began.elapsed(), refused })
    }
}

/// Reads one answer and says whether it is a 200.
fn read_answer(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; ANSWER_BYTES];
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..])?;
        filled += count;
        let answer = &buffer[..filled];
        if count == 0 || filled == ANSWER_BYTES {
            return Err(io::Error::other(format!("not an answer: {}", String::from_utf8_lossy(answer))));
        }
        if let Some(end) = memmem::find(answer, b"\r\n\r\n")
            && filled >= end + 4 + body_bytes(&answer[..end])
        {
            return Ok(answer.starts_with(b"HTTP/1.1 200"));
        }
    }
}

fn body_bytes(head: &[u8]) -> usize {
    let name = b"content-length: ";
    let Some(at) = memmem::find(head, name) else { return 0 };
    let digits = head[at + name.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}
