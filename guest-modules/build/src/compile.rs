//! From Rust to core modules, with every path of this machine mapped away.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::toolchain::Toolchain;

const TARGET: &str = "wasm32-unknown-unknown";

/// Where the compiled modules go, apart from the native build, which another compiler makes.
const FOLDER: &str = "target/guests";

/// A panic traps without a word, so neither its text nor its place needs to be in the bytes.
const SLIM: [&str; 3] = ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"];

/// How policies are built.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Without the standard library, with the kit's allocator and the small stack of `.cargo/config.toml`.
    Slim,
    /// With the standard library, its allocator, and a stack for parsers.
    WithStd,
}

/// What is said to the linker about the stack of a policy with the standard library; the last word counts.
const PARSERS_STACK: &str = "-Clink-arg=-zstack-size=131072";

/// Compiles the policies. The standard library is compiled with them: the toolchain has none for this target.
pub(crate) fn policies(workspace: &Path, toolchain: &Toolchain, kind: Kind, names: &[&str]) -> Result<()> {
    let (library, more) = match kind {
        Kind::Slim => ("-Zbuild-std=core,alloc", None),
        Kind::WithStd => ("-Zbuild-std=std,panic_abort", Some(PARSERS_STACK)),
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace)
        .args(["build", "--release", "--locked", "--target", TARGET, library])
        .args(["--target-dir", FOLDER])
        .args(["--config", &configuration(&toolchain.paths(workspace), more)])
        .args(names.iter().flat_map(|name| ["--package", name]))
        .env("RUSTC", toolchain.rustc())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", toolchain.linker())
        .env("LD_LIBRARY_PATH", toolchain.libraries());
    // Flags of the surroundings would replace those of the workspace.
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN"]
    {
        command.env_remove(flags);
    }
    ensure!(command.status()?.success(), "the policies do not compile");
    Ok(())
}

/// The core module of a compiled policy.
pub(crate) fn module(workspace: &Path, name: &str) -> PathBuf {
    let file = format!("{}.wasm", name.replace('-', "_"));
    workspace.join(FOLDER).join(TARGET).join("release").join(file)
}

/// The flags as cargo configuration, which adds them to those of `.cargo/config.toml`.
fn configuration(paths: &[(PathBuf, &str)], more: Option<&str>) -> String {
    let remapped = paths.iter().map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
    let flags: Vec<_> =
        SLIM.into_iter().chain(more).map(String::from).chain(remapped).map(|flag| format!("'{flag}'")).collect();
    format!("target.{TARGET}.rustflags=[{}]", flags.join(","))
}
