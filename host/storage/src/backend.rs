//! Which database it is. Only this file knows; the others speak [`Statement`], [`Session`] and [`Row`].

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::error::{Result, StorageError};
use crate::row::Row;
use crate::statement::{Statement, Value};

/// Connections that read at a time.
const READERS: u32 = 4;
/// Connections that read lists at a time. They are not among the [`READERS`]: however many lists are asked for, and however
/// long these are, a decision of any tenant finds a reader for what it has to look up.
pub(crate) const LIST_READERS: u32 = 2;
/// How long to wait for a free connection, in milliseconds.
const CONNECTION_WAIT_MS: u64 = 5_000;
/// How long to wait for another connection's write to end, in milliseconds.
const LOCK_WAIT_MS: u64 = 5_000;

/// The connections to the database.
#[derive(Clone)]
pub(crate) struct Backend {
    read: SqlitePool,
    list: SqlitePool,
    write: SqlitePool,
    write_behind: SqlitePool,
}

impl Backend {
    /// Opens the database file, which is made if it is not there, and brings its schema up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        create_private(path).map_err(StorageError::unavailable)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_millis(LOCK_WAIT_MS))
            .disable_statement_logging();
        // An acknowledged change outlives a power cut (security rule 97); the last decisions before one need not.
        let full = options.clone().synchronous(SqliteSynchronous::Full);
        let normal = options.clone().synchronous(SqliteSynchronous::Normal);
        let write = pool(1).connect_with(full).await.map_err(failed)?;
        sqlx::migrate!("migrations/sqlite").run(&write).await.map_err(StorageError::unavailable)?;
        let reading = options.pragma("query_only", "ON");
        Ok(Self {
            read: pool(READERS).connect_lazy_with(reading.clone()),
            list: pool(LIST_READERS).connect_lazy_with(reading),
            write,
            write_behind: pool(1).connect_lazy_with(normal),
        })
    }

    /// A connection for single reads.
    pub(crate) async fn read(&self) -> Result<Session> {
        Ok(Session(Held::Connection(self.read.acquire().await.map_err(failed)?)))
    }

    /// A transaction in which several reads see one state.
    pub(crate) async fn snapshot(&self) -> Result<Session> {
        Ok(Session(Held::Transaction(self.read.begin().await.map_err(failed)?)))
    }

    /// As [`Self::snapshot`], for what reads many rows and no decision waits for.
    pub(crate) async fn list(&self) -> Result<Session> {
        Ok(Session(Held::Transaction(self.list.begin().await.map_err(failed)?)))
    }

    /// A transaction that is the only one to write from its first moment, and survives a power cut once committed.
    pub(crate) async fn write(&self) -> Result<Session> {
        begin_immediate(&self.write).await
    }

    /// As [`Self::write`], for what may be lost with the power: it never makes the disk wait.
    pub(crate) async fn write_behind(&self) -> Result<Session> {
        begin_immediate(&self.write_behind).await
    }

    /// Moves the write-ahead log into the database file and lets go of it.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.list.close().await;
        self.write_behind.close().await;
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.write).await {
            tracing::warn!(%error, "the write-ahead log stays; the next start takes it up");
        }
        self.write.close().await;
    }
}

// The log files beside the database get its mode from SQLite itself. A file that is there already is not touched.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    // A file does not hang up, so there is no need to ask before each use, or to replace connections.
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_millis(CONNECTION_WAIT_MS))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

async fn begin_immediate(pool: &SqlitePool) -> Result<Session> {
    Ok(Session(Held::Transaction(pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?)))
}

/// A connection while it is in use. A transaction that is dropped uncommitted leaves nothing behind.
pub(crate) struct Session(Held);

enum Held {
    Connection(PoolConnection<Sqlite>),
    Transaction(Transaction<'static, Sqlite>),
}

impl Session {
    /// All rows of the answer.
    pub(crate) async fn all(&mut self, statement: Statement) -> Result<Vec<Row>> {
        let table = statement.table;
        let rows = bound(statement).fetch_all(self.connection()).await.map_err(failed)?;
        Ok(rows.into_iter().map(|row| Row { raw: RawRow(row), table }).collect())
    }

    /// The only row of the answer, if there is one.
    pub(crate) async fn one(&mut self, statement: Statement) -> Result<Option<Row>> {
        let table = statement.table;
        let row = bound(statement).fetch_optional(self.connection()).await.map_err(failed)?;
        Ok(row.map(|row| Row { raw: RawRow(row), table }))
    }

    /// How many rows the statement changed.
    pub(crate) async fn run(&mut self, statement: Statement) -> Result<u64> {
        Ok(bound(statement).execute(self.connection()).await.map_err(failed)?.rows_affected())
    }

    /// Makes a transaction's changes last.
    pub(crate) async fn commit(self) -> Result<()> {
        match self.0 {
            Held::Connection(_) => Ok(()),
            Held::Transaction(transaction) => transaction.commit().await.map_err(failed),
        }
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.0 {
            Held::Connection(connection) => connection,
            Held::Transaction(transaction) => transaction,
        }
    }
}

fn bound(statement: Statement) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    statement.values.into_iter().fold(sqlx::query(statement.text), |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Integer(number) => query.bind(number),
        Value::Flag(flag) => query.bind(flag),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

/// A row in the database's own form.
pub(crate) struct RawRow(SqliteRow);

/// A column is not there, or holds another kind of value.
pub(crate) struct Mistyped;

impl RawRow {
    pub(crate) fn text(&self, column: &str) -> Result<Option<String>, Mistyped> {
        self.0.try_get(column).map_err(|_| Mistyped)
    }

    pub(crate) fn integer(&self, column: &str) -> Result<Option<i64>, Mistyped> {
        self.0.try_get(column).map_err(|_| Mistyped)
    }

    pub(crate) fn flag(&self, column: &str) -> Result<Option<bool>, Mistyped> {
        self.0.try_get(column).map_err(|_| Mistyped)
    }

    pub(crate) fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, Mistyped> {
        self.0.try_get(column).map_err(|_| Mistyped)
    }
}

// Conflicts are told from trouble. SQLite names the columns of the broken rule in its message, after a colon.
fn failed(error: sqlx::Error) -> StorageError {
    let conflict = error
        .as_database_error()
        .filter(|error| error.is_unique_violation() || error.is_foreign_key_violation())
        .map(|error| error.message().rsplit_once(": ").map_or("a reference", |(_, columns)| columns).to_owned());
    conflict.map_or_else(|| StorageError::unavailable(error), StorageError::Conflict)
}

#[cfg(test)]
mod tests {
    use sqlx::SqlitePool;

    use super::{Backend, LIST_READERS, READERS};

    async fn pragma(pool: &SqlitePool, sql: &'static str) -> String {
        let (value,): (String,) = sqlx::query_as(sql).fetch_one(pool).await.unwrap();
        value
    }

    #[tokio::test]
    async fn only_decisions_may_be_lost_with_the_power_and_readers_cannot_write() {
        let home = tempfile::TempDir::new().unwrap();
        let backend = Backend::open(&home.path().join("store.db")).await.unwrap();
        let synchronous = "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous";
        assert_eq!(pragma(&backend.write, synchronous).await, "2", "full");
        assert_eq!(pragma(&backend.write_behind, synchronous).await, "1", "normal");
        assert_eq!(pragma(&backend.write, "PRAGMA journal_mode").await, "wal");
        for readers in [&backend.read, &backend.list] {
            assert_eq!(pragma(readers, "SELECT CAST(query_only AS TEXT) FROM pragma_query_only").await, "1");
        }
    }

    #[tokio::test]
    async fn lists_take_no_reader_from_the_others() {
        let home = tempfile::TempDir::new().unwrap();
        let backend = Backend::open(&home.path().join("store.db")).await.unwrap();
        let mut lists = Vec::new();
        for _ in 0..LIST_READERS {
            lists.push(backend.list().await.unwrap());
        }
        let mut reads = Vec::new();
        for _ in 0..READERS {
            reads.push(backend.read().await.unwrap());
        }
    }
}
