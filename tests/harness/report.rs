//! Figures of a run: looked at, and asserted by no test.

use std::io::Write;

/// Says what a run cost.
pub(crate) fn report(line: &str) {
    // Nobody reads it where standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
