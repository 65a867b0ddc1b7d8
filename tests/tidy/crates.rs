//! Walls between crates, as docs/ARCHITECTURE.md draws them.

use toml::Table;

use super::{none_of, read};

/// What each crate may know of ours. A new edge is a decision, so it is written here by hand.
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("storage", &["domain"]),
    ("policy", &["domain"]),
    ("openid", &["domain"]),
    ("portal", &[]),
    ("authorize", &["domain", "openid", "policy", "storage"]),
    ("manage", &["domain", "openid", "policy", "storage"]),
    ("http", &["authorize", "domain", "manage", "portal"]),
    ("cli", &["authorize", "domain", "http", "manage", "openid", "policy", "storage"]),
];

/// The one crate that knows each heavy dependency.
const HEAVY: &[(&str, &str)] = &[
    ("ed25519-dalek", "domain"),
    ("sqlx", "storage"),
    ("aes-gcm", "storage"),
    ("wasmtime", "policy"),
    ("wasmtime-wasi", "policy"),
    ("jsonwebtoken", "openid"),
    ("reqwest", "openid"),
    ("axum", "http"),
    ("hyper", "http"),
    ("hyper-util", "http"),
    ("tokio-tungstenite", "http"),
    ("clap", "cli"),
    ("argon2", "manage"),
];

/// What only edges of the system read and write.
const SERDE_FREE: &[&str] = &["domain", "authorize"];

#[test]
fn crates_know_only_what_is_below_them() {
    let mut faults = Vec::new();
    for (name, allowed) in EDGES {
        for dependency in dependencies(name) {
            if let Some(ours) = dependency.strip_prefix("wardgate-")
                && !allowed.contains(&ours)
            {
                faults.push(format!("host/{name} may not know host/{ours}"));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn every_crate_has_its_line() {
    let mut folders: Vec<_> = std::fs::read_dir(super::root().join("host"))
        .expect("host/")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut known: Vec<_> = EDGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    assert_eq!(folders, known, "a crate that this test does not know");
    let architecture = read("docs/ARCHITECTURE.md");
    for name in folders {
        assert!(architecture.contains(&format!("| `host/{name}` |")), "host/{name} is not in docs/ARCHITECTURE.md");
    }
}

#[test]
fn a_heavy_dependency_stays_in_its_crate() {
    let mut faults = Vec::new();
    for (name, _) in EDGES {
        for dependency in dependencies(name) {
            if let Some((heavy, home)) = HEAVY.iter().find(|(heavy, home)| *heavy == dependency && home != name) {
                faults.push(format!("host/{name} may not know {heavy}, which is host/{home}'s"));
            }
            if dependency.starts_with("serde") && SERDE_FREE.contains(name) {
                faults.push(format!("host/{name} may not know {dependency}: wire types are not domain types"));
            }
        }
    }
    none_of(&faults);
}

fn dependencies(name: &str) -> Vec<String> {
    let manifest: Table = read(&format!("host/{name}/Cargo.toml")).parse().expect("a manifest");
    let section = manifest.get("dependencies").and_then(toml::Value::as_table);
    section.into_iter().flat_map(Table::keys).cloned().collect()
}
