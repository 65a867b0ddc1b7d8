//! The digests of the built components, in the form of `sha256sum`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Lies beside the built components.
pub(crate) const FILE: &str = "SHA256SUMS";

/// The digests of the components in the folder, one a line.
pub(crate) fn of(folder: &Path, names: &[&str]) -> Result<String> {
    let mut sums = String::new();
    for name in names {
        let file = folder.join(format!("{name}.wasm"));
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        for byte in Sha256::digest(&bytes) {
            write!(sums, "{byte:02x}")?;
        }
        writeln!(sums, "  {name}.wasm")?;
    }
    Ok(sums)
}
