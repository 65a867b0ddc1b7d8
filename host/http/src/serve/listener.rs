//! Where connections come from.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use super::Peer;

/// What a connection over the cap is told; it never gets as far as HTTP.
pub(super) const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Something that connections are accepted from.
pub trait Listener: Send {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and who is on its other end. Dropped before it is done, it has taken none.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;

    /// Says no without waiting: the connection is new, so its buffer takes the few bytes or the client gets nothing.
    fn refuse(stream: &Self::Stream);
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        loop {
            let (stream, address) = Self::accept(self).await?;
            match stream.set_nodelay(true) {
                Ok(()) => return Ok((stream, address.into())),
                Err(error) => tracing::debug!(%error, "a connection ended before it began"),
            }
        }
    }

    fn refuse(stream: &TcpStream) {
        tell(stream.try_write(FULL));
    }
}

pub(super) fn tell(written: io::Result<usize>) {
    if let Err(error) = written {
        tracing::debug!(%error, "could not tell a client that there is no room");
    }
}
