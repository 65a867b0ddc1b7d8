//! What authors have installed: the tools of three languages, as guest-modules/install.sh and toolchain.sh put them there.

use std::env;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{guest_modules, text};
use crate::harness::skip;

/// The variables under which the tools of `language` are found, or `None` if they are not installed; `folder` is a policy
/// that wants to be built with them.
pub(super) fn of(language: &str, folder: &Path) -> Option<Vec<(&'static str, String)>> {
    let guests = guest_modules();
    match language {
        "javascript" => {
            let modules = guests.join("javascript/node_modules");
            if !modules.exists() {
                return missing("componentize-js is not installed: guest-modules/install.sh does it");
            }
            symlink(modules, folder.join("node_modules")).expect("linked");
            Some(vec![path(&[])])
        }
        "python" => {
            let python = guests.join("target/python/bin");
            if !python.join("componentize-py").exists() {
                return missing("componentize-py is not installed: guest-modules/install.sh does it");
            }
            Some(vec![path(&[text(&python)])])
        }
        _ => rust(&guests),
    }
}

/// The one compiler with a library for WebAssembly that is surely there, used as guest-modules/build does.
fn rust(guests: &Path) -> Option<Vec<(&'static str, String)>> {
    let root = guests.join("target/toolchain");
    if !root.join("complete").exists() {
        return missing("Rust for guests is not installed: guest-modules/toolchain.sh does it");
    }
    let below = |path: &str| text(&root.join(path)).to_owned();
    let mut variables = vec![
        path(&[]),
        ("RUSTC", below("usr/bin/rustc")),
        ("RUSTC_BOOTSTRAP", "1".to_owned()),
        ("LD_LIBRARY_PATH", below("usr/lib/x86_64-linux-gnu")),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", below("usr/lib/llvm-22/bin/wasm-ld")),
        ("CARGO_UNSTABLE_BUILD_STD", "core,alloc".to_owned()),
        // Where guest-modules/build has compiled the same crates already.
        ("CARGO_TARGET_DIR", text(&guests.join("target/guests")).to_owned()),
    ];
    let homes = ["HOME", "CARGO_HOME", "RUSTUP_HOME"];
    variables.extend(homes.iter().filter_map(|name| Some((*name, own(name)?))));
    Some(variables)
}

fn path(before: &[&str]) -> (&'static str, String) {
    let own = own("PATH").unwrap_or_default();
    ("PATH", [before, &[&own]].concat().join(":"))
}

/// Where this machine has its tools is nobody's but its own to say.
fn own(variable: &str) -> Option<String> {
    env::var_os(variable)?.into_string().ok()
}

#[track_caller]
fn missing<T>(why: &str) -> Option<T> {
    skip(why);
    None
}
