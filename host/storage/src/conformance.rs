//! The promises of the storage. Each is a function over a [`Bench`], run once for every database.

/// Makes each promise a test of each database.
macro_rules! promises {
    ($($promise:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::$promise(crate::conformance::Bench::sqlite().await).await;
                }
            )*
        }
    };
}

mod app_spaces;
mod app_users;
mod audit;
mod changes;
mod communication_keys;
mod contexts;
mod decisions;
mod nonces;
mod parts;
mod policies;
mod request_origins;
mod round_trips;
pub(crate) mod samples;
mod scope;
mod signing_keys;
mod tenants;
mod tokens;
mod usage;
mod users;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection};
use tempfile::TempDir;
use wardgate_domain::{Clock, ManualClock, Random, TenantId};

use crate::backend::{LIST_READERS, Session};
use crate::{Change, NonceRules, Result, Store, StoreKeys, TenantStore, Visibility};

/// A store of its own for one test, with a clock that stands still.
struct Bench {
    store: Store,
    clock: Clock,
    hand: ManualClock,
    random: Random,
    home: TempDir,
}

impl Bench {
    async fn sqlite() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let (clock, hand) = Clock::manual(samples::at(0));
        let random = Random::seeded(42);
        let store = open(&home.path().join("store.db"), [8; 32], &clock, &random).await.expect("the store opens");
        Self { store, clock, hand, random, home }
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("store.db")
    }

    fn tenant(&self, id: &str) -> TenantStore {
        self.store.tenant(&tenant_id(id))
    }

    /// Makes a change at the tenant and commits it quietly.
    async fn change(&self, id: &str, write: impl AsyncFnOnce(&mut Change)) {
        let mut change = self.tenant(id).change().await.expect("a change begins");
        write(&mut change).await;
        change.commit(samples::event("thing.changed"), Visibility::Quiet).await.expect("a commit");
    }

    /// Ends the store and opens it again, as a restart does.
    async fn reopen(&mut self) {
        self.store.close().await;
        self.store = self.open_with([8; 32]).await.expect("the store opens");
    }

    /// Opens the store a second time, with this key to wrap data keys under.
    async fn open_with(&self, sealing: [u8; 32]) -> Result<Store> {
        open(&self.file(), sealing, &self.clock, &self.random).await
    }

    /// How many data keys there are.
    async fn data_keys(&self) -> u64 {
        self.run("UPDATE data_keys SET version = version").await
    }

    /// Changes rows past the store, as somebody with the file in his hands could.
    async fn tamper(&self, sql: &str) {
        assert!(self.run(sql).await > 0, "nothing was tampered with");
    }

    /// Takes all connections that read lists, as long lists do.
    async fn occupy_lists(&self) -> Vec<Session> {
        let mut lists = Vec::new();
        for _ in 0..LIST_READERS {
            lists.push(self.store.0.backend.list().await.expect("a connection"));
        }
        lists
    }

    /// Runs SQL past the store, and says how many rows it changed.
    async fn run(&self, sql: &str) -> u64 {
        let url = format!("sqlite://{}", self.file().display());
        let mut connection = SqliteConnection::connect(&url).await.expect("a second way to the file");
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("legal SQL");
        connection.close().await.expect("a clean end");
        done.rows_affected()
    }

    /// How the database would go about a query.
    async fn plan(&self, sql: &str) -> String {
        let url = format!("sqlite://{}", self.file().display());
        let mut connection = SqliteConnection::connect(&url).await.expect("a second way to the file");
        let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = sqlx::query(explained).fetch_all(&mut connection).await.expect("legal SQL");
        connection.close().await.expect("a clean end");
        rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("; ")
    }

    fn pass(&self, ms: u64) {
        self.hand.advance(Duration::from_millis(ms));
    }
}

async fn open(file: &Path, sealing: [u8; 32], clock: &Clock, random: &Random) -> Result<Store> {
    let nonces = NonceRules { window_ms: 600_000, capacity: 1_000 };
    Store::open(file, keys(sealing), clock.clone(), random.clone(), nonces).await
}

fn keys(sealing: [u8; 32]) -> StoreKeys {
    StoreKeys { audit: [7; 32], sealing }
}

fn tenant_id(id: &str) -> TenantId {
    TenantId::parse(id).expect("a legal tenant id")
}
