//! Communication keys as they are kept. All are the cluster's.

use wardgate_domain::Timestamp;
use wardgate_domain::communication_key::CommunicationKey;

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const COMMUNICATION_KEYS: Table = Table { name: "communication_keys", key: "last4" };

impl TenantStore {
    /// All of them, the newest first.
    pub async fn communication_keys(&self) -> Result<Vec<CommunicationKey>> {
        all(&mut self.shared.backend.read().await?, self.tenant.as_str()).await
    }
}

impl Change {
    /// All of them, the newest first.
    pub async fn communication_keys(&mut self) -> Result<Vec<CommunicationKey>> {
        all(&mut self.session, self.tenant.as_str()).await
    }

    /// Adds one.
    pub async fn insert_communication_key(&mut self, key: &CommunicationKey) -> Result<()> {
        let statement = COMMUNICATION_KEYS
            .sql(
                "INSERT INTO communication_keys (tenant_id, hash, last4, created_ms, created_by, until_ms)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(self.tenant.as_str())
            .bind(key.hash.0)
            .bind(key.last4.as_str())
            .bind(key.created)
            .bind(key.created_by.as_str())
            .bind(key.until);
        self.session.run(statement).await.map(drop)
    }

    /// Lets all end at `until` that would be good for longer.
    pub async fn end_communication_keys(&mut self, until: Timestamp) -> Result<()> {
        let shorten = COMMUNICATION_KEYS
            .sql(
                "UPDATE communication_keys SET until_ms = $2 WHERE tenant_id = $1 AND (until_ms IS NULL OR until_ms > $2)",
            )
            .bind(self.tenant.as_str())
            .bind(until);
        self.session.run(shorten).await.map(drop)
    }

    /// Forgets those that are good no more at `now`. Says how many there were.
    pub async fn delete_ended_communication_keys(&mut self, now: Timestamp) -> Result<u64> {
        let ended = COMMUNICATION_KEYS
            .sql("DELETE FROM communication_keys WHERE tenant_id = $1 AND until_ms <= $2")
            .bind(self.tenant.as_str())
            .bind(now);
        self.session.run(ended).await
    }
}

async fn all(session: &mut Session, tenant: &str) -> Result<Vec<CommunicationKey>> {
    let statement = COMMUNICATION_KEYS
        .sql("SELECT * FROM communication_keys WHERE tenant_id = $1 ORDER BY created_ms DESC, hash")
        .bind(tenant);
    session.all(statement).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<CommunicationKey> {
    Ok(CommunicationKey {
        hash: row.hash("hash")?,
        last4: row.text("last4")?,
        created: row.time("created_ms")?,
        created_by: row.text("created_by")?,
        until: row.time_or_null("until_ms")?,
    })
}
