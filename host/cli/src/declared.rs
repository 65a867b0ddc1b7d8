//! Reading `tenants/`: one folder a tenant, `tenant.toml` in it; `_cluster` is the cluster itself.

mod file;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use wardgate_manage::declared::{DeclarationFault, Declared};
use wardgate_policy::{Library, PrepareError};

use file::File;

/// The folder that declares the cluster.
const CLUSTER: &str = "_cluster";

/// A file that cannot be used; says which, where and why.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct DeclarationError {
    path: String,
    why: String,
}

impl DeclarationError {
    fn new(path: &Path, why: impl Display) -> Self {
        Self { path: path.display().to_string(), why: why.to_string() }
    }
}

/// Every tenant file, the cluster's first, the others by folder name.
pub struct Declarations(Vec<Source>);

struct Source {
    path: PathBuf,
    text: String,
    tenant: Declared,
}

/// Reads every tenant below `folder`.
pub fn read(folder: &Path) -> Result<Declarations, DeclarationError> {
    let fail = |e: std::io::Error| {
        DeclarationError::new(folder, format!("{e}: make the folder, or name another with --tenants"))
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort_by_key(|path| (!path.ends_with(CLUSTER), path.clone()));
    let mut sources: Vec<Source> = Vec::new();
    for folder in folders {
        let source = read_one(folder.join("tenant.toml"), folder.ends_with(CLUSTER))?;
        if sources.iter().any(|other| other.tenant.id == source.tenant.id) {
            return Err(DeclarationError::new(&source.path, format!("ccId {} is declared twice", source.tenant.id)));
        }
        sources.push(source);
    }
    match sources.first() {
        Some(first) if first.tenant.id.is_cluster() => Ok(Declarations(sources)),
        _ => Err(DeclarationError::new(
            &folder.join(CLUSTER),
            "missing: it declares the cluster, its ops users and clients",
        )),
    }
}

fn read_one(path: PathBuf, is_cluster: bool) -> Result<Source, DeclarationError> {
    let text = std::fs::read_to_string(&path).map_err(|e| DeclarationError::new(&path, e))?;
    let file: File = toml::from_str(&text).map_err(|e| DeclarationError::new(&path, e.to_string().trim_end()))?;
    let tenant = file.declared().map_err(|why| DeclarationError::new(&path, why))?;
    match (is_cluster, tenant.id.is_cluster()) {
        (true, false) => Err(DeclarationError::new(&path, "the cluster's ccId is \"*\"")),
        (false, true) => Err(DeclarationError::new(&path, format!("only the folder {CLUSTER} may declare ccId \"*\""))),
        _ => Ok(Source { path, text, tenant }),
    }
}

impl Declarations {
    /// Checks what needs the modules: above all, whether each takes its settings.
    pub fn check(&self, library: &Library) -> Result<(), DeclarationError> {
        for Source { path, text, tenant } in &self.0 {
            tenant.check(library).map_err(|fault| DeclarationError::new(path, located(&fault, text)))?;
        }
        Ok(())
    }

    /// The tenants, without the files they came from.
    pub fn into_tenants(self) -> Vec<Declared> {
        self.0.into_iter().map(|source| source.tenant).collect()
    }
}

/// A fault with its place in the file, where it has one.
fn located(fault: &DeclarationFault, text: &str) -> String {
    let DeclarationFault::Settings { policy, error: PrepareError::Settings(problems) } = fault else {
        return fault.to_string();
    };
    let each = problems.iter().map(|problem| {
        let line =
            line_of(text, policy.as_str(), &problem.path).map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}settings of policy {policy}: {}: {}", problem.path, problem.message)
    });
    each.collect::<Vec<_>>().join("; ")
}

/// The line, from 1, on which the settings' member in `pointer` stands: the first one of that name after the policy's.
fn line_of(text: &str, policy: &str, pointer: &str) -> Option<usize> {
    let member = pointer.split('/').nth(1).filter(|member| !member.is_empty())?;
    let starts = |line: &str, key: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(key).map(|rest| rest.trim_start_matches('"'));
        rest.is_some_and(|rest| rest.trim_start().starts_with('=') || rest.starts_with(']'))
    };
    let named = |line: &str| starts(line, "name") && line.contains(&format!("\"{policy}\""));
    let numbered = text.lines().enumerate().skip_while(|(_, line)| !named(line));
    numbered.skip(1).find(|(_, line)| starts(line, member)).map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_settings_problem_is_found_in_its_policy() {
        let text = "[[policies]]\nname = \"a\"\nhours = 1\n[[policies]]\nname = \"b\"\n[policies.settings]\n\"time.zone\" = \"x\"\nhours = 2\n";
        assert_eq!(line_of(text, "a", "/hours/0/from"), Some(3));
        assert_eq!(line_of(text, "b", "/hours"), Some(8));
        assert_eq!(line_of(text, "b", "/time.zone"), Some(7));
        assert_eq!(line_of(text, "b", "/missing"), None);
        assert_eq!(line_of(text, "b", ""), None);
    }
}
