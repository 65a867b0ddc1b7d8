//! Are the committed components what the sources make? Their digests are always checked; whether they come of the
//! sources can only be told with the compiler that made them.

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

use crate::toolchain::{IDENTITY_FILE, Toolchain};
use crate::{POLICIES, build, sums};

/// Fails if the committed components are not what the sources make. With another compiler they are not compared, which
/// fails only where nobody would read the notice: under `CI=true`.
pub(crate) fn run(workspace: &Path) -> Result<()> {
    let built = workspace.join("built");
    let committed = fs::read_to_string(built.join(sums::FILE)).context("no digests are committed")?;
    ensure!(
        committed == sums::of(&built, &POLICIES)?,
        "the files in built/ are not those of built/{}; run: cargo run -p guest-build",
        sums::FILE
    );

    let toolchain = Toolchain::locate(workspace)?;
    let pinned = fs::read_to_string(built.join(IDENTITY_FILE)).context("the compiler is not recorded")?;
    if toolchain.identity != pinned {
        let notice =
            format!("NOT COMPARED: this compiler is\n{}but the committed bytes are from\n{pinned}", toolchain.identity);
        ensure!(env::var_os("CI").is_none_or(|ci| ci != "true"), notice);
        println!("{notice}");
        return Ok(());
    }

    let folder = tempfile::tempdir()?;
    build(workspace, &toolchain, folder.path())?;
    let rebuilt = sums::of(folder.path(), &POLICIES)?;
    if rebuilt != committed {
        bail!(
            "the committed components are not what the sources make; run: cargo run -p guest-build\n\
             committed:\n{committed}rebuilt:\n{rebuilt}"
        );
    }
    println!("the committed components are what the sources make");
    Ok(())
}
