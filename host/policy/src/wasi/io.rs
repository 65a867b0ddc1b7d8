//! `wasi:io`: streams that are always ready, because one has ended and the others go to the log, and waiting that either
//! is over at once or ends the guest.

use wasmtime::Result;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sync::io::poll;
use wasmtime_wasi::p2::bindings::sync::io::streams::{self, HostInputStream, HostOutputStream};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, IoError, StreamError, StreamResult};

use super::{Ended, Sealed};
use crate::limits::{LOG_BYTES, WRITE_BYTES};
use crate::log::{Log, LogLevel};

/// Standard input, which has ended.
pub(super) struct Input;

/// Standard output and standard error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Output {
    Out,
    Err,
}

/// Something to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Over,
    Endless,
}

/// The line that an output is at.
pub(super) struct Lines {
    level: LogLevel,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn of(level: LogLevel) -> Self {
        Self { level, line: Vec::new() }
    }

    fn write(&mut self, bytes: &[u8], log: &mut Log) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if log.is_full() {
                return;
            }
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            // More of one line would not fit into the log.
            self.line.extend_from_slice(&text[..text.len().min(LOG_BYTES - self.line.len())]);
            if text.len() < piece.len() {
                self.put(log);
            }
        }
    }

    /// The last line may have no end.
    pub(super) fn end(&mut self, log: &mut Log) {
        if !self.line.is_empty() {
            self.put(log);
        }
    }

    fn put(&mut self, log: &mut Log) {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        log.write(self.level, String::from_utf8_lossy(line).into_owned());
        self.line.clear();
    }
}

impl Sealed {
    fn write(&mut self, stream: &Resource<DynOutputStream>, bytes: &[u8]) -> StreamResult<()> {
        let lines = match self.get(stream)? {
            Output::Out => &mut self.out,
            Output::Err => &mut self.err,
        };
        lines.write(bytes, &mut self.guest.log);
        Ok(())
    }

    fn write_zeros(&mut self, stream: &Resource<DynOutputStream>, length: u64) -> StreamResult<()> {
        let length = usize::try_from(length).ok().filter(|length| *length <= WRITE_BYTES);
        let length = length.ok_or_else(|| StreamError::Trap(Ended::TooMuch(WRITE_BYTES, "wasi:io/streams").into()))?;
        self.write(stream, &[0; WRITE_BYTES][..length])
    }
}

impl poll::Host for Sealed {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        let mut over = Vec::new();
        for (at, pollable) in (0..).zip(&pollables) {
            if *self.get::<Wait, _>(pollable)? == Wait::Over {
                over.push(at);
            }
        }
        if over.is_empty() { Err(Ended::Waited.into()) } else { Ok(over) }
    }
}

impl poll::HostPollable for Sealed {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        Ok(*self.get::<Wait, _>(&pollable)? == Wait::Over)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        if self.ready(pollable)? { Ok(()) } else { Err(Ended::Waited.into()) }
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        self.delete::<Wait, _>(&pollable)?;
        Ok(())
    }
}

impl streams::Host for Sealed {
    fn convert_stream_error(&mut self, error: StreamError) -> Result<streams::StreamError> {
        match error {
            StreamError::Closed => Ok(streams::StreamError::Closed),
            StreamError::LastOperationFailed(error) | StreamError::Trap(error) => Err(error),
        }
    }
}

impl HostInputStream for Sealed {
    fn read(&mut self, _: Resource<DynInputStream>, _: u64) -> StreamResult<Vec<u8>> {
        Err(StreamError::Closed)
    }

    fn blocking_read(&mut self, _: Resource<DynInputStream>, _: u64) -> StreamResult<Vec<u8>> {
        Err(StreamError::Closed)
    }

    fn skip(&mut self, _: Resource<DynInputStream>, _: u64) -> StreamResult<u64> {
        Err(StreamError::Closed)
    }

    fn blocking_skip(&mut self, _: Resource<DynInputStream>, _: u64) -> StreamResult<u64> {
        Err(StreamError::Closed)
    }

    fn subscribe(&mut self, _: Resource<DynInputStream>) -> Result<Resource<DynPollable>> {
        Ok(self.push(Wait::Over)?)
    }

    fn drop(&mut self, stream: Resource<DynInputStream>) -> Result<()> {
        self.delete::<Input, _>(&stream)?;
        Ok(())
    }
}

impl HostOutputStream for Sealed {
    fn check_write(&mut self, _: Resource<DynOutputStream>) -> StreamResult<u64> {
        Ok(WRITE_BYTES as u64)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        Sealed::write(self, &stream, &bytes)
    }

    fn blocking_write_and_flush(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        Sealed::write(self, &stream, &bytes)
    }

    fn flush(&mut self, _: Resource<DynOutputStream>) -> StreamResult<()> {
        Ok(())
    }

    fn blocking_flush(&mut self, _: Resource<DynOutputStream>) -> StreamResult<()> {
        Ok(())
    }

    fn subscribe(&mut self, _: Resource<DynOutputStream>) -> Result<Resource<DynPollable>> {
        Ok(self.push(Wait::Over)?)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, length: u64) -> StreamResult<()> {
        self.write_zeros(&stream, length)
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Resource<DynOutputStream>, length: u64) -> StreamResult<()> {
        self.write_zeros(&stream, length)
    }

    fn splice(&mut self, _: Resource<DynOutputStream>, _: Resource<DynInputStream>, _: u64) -> StreamResult<u64> {
        Err(StreamError::Closed)
    }

    fn blocking_splice(
        &mut self,
        _: Resource<DynOutputStream>,
        _: Resource<DynInputStream>,
        _: u64,
    ) -> StreamResult<u64> {
        Err(StreamError::Closed)
    }

    fn drop(&mut self, stream: Resource<DynOutputStream>) -> Result<()> {
        self.delete::<Output, _>(&stream)?;
        Ok(())
    }
}

/// `wasi:io/error`: no stream ever has one, so nobody can ask what it says.
pub(super) fn add_error(linker: &mut Linker<Sealed>) -> Result<()> {
    let mut error = linker.instance("wasi:io/error@0.2.12")?;
    error.resource("error", ResourceType::host::<IoError>(), |_, _| Ok(()))?;
    error.func_wrap("[method]error.to-debug-string", |_, (_,): (Resource<IoError>,)| Ok((String::new(),)))
}
