//! `[policy]`: what all guests together may use, and what kinds of them are taken.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wardgate_policy::EngineOptions;

/// The engine's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// Guests running at a time.
    pub instances: u32,
    /// Whether modules may import WASI.
    pub wasi: bool,
    /// The program that compiles uploaded modules: this one, unless a test runs the server within itself.
    #[serde(skip, default = "this_program")]
    pub compiler: PathBuf,
}

/// As the system knows it, also when its file was replaced meanwhile: it compiles for this engine.
fn this_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

impl Default for PolicyConfig {
    fn default() -> Self {
        let EngineOptions { instances, wasi, .. } = EngineOptions::default();
        Self { instances, wasi, compiler: this_program() }
    }
}
