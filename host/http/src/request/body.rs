//! Reads a body into memory, never more of it than the route allows (security rules 64 and 103). How long a client may
//! take is the connection's business: its deadline ends the body with an error that is told apart here.

use std::error::Error;
use std::io;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;

use crate::respond::problem::Problem;

/// Room made for a body of unknown length at first, in bytes; a longer one grows as it comes.
const FIRST_BYTES: usize = 4 * 1024;

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is larger than the route allows.
    TooLarge {
        /// What the route allows.
        limit_bytes: usize,
    },
    /// It did not arrive by the deadline.
    Late,
    /// The connection or the framing broke.
    Broken,
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit_bytes } => Self::too_large(limit_bytes).closing(),
            BodyError::Late => Self::timeout("the body did not arrive in time").closing(),
            BodyError::Broken => Self::bad_request("the body could not be read to its end").closing(),
        }
    }
}

/// Reads all of `body`. One that says that it is larger than `limit_bytes` is refused before anything is read.
pub async fn read_body<B>(body: B, limit_bytes: usize) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let too_large = BodyError::TooLarge { limit_bytes };
    let announced = usize::try_from(body.size_hint().lower()).map_err(|_| too_large)?;
    if announced > limit_bytes {
        return Err(too_large);
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| cause_of(&*error.into()))?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit_bytes {
            return Err(too_large);
        }
        // Most bodies are one frame, which is kept as it is.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.reserve(announced.max(FIRST_BYTES).min(limit_bytes));
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// Finds the wire's deadline at the bottom of what hyper and axum wrapped around it.
fn cause_of(error: &(dyn Error + Send + Sync + 'static)) -> BodyError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return BodyError::Late;
        }
        cause = error.source();
    }
    BodyError::Broken
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::Body as AxumBody;
    use http_body_util::Full;
    use hyper::body::Frame;

    use super::*;

    /// A body of unknown length whose frames are there.
    struct Frames<E>(std::vec::IntoIter<Result<&'static str, E>>);

    impl<E: Unpin> Body for Frames<E> {
        type Data = Bytes;
        type Error = E;
        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, E>>> {
            Poll::Ready(
                self.get_mut().0.next().map(|chunk| chunk.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))),
            )
        }
    }

    fn chunks(chunks: &[&'static str]) -> Frames<Infallible> {
        Frames(chunks.iter().copied().map(Ok).collect::<Vec<_>>().into_iter())
    }

    #[tokio::test]
    async fn a_body_within_its_limit_is_read_whole() {
        assert_eq!(read_body(chunks(&["ab", "cd", "e"]), 5).await.unwrap(), "abcde");
        assert_eq!(read_body(Full::new(Bytes::from_static(b"abc")), 3).await.unwrap(), "abc");
        assert_eq!(read_body(AxumBody::empty(), 0).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_not_read() {
        let body = Full::new(Bytes::from_static(b"abcd"));
        assert_eq!(read_body(body, 3).await, Err(BodyError::TooLarge { limit_bytes: 3 }));
    }

    #[tokio::test]
    async fn a_body_that_announces_nothing_is_bounded_all_the_same() {
        assert_eq!(read_body(chunks(&["ab", "cd"]), 3).await, Err(BodyError::TooLarge { limit_bytes: 3 }));
    }

    #[tokio::test]
    async fn a_late_body_is_told_from_a_broken_one() {
        let broken = |kind: io::ErrorKind| AxumBody::new(Frames(vec![Ok("a"), Err(io::Error::from(kind))].into_iter()));
        assert_eq!(read_body(broken(io::ErrorKind::TimedOut), 9).await, Err(BodyError::Late));
        assert_eq!(read_body(broken(io::ErrorKind::ConnectionReset), 9).await, Err(BodyError::Broken));
    }
}
