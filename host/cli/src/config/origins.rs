//! `[origins]`: Request Origins and what they sign.

use serde::{Deserialize, Serialize};
use wardgate_domain::limits;

/// How Request Origins are judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OriginsConfig {
    /// How far a signature's time may be from ours, both ways, in milliseconds: less than this.
    pub clock_window_ms: u64,
}

impl Default for OriginsConfig {
    fn default() -> Self {
        Self { clock_window_ms: limits::CX1_WINDOW_MS }
    }
}

impl OriginsConfig {
    /// Checks the numbers; an error names the option.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        const DAY_MS: u64 = 24 * 3_600 * 1_000;
        if (1..=DAY_MS).contains(&self.clock_window_ms) {
            return Ok(());
        }
        Err(("origins.clock_window_ms", format!("must be 1 to {DAY_MS}")))
    }
}
