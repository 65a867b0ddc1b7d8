//! The store: opened once, cloned freely, closed once.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use wardgate_domain::{Clock, KeyId, Random, TenantId, Timestamp};
use zeroize::Zeroize;

use crate::audit::AuditChain;
use crate::backend::Backend;
use crate::data_keys::Sealer;
use crate::decisions::DecisionLog;
use crate::directory::Directory;
use crate::error::{Result, StorageError};
use crate::nonces::{NonceRules, NonceStore};
use crate::scope::TenantStore;
use crate::statement::{Statement, Table};
use crate::versions::Versions;
use crate::{keys, request_origins, tenants};

/// Times of last use that are written in one transaction.
const USES_PER_WRITE: usize = 512;

/// Name of the folder beside the database file that holds the nonces of signed requests.
const NONCES: &str = "nonces";

/// Secrets that the store works with. They are never stored in it.
pub struct StoreKeys {
    /// Seals the audit chains (HMAC-SHA-256).
    pub audit: [u8; 32],
    /// Wraps the data keys that secrets are sealed under (AES-256-GCM).
    pub sealing: [u8; 32],
}

impl Drop for StoreKeys {
    fn drop(&mut self) {
        self.audit.zeroize();
        self.sealing.zeroize();
    }
}

impl fmt::Debug for StoreKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKeys([redacted])")
    }
}

/// Everything that is kept.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Shared>);

/// What all handles share.
pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) clock: Clock,
    pub(crate) chain: AuditChain,
    pub(crate) sealer: Sealer,
    pub(crate) versions: Versions,
    pub(crate) decisions: DecisionLog,
    /// Only the node that owns the data has it: two could not tell each other what is taken.
    nonces: Option<NonceStore>,
}

impl Store {
    /// Opens the database file `path`, making it if it is not there, and brings its schema up to date. The nonces are
    /// beside it. One process at a time may hold a store that was opened so.
    pub async fn open(path: &Path, keys: StoreKeys, clock: Clock, random: Random, nonces: NonceRules) -> Result<Self> {
        let is_new = !path.exists();
        let mut shared = Shared::open(path, keys, clock, random).await?;
        let (folder, now) = (path.with_file_name(NONCES), shared.clock.now());
        shared.nonces = Some(waiting(move || NonceStore::open(&folder, nonces, is_new, now)).await??);
        Ok(Self(Arc::new(shared)))
    }

    /// Opens the database file alone, to read in it: also while another process works with the store.
    pub async fn open_to_read(path: &Path, keys: StoreKeys, clock: Clock, random: Random) -> Result<Self> {
        Shared::open(path, keys, clock, random).await.map(|shared| Self(Arc::new(shared)))
    }

    /// The only way to what a tenant owns.
    pub fn tenant(&self, id: &TenantId) -> TenantStore {
        TenantStore { shared: Arc::clone(&self.0), tenant: id.clone() }
    }

    /// Look-ups that lead to a tenant.
    pub fn directory(&self) -> Directory {
        Directory { shared: Arc::clone(&self.0) }
    }

    /// The log of decisions.
    pub fn decisions(&self) -> &DecisionLog {
        &self.0.decisions
    }

    /// The nonces of signed requests. The store must not be one that was opened to be read.
    pub fn nonces(&self) -> &NonceStore {
        self.0.nonces.as_ref().expect("requests are verified by the process that owns the store")
    }

    /// A number that grows with every visible change at any tenant: for whoever remembers that something is not there,
    /// and so has no tenant whose version to compare.
    pub fn generation(&self) -> u64 {
        self.0.versions.changes()
    }

    /// Whether there is no tenant at all: this is the first run.
    pub async fn is_empty(&self) -> Result<bool> {
        let any = tenants::TENANTS.sql("SELECT tenant_id FROM tenants LIMIT 1");
        Ok(self.0.backend.read().await?.one(any).await?.is_none())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let nothing = Table { name: "", key: "" }.sql("SELECT 1");
        self.0.backend.read().await?.one(nothing).await.map(drop)
    }

    /// Notes when keys last let a call pass. Behind the decisions, without audit, and never backwards.
    pub async fn touch_keys(&self, uses: &[(TenantId, KeyId, Timestamp)]) -> Result<()> {
        self.touch(keys::touch, uses).await
    }

    /// The same for Request Origins.
    pub async fn touch_request_origins(&self, uses: &[(TenantId, KeyId, Timestamp)]) -> Result<()> {
        self.touch(request_origins::touch, uses).await
    }

    /// A bounded number in each transaction, so that changes get their turn.
    async fn touch(&self, statement: fn() -> Statement, uses: &[(TenantId, KeyId, Timestamp)]) -> Result<()> {
        for some in uses.chunks(USES_PER_WRITE) {
            let mut session = self.0.backend.write_behind().await?;
            for (tenant, id, at) in some {
                session.run(statement().bind(tenant.as_str()).bind(id.as_str()).bind(*at)).await?;
            }
            session.commit().await?;
        }
        Ok(())
    }

    /// Writes the decisions that wait, and makes the nonces taken so far outlive a power cut.
    pub async fn flush(&self) -> Result<()> {
        let shared = Arc::clone(&self.0);
        let sync = waiting(move || shared.nonces.as_ref().map_or(Ok(()), NonceStore::sync));
        // Neither has to wait for the other, nor to fail with it.
        let (decisions, nonces) = tokio::join!(self.0.decisions.flush(), sync);
        decisions.and(nonces?.map_err(StorageError::unavailable))
    }

    /// Writes what waits, then lets go of the database. Nothing can be read or changed afterwards.
    pub async fn close(&self) {
        if let Err(error) = self.0.decisions.flush().await {
            tracing::error!(%error, waiting = self.0.decisions.waiting(), "decisions could not be written and are lost");
        }
        let shared = Arc::clone(&self.0);
        let closed = waiting(move || shared.nonces.as_ref().map(NonceStore::close)).await;
        if let Err(error) = closed {
            tracing::error!(%error, "the nonces were not closed");
        }
        self.0.backend.close().await;
    }
}

impl Shared {
    async fn open(path: &Path, keys: StoreKeys, clock: Clock, random: Random) -> Result<Self> {
        let backend = Backend::open(path).await?;
        let sealer = Sealer::new(&keys.sealing, random);
        sealer.prepare(&backend, clock.now()).await?;
        let (chain, decisions) = (AuditChain::new(&keys.audit), DecisionLog::new(backend.clone()));
        Ok(Self { backend, clock, chain, sealer, versions: Versions::default(), decisions, nonces: None })
    }
}

/// Runs what waits for the disk where waiting is allowed.
async fn waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(StorageError::unavailable)
}
