//! The one compiler that makes the committed bytes. Another compiler makes a policy that works as well, but other bytes,
//! so none is ever taken in its place.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Lies beside the built components and says what made them.
pub(crate) const IDENTITY_FILE: &str = "COMPILER";

pub(crate) struct Toolchain {
    root: PathBuf,
    /// Versions of everything that has a say in the bytes, one a line.
    pub(crate) identity: String,
}

impl Toolchain {
    /// The toolchain that `toolchain.sh` has unpacked.
    pub(crate) fn locate(workspace: &Path) -> Result<Self> {
        let root = workspace.join("target/toolchain");
        ensure!(
            root.join("complete").is_file(),
            "the compiler of the guests is not in place; in guest-modules/ run: ./toolchain.sh"
        );
        let mut toolchain = Self { root, identity: String::new() };
        toolchain.identity = toolchain.identify()?;
        Ok(toolchain)
    }

    pub(crate) fn rustc(&self) -> PathBuf {
        self.root.join("usr/bin/rustc")
    }

    pub(crate) fn linker(&self) -> PathBuf {
        self.root.join("usr/lib/llvm-22/bin/wasm-ld")
    }

    /// Where compiler and linker find the libraries that came with them.
    pub(crate) fn libraries(&self) -> PathBuf {
        self.root.join("usr/lib/x86_64-linux-gnu")
    }

    /// Folders of this machine and what stands for them in the bytes; the innermost come last, as the compiler wants.
    pub(crate) fn paths(&self, workspace: &Path) -> Vec<(PathBuf, &'static str)> {
        let checkout = workspace.parent().unwrap_or(workspace);
        vec![(checkout.to_owned(), "/wardgate"), (cargo_home(), "/cargo"), (self.root.join("usr"), "/rust")]
    }

    fn identify(&self) -> Result<String> {
        let compiler = self.ask(&self.rustc(), "-vV")?;
        let said = |start: &str| compiler.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned();
        let linker = self.ask(&self.linker(), "--version")?;
        Ok(format!("{}\n{}\n{}", said("rustc"), said("LLVM"), linker))
    }

    fn ask(&self, program: &Path, flag: &str) -> Result<String> {
        let output = Command::new(program).arg(flag).env("LD_LIBRARY_PATH", self.libraries()).output();
        let output = output.with_context(|| format!("cannot run {}", program.display()))?;
        ensure!(output.status.success(), "{} {flag} failed", program.display());
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_else(|| OsString::from("/"))).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}
