//! `[policy]`: what all guests together may use.

use serde::{Deserialize, Serialize};
use wardgate_policy::EngineOptions;

/// The engine's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// Guests running at a time.
    pub instances: u32,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self { instances: EngineOptions::default().instances }
    }
}
