//! Keys as they are kept.

use wardgate_domain::address::AddressRanges;
use wardgate_domain::key::{Key, KeyFormat};
use wardgate_domain::origin::Origins;
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::SecretHash;
use wardgate_domain::{KeyId, TenantId, Timestamp};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::{Row, json_grants, json_list};
use crate::scope::TenantStore;
use crate::statement::{Statement, Table};

pub(crate) const KEYS: Table = Table { name: "keys", key: "id" };

impl TenantStore {
    /// The key with this handle.
    pub async fn key(&self, id: &KeyId) -> Result<Option<Key>> {
        by_id(&mut self.shared.backend.read().await?, &self.tenant, id).await
    }

    /// The key that this is the hash of.
    pub async fn key_by_hash(&self, hash: &SecretHash) -> Result<Option<Key>> {
        by_hash(&mut self.shared.backend.read().await?, &self.tenant, hash).await
    }

    /// At most `limit` keys, oldest first: from the first on, or after the one that was made then and has this handle.
    pub async fn keys(&self, after: Option<&(Timestamp, KeyId)>, limit: u32) -> Result<Vec<Key>> {
        let statement = KEYS
            .sql(
                "SELECT * FROM keys WHERE tenant_id = $1 AND (created_ms, id) > ($2, $3)
                 ORDER BY created_ms, id LIMIT $4",
            )
            .bind(self.tenant.as_str())
            .bind(after.map_or(i64::MIN, |(made, _)| made.as_ms()))
            .bind(after.map_or("", |(_, id)| id.as_str()))
            .bind(limit);
        let rows = self.shared.backend.list().await?.all(statement).await?;
        rows.iter().map(|row| read(row, &self.tenant)).collect()
    }

    /// How many keys there are.
    pub async fn count_keys(&self) -> Result<u32> {
        count(&mut self.shared.backend.read().await?, &self.tenant).await
    }
}

impl Change {
    /// The key with this handle.
    pub async fn key(&mut self, id: &KeyId) -> Result<Option<Key>> {
        by_id(&mut self.session, &self.tenant, id).await
    }

    /// The key that this is the hash of.
    pub async fn key_by_hash(&mut self, hash: &SecretHash) -> Result<Option<Key>> {
        by_hash(&mut self.session, &self.tenant, hash).await
    }

    /// How many keys there are.
    pub async fn count_keys(&mut self) -> Result<u32> {
        count(&mut self.session, &self.tenant).await
    }

    /// Adds a key. A second key with the same handle, or with the same hash at any tenant, is a conflict.
    pub async fn insert_key(&mut self, key: &Key) -> Result<()> {
        debug_assert_eq!(key.tenant, self.tenant, "a change writes its own tenant only");
        let statement = KEYS
            .sql(
                "INSERT INTO keys (tenant_id, id, hash, format, last4, name, grants, enabled, expires_ms, revoked_ms,
                 rate_capacity, rate_frequency_s, origins, addresses, line_id, replaced_by, created_ms, created_by,
                 last_used_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            )
            .bind(self.tenant.as_str())
            .bind(key.id.as_str())
            .bind(key.hash.0)
            .bind(key.format.as_str())
            .bind(key.last4.as_str())
            .bind(key.name.as_str())
            .bind(json_grants(&key.grants))
            .bind(key.enabled)
            .bind(key.expires)
            .bind(key.revoked)
            .bind(key.rate.capacity)
            .bind(key.rate.frequency_s)
            .bind(json_list(key.origins.to_texts()))
            .bind(json_list(key.addresses.to_texts()))
            .bind(key.line.as_str())
            .bind(key.replaced_by.as_ref().map(KeyId::as_str))
            .bind(key.created)
            .bind(key.created_by.as_str())
            .bind(key.last_used);
        self.session.run(statement).await.map(drop)
    }

    /// Replaces what may change about a key: all but its handle, its secret, its line, its making and its last use.
    /// `false` if there is no such key.
    pub async fn update_key(&mut self, key: &Key) -> Result<bool> {
        debug_assert_eq!(key.tenant, self.tenant, "a change writes its own tenant only");
        let statement = KEYS
            .sql(
                "UPDATE keys SET name = $3, grants = $4, enabled = $5, expires_ms = $6, revoked_ms = $7,
                 rate_capacity = $8, rate_frequency_s = $9, origins = $10, addresses = $11, replaced_by = $12
                 WHERE tenant_id = $1 AND id = $2",
            )
            .bind(self.tenant.as_str())
            .bind(key.id.as_str())
            .bind(key.name.as_str())
            .bind(json_grants(&key.grants))
            .bind(key.enabled)
            .bind(key.expires)
            .bind(key.revoked)
            .bind(key.rate.capacity)
            .bind(key.rate.frequency_s)
            .bind(json_list(key.origins.to_texts()))
            .bind(json_list(key.addresses.to_texts()))
            .bind(key.replaced_by.as_ref().map(KeyId::as_str));
        Ok(self.session.run(statement).await? == 1)
    }

    /// Gives all keys of a line this rate, for they count against one.
    pub async fn set_line_rate(&mut self, line: &KeyId, rate: Rate) -> Result<()> {
        let statement = KEYS
            .sql("UPDATE keys SET rate_capacity = $3, rate_frequency_s = $4 WHERE tenant_id = $1 AND line_id = $2")
            .bind(self.tenant.as_str())
            .bind(line.as_str())
            .bind(rate.capacity)
            .bind(rate.frequency_s);
        self.session.run(statement).await.map(drop)
    }

    /// Forgets a key. `false` if there is no such key.
    pub async fn delete_key(&mut self, id: &KeyId) -> Result<bool> {
        let statement =
            KEYS.sql("DELETE FROM keys WHERE tenant_id = $1 AND id = $2").bind(self.tenant.as_str()).bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }
}

/// How the time of a key's last use is noted.
pub(crate) fn touch() -> Statement {
    KEYS.sql(
        "UPDATE keys SET last_used_ms = $3
         WHERE tenant_id = $1 AND id = $2 AND (last_used_ms IS NULL OR last_used_ms < $3)",
    )
}

async fn by_id(session: &mut Session, tenant: &TenantId, id: &KeyId) -> Result<Option<Key>> {
    let statement =
        KEYS.sql("SELECT * FROM keys WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id.as_str());
    session.one(statement).await?.map(|row| read(&row, tenant)).transpose()
}

async fn by_hash(session: &mut Session, tenant: &TenantId, hash: &SecretHash) -> Result<Option<Key>> {
    let statement =
        KEYS.sql("SELECT * FROM keys WHERE tenant_id = $1 AND hash = $2").bind(tenant.as_str()).bind(hash.0);
    session.one(statement).await?.map(|row| read(&row, tenant)).transpose()
}

async fn count(session: &mut Session, tenant: &TenantId) -> Result<u32> {
    let statement = KEYS.sql("SELECT count(*) AS keys FROM keys WHERE tenant_id = $1").bind(tenant.as_str());
    session.one(statement).await?.map_or(Ok(0), |row| row.number("keys"))
}

fn read(row: &Row, tenant: &TenantId) -> Result<Key> {
    Ok(Key {
        id: row.parse("id", |text| KeyId::parse(text).ok())?,
        tenant: tenant.clone(),
        hash: row.hash("hash")?,
        format: row.parse("format", KeyFormat::parse)?,
        last4: row.text("last4")?,
        name: row.text("name")?,
        grants: row.grants("grants")?,
        enabled: row.flag("enabled")?,
        expires: row.time_or_null("expires_ms")?,
        revoked: row.time_or_null("revoked_ms")?,
        rate: Rate { capacity: row.number("rate_capacity")?, frequency_s: row.number("rate_frequency_s")? },
        origins: Origins::parse(&row.list("origins")?).map_err(|_| row.corrupt("origins"))?,
        addresses: AddressRanges::parse(&row.list("addresses")?).map_err(|_| row.corrupt("addresses"))?,
        line: row.parse("line_id", |text| KeyId::parse(text).ok())?,
        replaced_by: row.parse_or_null("replaced_by", |text| KeyId::parse(text).ok())?,
        created: row.time("created_ms")?,
        created_by: row.text("created_by")?,
        last_used: row.time_or_null("last_used_ms")?,
    })
}
