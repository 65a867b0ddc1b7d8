//! The repository about itself: walls between crates, rules that no compiler holds, documents that tell the truth. Reads
//! files and runs nothing.

mod code;
mod crates;
mod docs;
mod portal;
mod texts;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// A text by its path from the root.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every file below `folder` whose name ends in one of `endings`, as a path from the root; what is built or kept by a
/// run is no part of the repository.
fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "data" | "node_modules") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let path = path.strip_prefix(root()).expect("below the root");
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing ends in {endings:?} below {folder:?}");
    found
}

/// The code of a crate without its tests.
fn code(folder: &str) -> Vec<(String, String)> {
    let is_test =
        |path: &String| path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/conformance");
    let own = |path: String| {
        let text = read(&path);
        let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        (path, text[..end].to_owned())
    };
    files(folder, &[".rs"]).into_iter().filter(|path| !is_test(path)).map(own).collect()
}

/// Fails with all of `faults` at once, so that one run tells everything.
#[track_caller]
fn none_of(faults: &[String]) {
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}
