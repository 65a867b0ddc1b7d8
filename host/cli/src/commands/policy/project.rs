//! A policy's folder: in which language it is, what it is called, and where its parts are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::args::Language;
use crate::commands::Fault;

/// A folder with a policy in it.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) folder: PathBuf,
    pub(super) language: Language,
    pub(super) name: String,
}

impl Project {
    /// Looks at what lies in the folder.
    pub(super) fn find(folder: &Path) -> Result<Self, Fault> {
        let kinds = [
            (Language::Rust, "Cargo.toml"),
            (Language::JavaScript, "package.json"),
            (Language::Python, "pyproject.toml"),
        ];
        let found = kinds.into_iter().find(|(_, manifest)| folder.join(manifest).is_file());
        let Some((language, manifest)) = found else {
            let shown = folder.display();
            return Err(
                format!("{shown}: no policy's folder: it has no Cargo.toml, package.json or pyproject.toml").into()
            );
        };
        let manifest = folder.join(manifest);
        let name = name_in(&read(&manifest)?, language)
            .ok_or_else(|| format!("{}: does not say what the policy is called", manifest.display()))?;
        Ok(Self { folder: folder.to_owned(), language, name })
    }

    /// Where its component is built to.
    pub(super) fn component(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.name))
    }
}

fn name_in(manifest: &str, language: Language) -> Option<String> {
    let name = match language {
        Language::JavaScript => serde_json::from_str::<serde_json::Value>(manifest).ok()?["name"].as_str()?.to_owned(),
        Language::Rust => toml_name(manifest, "package")?,
        Language::Python => toml_name(manifest, "project")?,
    };
    // It becomes the name of a file.
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (!name.is_empty() && !name.starts_with('.') && name.chars().all(legal)).then_some(name)
}

fn toml_name(manifest: &str, section: &str) -> Option<String> {
    manifest.parse::<toml::Table>().ok()?.get(section)?.get("name")?.as_str().map(str::to_owned)
}

/// A text file, or an error that names it.
pub(super) fn read(file: &Path) -> Result<String, Fault> {
    Ok(fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?)
}
