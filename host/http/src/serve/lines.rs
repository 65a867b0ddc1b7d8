//! Follows the lines of a connection and refuses what hyper lets pass: bare line feeds, `Transfer-Encoding` beside
//! `Content-Length`, either of them twice, and a fragment in the target (security rules 34 and 62).
//!
//! It frames messages by the strict subset that it accepts, so it cannot come to another framing than hyper does.

use memchr::{memchr, memchr_iter};

/// A longer line is refused. hyper refuses a head far earlier; this bounds what is held of a line that arrives in pieces.
const LINE_BYTES: usize = 64 * 1024;

/// Where in the stream of messages the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the first byte of a request.
    Between,
    /// In a request line or header.
    Head,
    /// In a body, its chunk sizes and trailers included.
    Body,
}

/// A line that must not be parsed, by its first byte in what was just followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) line_start: usize,
}

/// What the next line is, or how many bytes come before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    RequestLine,
    Header,
    ChunkSize,
    Trailer,
    /// That many bytes of content, then a line of the given kind.
    Content(u64, After),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    RequestLine,
    ChunkSize,
}

/// How a head says that its body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Chunked,
    Length(u64),
}

/// The lines of one connection.
#[derive(Debug)]
pub(super) struct Lines {
    next: Next,
    framing: Option<Framing>,
    heads: u64,
    /// The beginning of a line whose end has not arrived.
    held: Vec<u8>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { next: Next::RequestLine, framing: None, heads: 0, held: Vec::new() }
    }
}

impl Lines {
    /// Where the next byte belongs.
    pub(super) fn place(&self) -> Place {
        match self.next {
            // Blank lines may stand before a request, and none of their bytes begins it.
            Next::RequestLine if matches!(*self.held, [] | [b'\r']) => Place::Between,
            Next::RequestLine | Next::Header => Place::Head,
            Next::ChunkSize | Next::Trailer | Next::Content(..) => Place::Body,
        }
    }

    /// How many heads have ended.
    pub(super) fn heads(&self) -> u64 {
        self.heads
    }

    /// Follows the next bytes of the connection.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let mut at = 0;
        while at < bytes.len() {
            if let Next::Content(left, after) = self.next {
                at += self.skip(left, after, bytes.len() - at);
                continue;
            }
            // One search serves all lines up to the next content.
            let start = at;
            for end in memchr_iter(b'\n', &bytes[start..]) {
                let line = &bytes[at..start + end];
                self.line(line).ok_or(Refused { line_start: at })?;
                at = start + end + 1;
                if matches!(self.next, Next::Content(..)) {
                    break;
                }
            }
            if !matches!(self.next, Next::Content(..)) {
                self.hold(&bytes[at..]).ok_or(Refused { line_start: at })?;
                return Ok(());
            }
        }
        Ok(())
    }

    fn skip(&mut self, left: u64, after: After, there: usize) -> usize {
        let skipped = usize::try_from(left).map_or(there, |left| left.min(there));
        self.next = match (left - skipped as u64, after) {
            (0, After::RequestLine) => Next::RequestLine,
            (0, After::ChunkSize) => Next::ChunkSize,
            (left, after) => Next::Content(left, after),
        };
        skipped
    }

    fn hold(&mut self, piece: &[u8]) -> Option<()> {
        (self.held.len() + piece.len() <= LINE_BYTES).then(|| self.held.extend_from_slice(piece))
    }

    /// Takes a line without its line feed; none if it must not be.
    fn line(&mut self, end: &[u8]) -> Option<()> {
        if self.held.is_empty() {
            return self.whole_line(end);
        }
        self.hold(end)?;
        let held = std::mem::take(&mut self.held);
        self.whole_line(&held)
    }

    fn whole_line(&mut self, line: &[u8]) -> Option<()> {
        let line = line.strip_suffix(b"\r")?;
        match self.next {
            // Empty lines before a request are legal (RFC 9112, 2.2).
            Next::RequestLine if line.is_empty() => Some(()),
            Next::RequestLine => {
                self.next = Next::Header;
                memchr(b'#', line).is_none().then_some(())
            }
            Next::Header if line.is_empty() => {
                self.heads += 1;
                self.next = match self.framing.take() {
                    None | Some(Framing::Length(0)) => Next::RequestLine,
                    Some(Framing::Length(length)) => Next::Content(length, After::RequestLine),
                    Some(Framing::Chunked) => Next::ChunkSize,
                };
                Some(())
            }
            Next::Header => self.header(line),
            Next::ChunkSize => {
                self.next = match chunk_size(line)? {
                    0 => Next::Trailer,
                    size => Next::Content(size.checked_add(2)?, After::ChunkSize),
                };
                Some(())
            }
            Next::Trailer if line.is_empty() => {
                self.next = Next::RequestLine;
                Some(())
            }
            Next::Trailer => Some(()),
            Next::Content(..) => None,
        }
    }

    fn header(&mut self, line: &[u8]) -> Option<()> {
        let framing = match line[0] | 0x20 {
            b't' => value_of(line, b"transfer-encoding").map(chunked),
            b'c' => value_of(line, b"content-length").map(length),
            _ => None,
        };
        let Some(framing) = framing else { return Some(()) };
        self.framing.replace(framing?).is_none().then_some(())
    }
}

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn chunked(value: &[u8]) -> Option<Framing> {
    value.eq_ignore_ascii_case(b"chunked").then_some(Framing::Chunked)
}

fn length(value: &[u8]) -> Option<Framing> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let value = std::str::from_utf8(value).ok().filter(|_| digits)?;
    value.parse().ok().map(Framing::Length)
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let text = std::str::from_utf8(&line[..digits]).ok()?;
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests;
