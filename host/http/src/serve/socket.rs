//! WebSockets behind the accept loop: one message in, one message out, and an end to every wait. Knows nothing of what
//! the messages say.

use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::ServeLimits;
use super::drain::Drain;
use super::wire::Wire;

/// What is read at a time from a WebSocket, in bytes. Each open one has a buffer of this size.
const READ_BYTES: usize = 4 * 1024;

/// Answers the messages of one WebSocket, one at a time and in order.
pub trait Speaker: Send {
    /// The answer to one message, which is UTF-8 if it came as text. So is the answer.
    fn answer(&mut self, message: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>>;
}

/// Why we end a WebSocket: a code of RFC 6455, section 7.4, and words for people.
type End = (CloseCode, &'static str);

/// Lets `speaker` answer until the client, a bound or the drain ends it. Takes a wire that passes bytes through.
pub(super) async fn run<Io>(wire: Wire<Io>, mut speaker: Box<dyn Speaker>, limits: &ServeLimits, drain: &Drain)
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = READ_BYTES;
    config.write_buffer_size = 0;
    config.max_message_size = Some(limits.socket_message_bytes);
    config.max_frame_size = Some(limits.socket_message_bytes);
    let mut socket = WebSocketStream::from_raw_socket(wire, Role::Server, Some(config)).await;
    if let Some((code, reason)) = converse(&mut socket, &mut *speaker, limits, drain).await {
        tracing::debug!(%code, reason, "a socket is closed");
        // It may be gone already. No wait for its word: the wire listens on while it closes.
        let _ = socket.close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })).await;
    }
    socket.into_inner().end().await;
}

/// What the client is to be told at the end, if it still listens.
async fn converse<Io>(
    socket: &mut WebSocketStream<Wire<Io>>,
    speaker: &mut dyn Speaker,
    limits: &ServeLimits,
    drain: &Drain,
) -> Option<End>
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    // Counted in whole messages, so that a trickle of bytes is silence, too.
    let half = Duration::from_millis(limits.socket_idle_deadline_ms) / 2;
    let mut rung = pin!(drain.rung());
    let mut pinged = false;
    loop {
        let heard = tokio::select! {
            biased;
            () = &mut rung => return Some((CloseCode::Away, "the server stops")),
            heard = timeout(half, socket.next()) => heard,
        };
        let message = match heard {
            Err(_) if pinged => return Some((CloseCode::Policy, "silent for too long")),
            Err(_) => {
                pinged = true;
                socket.send(Message::Ping(Bytes::new())).await.ok()?;
                continue;
            }
            Ok(message) => message?,
        };
        pinged = false;
        let message = match message {
            Ok(Message::Text(text)) => text.into(),
            Ok(Message::Binary(bytes)) => bytes,
            // The next look would send the pong, too, but it would also read on while a client leaves its pongs unread.
            Ok(_) => {
                socket.flush().await.ok()?;
                continue;
            }
            Err(error) => return end_of(&error),
        };
        let Ok(answer) = Utf8Bytes::try_from(speaker.answer(message).await) else {
            return Some((CloseCode::Error, "no answer that is text"));
        };
        socket.send(Message::Text(answer)).await.ok()?;
    }
}

fn end_of(error: &Error) -> Option<End> {
    match error {
        Error::Capacity(_) => Some((CloseCode::Size, "the message is too large")),
        Error::Utf8(_) => Some((CloseCode::Invalid, "the text is not UTF-8")),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((CloseCode::Protocol, "not as RFC 6455 says")),
        _ => None,
    }
}
