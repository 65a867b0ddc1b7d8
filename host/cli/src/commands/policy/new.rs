//! `wardgate policy new`: a policy that works, to be changed into one's own.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::template;
use crate::args::Language;
use crate::commands::Fault;

pub(super) fn run(name: &str, language: Language, folder: Option<PathBuf>) -> Result<ExitCode, Fault> {
    if !is_name(name) {
        return Err(format!(
            "{name:?} must be 1 to 64 of a-z 0-9 -, a letter first: it becomes a package and a policy"
        )
        .into());
    }
    let folder = folder.unwrap_or_else(|| PathBuf::from(name));
    if fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(
            format!("{}: there is something in this folder; name one that is new or empty", folder.display()).into()
        );
    }
    for (path, text) in template::files(language, name) {
        write(&folder.join(path), &text)?;
    }
    let mut out = std::io::stdout().lock();
    let first = match language {
        Language::Rust => "rustup target add wasm32-unknown-unknown",
        Language::JavaScript => "npm ci",
        Language::Python => "python3 -m venv .venv && .venv/bin/pip install --requirement requirements.txt",
    };
    writeln!(out, "{} is a policy. Next:\n", folder.display())?;
    writeln!(out, "  cd {}\n  {first}\n  wardgate policy build\n  wardgate policy test", folder.display())?;
    Ok(ExitCode::SUCCESS)
}

fn is_name(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(legal)
}

fn write(file: &Path, text: &str) -> Result<(), Fault> {
    let shown = |e: std::io::Error| format!("{}: {e}", file.display());
    fs::create_dir_all(file.parent().unwrap_or(file)).map_err(shown)?;
    let mut made = OpenOptions::new().write(true).create_new(true).open(file).map_err(shown)?;
    Ok(made.write_all(text.as_bytes()).map_err(shown)?)
}
