//! `wardgate export`: write what tenants keep, with the secrets of their keys. They go to a file of its owner's alone, or
//! to a program that reads them from us; never to a screen, nor to a file that others may read.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wardgate_domain::{TenantId, limits};
use wardgate_manage::exchange::export;
use zeroize::Zeroizing;

use super::{Fault, anything, claim_store, runtime, tell};
use crate::config::Config;
use crate::master_key::write_private;
use crate::node::DATABASE;

pub(super) fn run(config: &Config, tenant: Option<&TenantId>, file: Option<&Path>) -> Result<ExitCode, Fault> {
    let file = match file {
        Some(file) => Some(free_place(file)?),
        None => check_standard_output().map(|()| None)?,
    };
    let database = config.data_dir.join(DATABASE);
    if !database.exists() {
        return Err(format!("{}: there is no database; name its folder with --data-dir", database.display()).into());
    }
    let exchange = runtime()?.block_on(async {
        let (_claim, store) = claim_store(config).await?;
        let exchange = export(&store, tenant).await;
        store.close().await;
        exchange.map_err(anything)
    })?;
    let Some(exchange) = exchange else {
        return Err(format!("there is no tenant {}", tenant.map_or("", TenantId::as_str)).into());
    };
    let mut text = Zeroizing::new(Vec::new());
    exchange.write(&mut *text)?;
    if let Some(file) = &file {
        write_private(file, &text).map_err(|e| format!("{}: {e}", file.display()))?;
    } else {
        let mut out = std::io::stdout().lock();
        out.write_all(&text)?;
        out.flush()?;
    }
    if text.len() as u64 > limits::EXCHANGE_BYTES {
        tell("wardgate: this is more than an import takes at a time: export the tenants one by one, with --tenant");
    }
    Ok(ExitCode::SUCCESS)
}

/// Where `file` is to be, if nothing is lost by it: an older export may be replaced, a device or a folder not.
fn free_place(file: &Path) -> Result<PathBuf, Fault> {
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(
            format!("{}: this is no file; name one, or leave it out and take standard output", file.display()).into()
        );
    }
    let place = std::path::absolute(file)?;
    // What is written goes there first.
    let mut beside = place.clone().into_os_string();
    beside.push(".new");
    if PathBuf::from(&beside).exists() {
        return Err(format!("{}: this file is in the way: move it", beside.display()).into());
    }
    Ok(place)
}

fn check_standard_output() -> Result<(), Fault> {
    let out = std::io::stdout();
    if out.is_terminal() {
        return Err("secrets are not shown on a terminal: name a file, or a program with |".into());
    }
    let metadata = File::from(out.as_fd().try_clone_to_owned()?).metadata()?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        return Err("others may read the file that standard output goes to: name the file without >".into());
    }
    Ok(())
}
