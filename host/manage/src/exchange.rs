//! Exchange: what tenants keep of the PrivMX dialect, as one JSON file that another server has written or will read.
//! `docs/EXCHANGE.md` is its manual. The file holds secrets in the clear, so nothing here logs or repeats its values.
//!
//! A file is read ([`read`], strictly), compared with what is kept ([`plan`]), and stored ([`apply`]): every tenant is
//! compared before anything of any of them is stored.

mod apply;
mod check;
mod export;
mod file;
mod plan;
mod policy;
mod progress;
mod read;
mod text;
mod value;

use std::io;

use wardgate_domain::{Clock, TenantId};
use wardgate_storage::{StorageError, Store};

use file::File;

pub use apply::{Counts, Imported};
pub use progress::Progress;
pub use read::Fault;

/// What stands in a file, legal by itself.
pub struct Exchange(File);

/// Why nothing of a file was stored.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file says what cannot be, or what contradicts what is kept.
    #[error("{0}")]
    File(#[from] Fault),
    /// The store failed. Tenants whose turn was over are stored; the others are not.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Exchange {
    /// Reads the text of a file and checks what can be checked without a store.
    pub fn read(text: &[u8]) -> Result<Self, Fault> {
        let file = read::read(text)?;
        check::check(&file)?;
        Ok(Self(file))
    }

    /// What an operator should know about a file that is legal; a line each.
    pub fn warnings(&self) -> Vec<String> {
        check::warnings(&self.0)
    }

    /// Whether it holds anything that nobody else may read.
    pub fn has_secrets(&self) -> bool {
        self.0.owners.iter().flat_map(|owner| &owner.0.keys).any(|key| key.0.secret.is_some())
    }

    /// Writes the text of a file: the same things give the same bytes.
    pub fn write(&self, mut out: impl io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut out, &self.0)?;
        out.write_all(b"\n")
    }
}

/// Brings what is kept to what `exchange` says. What it does not name stays as it is; where nothing is to be done nothing
/// is, and the audit log has no entry. The caller must be the only one who uses the store.
pub async fn import(
    store: &Store,
    clock: &Clock,
    exchange: &Exchange,
    progress: &Progress,
) -> Result<Vec<Imported>, ImportError> {
    let mut plans = Vec::new();
    for (index, owner) in exchange.0.owners.iter().enumerate() {
        plans.push(plan::plan(store, clock.now(), index, &owner.0, progress).await?);
    }
    progress.begin_storing(plans.iter().map(plan::Plan::len).sum());
    let mut imported = Vec::new();
    for plan in plans {
        imported.push(apply::apply(store, plan, progress).await?);
    }
    Ok(imported)
}

/// What `only` keeps, or every tenant that keeps anything; `None` if there is no tenant `only`.
pub async fn export(store: &Store, only: Option<&TenantId>) -> Result<Option<Exchange>, StorageError> {
    Ok(export::export(store, only).await?.map(Exchange))
}

#[cfg(test)]
mod tests;
