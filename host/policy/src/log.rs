//! The host's side of `log`: keeps what fits and drops the rest, without waiting and without failing.

use crate::bindings::wardgate::policy::log::{Host, Level};
use crate::limits::LOG_BYTES;
use crate::text::clean_and_cut;

/// How much a line of a policy's log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// As expected.
    Info,
    /// Worth a look.
    Warn,
    /// Something is wrong.
    Error,
}

impl LogLevel {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// A line that a policy wrote, free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// What it says.
    pub message: String,
}

/// The log of one evaluation.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    bytes_left: usize,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { lines: Vec::new(), bytes_left: LOG_BYTES }
    }

    /// Whether whatever else is written is lost.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes_left == 0
    }

    /// Keeps as much of a line as there is room for.
    pub(crate) fn write(&mut self, level: LogLevel, message: String) {
        if self.is_full() {
            return;
        }
        let message = clean_and_cut(message, self.bytes_left);
        // An empty line costs a byte as well, so that the number of lines is bounded too.
        self.bytes_left -= message.len().max(1);
        self.lines.push(LogLine { level, message });
    }

    pub(crate) fn into_lines(self) -> Vec<LogLine> {
        self.lines
    }
}

impl Host for Log {
    fn emit(&mut self, level: Level, message: String) {
        self.write(level.into(), message);
    }
}
