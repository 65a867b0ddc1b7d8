//! Data keys: what the secrets in the database are sealed under. They lie in the database themselves, each wrapped under
//! a key that must never lie there (security rule 5).

use wardgate_domain::{Random, TenantId, Timestamp};
use zeroize::Zeroizing;

use crate::backend::{Backend, Session};
use crate::error::{Result, StorageError};
use crate::row::Row;
use crate::seal::SealingKey;
use crate::statement::Table;

const DATA_KEYS: Table = Table { name: "data_keys", key: "version" };

/// Secrets that are sealed under one data key: half of what random nonces allow (security rule 8), because a change that
/// is given up takes its count with it, but not its nonce.
const SECRETS_PER_KEY: i64 = 1 << 31;
/// How long secrets are sealed under one data key, in milliseconds: 90 days. It opens what it sealed for ever.
const KEY_AGE_MS: i64 = 90 * 24 * 3_600 * 1_000;
/// Where every data key is wrapped, with its version.
const WRAPPED_FOR: &[u8] = b"data key";

/// Where a sealed secret lies. It opens nowhere else (security rule 7).
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) tenant: &'a TenantId,
    /// The row's name inside the tenant.
    pub(crate) row: &'a str,
    pub(crate) purpose: &'static str,
}

/// Seals secrets under the newest data key, and opens them under whichever they were sealed.
pub(crate) struct Sealer {
    wrapping: SealingKey,
    random: Random,
}

impl Sealer {
    pub(crate) fn new(wrapping: &[u8; 32], random: Random) -> Self {
        Self { wrapping: SealingKey::new(wrapping), random }
    }

    /// Makes the first data key of a new database; with any other, sees that we have the key that it was wrapped under.
    pub(crate) async fn prepare(&self, backend: &Backend, now: Timestamp) -> Result<()> {
        if let Some(newest) = newest(&mut backend.read().await?).await? {
            return self.unwrap(&newest).map(drop).map_err(|_| StorageError::WrongKey);
        }
        let mut session = backend.write().await?;
        if newest(&mut session).await?.is_none() {
            self.make(&mut session, 1, now).await?;
        }
        session.commit().await
    }

    /// Seals a secret in the transaction that will keep it: the version of its data key, then the sealed text.
    pub(crate) async fn seal(
        &self,
        session: &mut Session,
        now: Timestamp,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        let key = match newest(session).await? {
            None => self.make(session, 1, now).await?,
            Some(row) if is_used_up(&row, now)? => self.make(session, row.number::<u32>("version")? + 1, now).await?,
            Some(row) => self.unwrap(&row)?,
        };
        let count = DATA_KEYS
            .sql("UPDATE data_keys SET sealed = sealed + 1 WHERE tenant_id = $1 AND version = $2")
            .bind(TenantId::cluster().as_str())
            .bind(key.version);
        session.run(count).await?;
        let sealed = place.parts(key.version, |parts| key.key.seal(&self.random, parts, plain));
        Ok([key.version.to_be_bytes().as_slice(), &sealed].concat())
    }

    /// What [`Self::seal`] was given for this place. `None` if it does not open.
    pub(crate) async fn open(
        &self,
        session: &mut Session,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some((version, sealed)) = sealed.split_first_chunk::<4>() else { return Ok(None) };
        let version = u32::from_be_bytes(*version);
        let statement = DATA_KEYS
            .sql("SELECT * FROM data_keys WHERE tenant_id = $1 AND version = $2")
            .bind(TenantId::cluster().as_str())
            .bind(version);
        let Some(row) = session.one(statement).await? else { return Ok(None) };
        let key = self.unwrap(&row)?;
        Ok(place.parts(version, |parts| key.key.open(parts, sealed)))
    }

    async fn make(&self, session: &mut Session, version: u32, now: Timestamp) -> Result<DataKey> {
        let key = Zeroizing::new(self.random.bytes::<32>());
        let wrapped = self.wrapping.seal(&self.random, &[WRAPPED_FOR, &version.to_be_bytes()], &*key);
        let statement = DATA_KEYS
            .sql("INSERT INTO data_keys (tenant_id, version, wrapped, sealed, created_ms) VALUES ($1, $2, $3, 0, $4)")
            .bind(TenantId::cluster().as_str())
            .bind(version)
            .bind(wrapped)
            .bind(now);
        session.run(statement).await?;
        tracing::info!(version, "secrets are sealed under a new data key");
        Ok(DataKey { version, key: SealingKey::new(&key) })
    }

    fn unwrap(&self, row: &Row) -> Result<DataKey> {
        let version = row.number::<u32>("version")?;
        let key = self.wrapping.open(&[WRAPPED_FOR, &version.to_be_bytes()], &row.bytes("wrapped")?);
        let key = key.as_ref().and_then(|key| key.as_slice().try_into().ok()).ok_or_else(|| row.corrupt("wrapped"))?;
        Ok(DataKey { version, key: SealingKey::new(key) })
    }
}

struct DataKey {
    version: u32,
    key: SealingKey,
}

impl Place<'_> {
    fn parts<T>(self, version: u32, run: impl FnOnce(&[&[u8]]) -> T) -> T {
        let version = version.to_be_bytes();
        run(&[self.tenant.as_str().as_bytes(), self.row.as_bytes(), self.purpose.as_bytes(), &version])
    }
}

async fn newest(session: &mut Session) -> Result<Option<Row>> {
    let statement = DATA_KEYS
        .sql("SELECT * FROM data_keys WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1")
        .bind(TenantId::cluster().as_str());
    session.one(statement).await
}

fn is_used_up(row: &Row, now: Timestamp) -> Result<bool> {
    let age_ms = now.as_ms().saturating_sub(row.time("created_ms")?.as_ms());
    Ok(row.integer("sealed")? >= SECRETS_PER_KEY || age_ms >= KEY_AGE_MS)
}
