//! The socket as hyper sees it: every wait has a deadline, every line is checked before it is parsed, and a client that is
//! refused in mid-sentence can still read why.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::ServeLimits;
use super::deadline::Deadline;
use super::lines::{Lines, Place};

/// Fed to hyper in place of a line that must not be: illegal wherever a line can stand, and the end of any head, so hyper
/// answers 400 at once and closes.
const POISON: &[u8] = b"\0\n\n";
/// What is read at a time from a client that is no longer listened to, in bytes.
const LINGER_READ_BYTES: usize = 16 * 1024;

/// A socket with deadlines and a strict ear.
pub(super) struct Wire<Io> {
    io: Io,
    lines: Lines,
    deadlines: Deadlines,
    reading: Deadline,
    /// What the read deadline was set for.
    awaiting: Option<(Place, u64)>,
    writing: Deadline,
    write_blocked: bool,
    /// Bytes of [`POISON`] already given, once a line was refused.
    poisoned: Option<usize>,
    ended: bool,
    /// Bytes are passed through: the connection is no longer HTTP.
    passing: bool,
    sending: Sending,
}

/// The deadlines of one wire.
struct Deadlines {
    header: Duration,
    body: Duration,
    idle: Duration,
    write: Duration,
    linger: Duration,
    linger_bytes: u64,
}

/// What has become of our side.
#[derive(Clone, Copy)]
enum Sending {
    Open,
    /// Closed, but reading on, so that what was sent last is not destroyed on its way.
    Lingering {
        left_bytes: u64,
    },
    Closed,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Wire<Io> {
    pub(super) fn new(io: Io, limits: &ServeLimits) -> Self {
        Self {
            io,
            lines: Lines::default(),
            deadlines: Deadlines {
                header: Duration::from_millis(limits.header_deadline_ms),
                body: Duration::from_millis(limits.body_deadline_ms),
                idle: Duration::from_millis(limits.idle_deadline_ms),
                write: Duration::from_millis(limits.write_deadline_ms),
                linger: Duration::from_millis(limits.linger_deadline_ms),
                linger_bytes: limits.linger_bytes,
            },
            reading: Deadline::new(),
            awaiting: None,
            writing: Deadline::new(),
            write_blocked: false,
            poisoned: None,
            ended: false,
            passing: false,
            sending: Sending::Open,
        }
    }

    /// Gives up on lines, after the head of a request that was granted another protocol: from here on only writing and
    /// closing have deadlines. Not so if the client spoke before it was answered, that is, if hyper has read `beyond` the
    /// head: nothing may be taken for lines and for something else.
    pub(super) fn pass(&mut self, beyond: &[u8]) -> bool {
        let is_clean = beyond.is_empty() && self.poisoned.is_none() && self.lines.place() == Place::Between;
        self.passing = is_clean && matches!(self.sending, Sending::Open);
        self.passing
    }

    /// Closes the wire, unless hyper has: after a head that asks for an upgrade it leaves that to us, granted or not.
    pub(super) async fn end(mut self) {
        if let Err(error) = poll_fn(|cx| Pin::new(&mut self).poll_shutdown(cx)).await {
            tracing::debug!(%error, "a connection ended before it was closed");
        }
    }

    /// Nothing to read yet. The wait is timed from when it began, so a trickle of bytes does not prolong it. An idle
    /// connection ends politely; one that owes something ends with an error, which a handler that reads the body sees.
    fn await_bytes(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let place = self.lines.place();
        let awaiting = (place, self.lines.heads());
        if self.awaiting != Some(awaiting) {
            self.awaiting = Some(awaiting);
            self.reading.set(match place {
                Place::Between if self.lines.heads() > 0 => self.deadlines.idle,
                Place::Between | Place::Head => self.deadlines.header,
                Place::Body => self.deadlines.body,
            });
        }
        ready!(self.reading.poll(cx));
        Poll::Ready(if place == Place::Between { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) })
    }

    /// Checks the bytes that were just read, and cuts them off at the first illegal line.
    fn check(&mut self, buf: &mut ReadBuf<'_>, before: usize) {
        self.ended = buf.filled().len() == before;
        if let Err(refused) = self.lines.follow(&buf.filled()[before..]) {
            buf.set_filled(before + refused.line_start);
            self.poisoned = Some(0);
            if refused.line_start == 0 {
                self.poison(buf);
            }
        }
    }

    fn poison(&mut self, buf: &mut ReadBuf<'_>) {
        let given = self.poisoned.unwrap_or_default();
        let count = buf.remaining().min(POISON.len() - given);
        buf.put_slice(&POISON[given..given + count]);
        self.poisoned = Some(given + count);
    }

    fn bounded_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut Io>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.io), cx);
        if written.is_ready() {
            self.write_blocked = false;
            return written;
        }
        if !self.write_blocked {
            self.write_blocked = true;
            self.writing.set(self.deadlines.write);
        }
        ready!(self.writing.poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether the client is in the middle of a message, so that closing now would reset the connection.
    fn is_cut_short(&self) -> bool {
        !self.ended && (self.passing || self.poisoned.is_some() || self.lines.place() != Place::Between)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if wire.poisoned.is_some() {
            wire.poison(buf);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut wire.io).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if wire.passing => {
                wire.ended = buf.filled().len() == before;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Ok(())) => {
                wire.check(buf, before);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending if wire.passing => Poll::Pending,
            Poll::Pending => wire.await_bytes(cx),
        }
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().bounded_write(cx, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().bounded_write(cx, |io, cx| io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().bounded_write(cx, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if matches!(wire.sending, Sending::Open) {
            ready!(wire.bounded_write(cx, AsyncWrite::poll_shutdown))?;
            wire.sending = Sending::Closed;
            if wire.is_cut_short() {
                wire.reading.set(wire.deadlines.linger);
                wire.sending = Sending::Lingering { left_bytes: wire.deadlines.linger_bytes };
            }
        }
        wire.linger(cx)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Wire<Io> {
    /// Reads and drops until the client is done, or has had its time or its bytes.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Sending::Lingering { left_bytes } = &mut self.sending else { return Poll::Ready(Ok(())) };
        let mut dropped = [std::mem::MaybeUninit::uninit(); LINGER_READ_BYTES];
        while self.reading.poll(cx).is_pending() {
            let mut buf = ReadBuf::uninit(&mut dropped);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buf))?;
            let count = buf.filled().len() as u64;
            if count == 0 || count > *left_bytes {
                break;
            }
            *left_bytes -= count;
        }
        self.sending = Sending::Closed;
        Poll::Ready(Ok(()))
    }
}
