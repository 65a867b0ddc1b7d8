//! Builds the shipped policies into `built/NAME.wasm` with their digests; `--check` builds them again, elsewhere, and
//! fails if the bytes are not the committed ones.
#![expect(clippy::print_stdout, reason = "this is a program for the command line")]

mod check;
mod compile;
mod component;
mod sums;
mod toolchain;
mod warm;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::toolchain::Toolchain;

/// The shipped policies: package and file name in one.
const POLICIES: [&str; 5] = ["acl", "cedar", "cluster-guard", "consumer-chat", "designer-chat"];

/// Those of them that are built with the standard library, because what they are made of needs it.
const WITH_STD: [&str; 1] = ["cedar"];

fn main() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the program lies in the workspace")?;
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let toolchain = Toolchain::locate(workspace)?;
            build(workspace, &toolchain, &workspace.join("built"))?;
        }
        ["--check"] => check::run(workspace)?,
        _ => bail!("usage: guest-build [--check]"),
    }
    Ok(())
}

/// Builds every policy into the folder, with digests and the compiler's identity beside them.
fn build(workspace: &Path, toolchain: &Toolchain, folder: &Path) -> Result<()> {
    println!("compiling with {}", toolchain.identity.lines().next().unwrap_or_default());
    // Compiled apart, or the features that one kind asks of shared crates would be the other's, too.
    let (with_std, slim): (Vec<_>, Vec<_>) = POLICIES.into_iter().partition(|name| WITH_STD.contains(name));
    compile::policies(workspace, toolchain, compile::Kind::Slim, &slim)?;
    compile::policies(workspace, toolchain, compile::Kind::WithStd, &with_std)?;
    fs::create_dir_all(folder)?;
    for name in POLICIES {
        let module = fs::read(compile::module(workspace, name))?;
        let module = component::slim(&module).with_context(|| name.to_owned())?;
        let module = if WITH_STD.contains(&name) {
            warm::up(&module).with_context(|| format!("{name} does not warm up"))?
        } else {
            component::check_pages(&module).with_context(|| name.to_owned())?;
            module
        };
        let component = component::from_module(&module).with_context(|| format!("{name} makes no component"))?;
        component::refuse_machine_paths(&component, &toolchain.paths(workspace)).with_context(|| name.to_owned())?;
        fs::write(folder.join(format!("{name}.wasm")), &component)?;
        println!("{name}.wasm: {} bytes", component.len());
    }
    fs::write(folder.join(sums::FILE), sums::of(folder, &POLICIES)?)?;
    fs::write(folder.join(toolchain::IDENTITY_FILE), &toolchain.identity)?;
    Ok(())
}
