//! `wardgate audit verify`: is the log of changes whole?

use std::io::Write;
use std::process::ExitCode;

use wardgate_domain::{Clock, Random};
use wardgate_storage::{AuditCheck, Store};

use super::{Fault, anything, runtime};
use crate::config::Config;
use crate::master_key::MasterKey;
use crate::node::DATABASE;

pub(super) fn verify(config: &Config) -> Result<ExitCode, Fault> {
    let database = config.data_dir.join(DATABASE);
    if !database.exists() {
        return Err(format!("{}: there is no database; name its folder with --data-dir", database.display()).into());
    }
    runtime()?.block_on(async {
        let random = Random::system();
        let key = MasterKey::open(&config.data_dir, &database, &random).map_err(anything)?;
        // The node may be at work: its nonces are left alone.
        let open = Store::open_to_read(&database, key.store_keys(), Clock::system(), random);
        let store = open.await.map_err(|e| format!("{}: {e}", database.display()))?;
        let mut out = std::io::stdout().lock();
        let mut whole = true;
        for tenant in store.directory().audited().await.map_err(anything)? {
            match store.tenant(&tenant).verify_audit().await.map_err(anything)? {
                AuditCheck::Intact { entries } => writeln!(out, "intact  {tenant}  {entries} entries")?,
                AuditCheck::Broken { seq, why } => {
                    whole = false;
                    writeln!(out, "BROKEN  {tenant}  at entry {seq}: {why}")?;
                }
            }
        }
        store.close().await;
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
    })
}
