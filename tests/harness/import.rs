//! `wardgate import`, as an operator runs it on a server that is stopped.

use serde_json::{Value, json};

use super::{Setup, run};

/// Brings `owners` into the store of a server that is not running.
#[track_caller]
pub(crate) fn import(setup: &Setup, owners: &Value) {
    let file = setup.path().join("import.json");
    std::fs::write(&file, json!({ "owners": owners, "version": 1 }).to_string()).expect("written");
    let text = |path: &std::path::Path| path.to_str().expect("a path of text").to_owned();
    let words =
        ["import", &text(&file), "--data-dir", &text(setup.data_dir()), "--tenants", &text(setup.tenants_dir())];
    let output = run(&words, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
