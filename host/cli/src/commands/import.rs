//! `wardgate import`: take over what another server kept.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use wardgate_domain::{Clock, limits};
use wardgate_manage::exchange::{Counts, Exchange, ImportError, Imported, Progress, import};
use zeroize::Zeroizing;

use super::{Fault, anything, claim_store, runtime, tell};
use crate::config::Config;

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// How often an import says how far it has come.
const TOLD_EVERY: Duration = Duration::from_secs(1);

pub(super) fn run(config: &Config, file: &Path) -> Result<ExitCode, Fault> {
    let named = |why: &dyn std::fmt::Display| Fault::from(format!("{}: {why}", file.display()));
    let text = read(file).map_err(|e| named(&e))?;
    let progress = Progress::default();
    let work = async {
        let exchange = tokio::task::spawn_blocking(move || Exchange::read(&text)).await.map_err(anything)?;
        let exchange = exchange.map_err(|fault| named(&fault))?;
        warn(file, &exchange);
        let (_claim, store) = claim_store(config).await?;
        let imported = import(&store, &Clock::system(), &exchange, &progress).await;
        store.close().await;
        imported.map_err(|error| match error {
            ImportError::File(fault) => named(&fault),
            ImportError::Storage(error) => anything(error),
        })
    };
    let imported = runtime()?.block_on(async {
        tokio::select! {
            imported = work => imported,
            never = tell_progress(&progress) => match never {},
        }
    })?;
    let mut out = std::io::stdout().lock();
    for imported in &imported {
        writeln!(out, "{}", line(imported))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The whole file, within its bound; wiped when it has been read.
fn read(file: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let source: Box<dyn Read> = if file.as_os_str() == STANDARD_INPUT {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(file)?)
    };
    let mut text = Zeroizing::new(Vec::new());
    source.take(limits::EXCHANGE_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > limits::EXCHANGE_BYTES {
        let bound = format!("the file has more than {} bytes: give each tenant its own", limits::EXCHANGE_BYTES);
        return Err(std::io::Error::other(bound));
    }
    Ok(text)
}

fn warn(file: &Path, exchange: &Exchange) {
    let mode = file.metadata().map_or(0, |metadata| metadata.permissions().mode());
    if exchange.has_secrets() && mode & 0o077 != 0 {
        tell(&format!(
            "wardgate: {}: others may read it (mode {:o}), and it holds secrets",
            file.display(),
            mode & 0o777
        ));
    }
    for warning in exchange.warnings() {
        tell(&format!("wardgate: {warning}"));
    }
}

async fn tell_progress(progress: &Progress) -> Infallible {
    let mut every = tokio::time::interval(TOLD_EVERY);
    // The first tick comes at once; who waits for less than the second needs no comfort.
    every.tick().await;
    loop {
        every.tick().await;
        tell(&format!("wardgate: {progress}"));
    }
}

fn line(imported: &Imported) -> String {
    if imported.is_nothing() {
        return format!("unchanged  {}", imported.tenant);
    }
    let tenant = if imported.made_tenant { "the tenant, " } else { "" };
    let (made, changed) = (counted(&imported.made), counted(&imported.changed));
    format!("imported   {}  made: {tenant}{made}; changed: {changed}", imported.tenant)
}

fn counted(counts: &Counts) -> String {
    let Counts { keys, solutions, contexts, users } = counts;
    format!("{keys} keys, {solutions} solutions, {contexts} contexts, {users} users")
}
