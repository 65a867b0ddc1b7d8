//! What can go wrong with what is kept: four things, each with what is needed to find the cause and nothing more.

use std::error::Error;

/// Trouble with the database. What is shown of it never contains SQL, a path or a secret; absence is `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database could not be reached, was too busy for too long, or failed.
    #[error("the storage is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// A rule of the schema stands against the change; it names the columns.
    #[error("the change conflicts with {0}")]
    Conflict(String),
    /// The secrets in the database are sealed under another key than the store was given.
    #[error("the database was written with another master key: restore the one that belongs to it")]
    WrongKey,
    /// A row holds something that this program cannot have written.
    #[error("table {table}, row {id:?}: column {column} is corrupt")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's name inside its tenant.
        id: String,
        /// The column.
        column: &'static str,
    },
}

impl StorageError {
    pub(crate) fn corrupt(table: &'static str, id: &str, column: &'static str) -> Self {
        Self::Corrupt { table, id: id.to_owned(), column }
    }

    pub(crate) fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

/// What every operation of the storage answers.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;
