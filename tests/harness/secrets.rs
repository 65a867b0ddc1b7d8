//! The variables of `first-run.env`.

use std::collections::BTreeMap;
use std::path::Path;

/// What a first run wrote for one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Reads the file of the first tenant, or of another.
    pub(crate) fn read(data_dir: &Path, tenant: Option<&str>) -> Self {
        let file = tenant.map_or_else(|| "first-run.env".to_owned(), |tenant| format!("first-run.{tenant}.env"));
        let path = data_dir.join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let pair = |line: &str| {
            let (name, value) = line.split_once('=').expect("name=value");
            // No generated value has a quote in it; `first_run.rs` proves the quoting with a real shell.
            (name.to_owned(), value.trim_matches('\'').to_owned())
        };
        Self(text.lines().map(pair).collect())
    }

    /// A variable by its name in the seed's tables.
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("{name} is not in the file"))
    }

    /// The same without the two addresses, which follow the server.
    pub(crate) fn without_addresses(mut self) -> Self {
        self.0.retain(|name, _| !name.ends_with("URL"));
        self
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
