//! Signing keys as they are kept: a secret sealed, a public key as it is.

use std::mem;
use std::sync::Arc;

use wardgate_domain::public_key::PublicKey;
use wardgate_domain::secret::{PlainSecret, SharedSecret};
use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::{KeyId, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::data_keys::{Place, Sealer};
use crate::error::Result;
use crate::row::{Row, json_scopes};
use crate::scope::TenantStore;
use crate::statement::Table;

pub(crate) const SIGNING_KEYS: Table = Table { name: "signing_keys", key: "id" };

impl TenantStore {
    /// The signing key with this id.
    pub async fn signing_key(&self, id: &KeyId) -> Result<Option<SigningKey>> {
        by_id(&mut self.shared.backend.read().await?, &self.shared.sealer, &self.tenant, id).await
    }

    /// All signing keys, oldest first.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let statement = SIGNING_KEYS
            .sql("SELECT * FROM signing_keys WHERE tenant_id = $1 ORDER BY created_ms, id")
            .bind(self.tenant.as_str());
        let mut session = self.shared.backend.read().await?;
        let mut keys = Vec::new();
        for row in session.all(statement).await? {
            keys.push(read(&row, &mut session, &self.shared.sealer, &self.tenant).await?);
        }
        Ok(keys)
    }
}

impl Change {
    /// The signing key with this id.
    pub async fn signing_key(&mut self, id: &KeyId) -> Result<Option<SigningKey>> {
        by_id(&mut self.session, &self.shared.sealer, &self.tenant, id).await
    }

    /// How many signing keys there are.
    pub async fn count_signing_keys(&mut self) -> Result<u32> {
        let statement = SIGNING_KEYS
            .sql("SELECT count(*) AS signing_keys FROM signing_keys WHERE tenant_id = $1")
            .bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("signing_keys"))
    }

    /// Adds a signing key. A second one with the same id, at any tenant, is a conflict.
    pub async fn insert_signing_key(&mut self, key: &SigningKey) -> Result<()> {
        debug_assert_eq!(key.tenant, self.tenant, "a change writes its own tenant only");
        let (secret, public_key) = match &key.verifier {
            Verifier::Secret(secret) => {
                let (now, plain) = (self.shared.clock.now(), secret.plain().expose().as_bytes());
                let place = place(&self.tenant, &key.id);
                (Some(self.shared.sealer.seal(&mut self.session, now, place, plain).await?), None)
            }
            Verifier::PublicKey(public_key) => (None, Some(public_key.as_pem())),
        };
        let statement = SIGNING_KEYS
            .sql(
                "INSERT INTO signing_keys
                 (tenant_id, id, secret, public_key, name, scopes, enabled, created_ms, created_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(self.tenant.as_str())
            .bind(key.id.as_str())
            .bind(secret)
            .bind(public_key)
            .bind(key.name.as_str())
            .bind(json_scopes(&key.scopes))
            .bind(key.enabled)
            .bind(key.created)
            .bind(key.created_by.as_str());
        self.session.run(statement).await.map(drop)
    }

    /// Replaces what may change about a signing key: its name, its scopes and whether it is enabled. `false` if there is
    /// no such key.
    pub async fn update_signing_key(&mut self, key: &SigningKey) -> Result<bool> {
        debug_assert_eq!(key.tenant, self.tenant, "a change writes its own tenant only");
        let statement = SIGNING_KEYS
            .sql("UPDATE signing_keys SET name = $3, scopes = $4, enabled = $5 WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(key.id.as_str())
            .bind(key.name.as_str())
            .bind(json_scopes(&key.scopes))
            .bind(key.enabled);
        Ok(self.session.run(statement).await? == 1)
    }

    /// Forgets a signing key, its sessions and their tokens. `false` if there is no such key.
    pub async fn delete_signing_key(&mut self, id: &KeyId) -> Result<bool> {
        let statement = SIGNING_KEYS
            .sql("DELETE FROM signing_keys WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }
}

async fn by_id(session: &mut Session, sealer: &Sealer, tenant: &TenantId, id: &KeyId) -> Result<Option<SigningKey>> {
    let statement = SIGNING_KEYS
        .sql("SELECT * FROM signing_keys WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.as_str())
        .bind(id.as_str());
    if let Some(row) = session.one(statement).await? {
        return read(&row, session, sealer, tenant).await.map(Some);
    }
    // A name that leads nowhere costs the opening of a secret as well, or the time would tell (security rule 16).
    sealer.open(session, place(tenant, id), &NOBODYS_SECRET).await?;
    Ok(None)
}

/// As long as a sealed secret of 32 characters, under the first data key; it does not open.
const NOBODYS_SECRET: [u8; 64] = {
    let mut sealed = [0; 64];
    sealed[3] = 1;
    sealed
};

async fn read(row: &Row, session: &mut Session, sealer: &Sealer, tenant: &TenantId) -> Result<SigningKey> {
    let id = row.parse("id", |text| KeyId::parse(text).ok())?;
    let verifier = match (row.bytes_or_null("secret")?, row.text_or_null("public_key")?) {
        (Some(secret), None) => {
            let plain = sealer.open(session, place(tenant, &id), &secret).await?;
            // Taken, not copied: a copy would not be wiped.
            let plain = plain.and_then(|mut plain| String::from_utf8(mem::take(&mut *plain)).ok());
            let plain = plain.ok_or_else(|| row.corrupt("secret"))?;
            Verifier::Secret(Arc::new(SharedSecret::new(PlainSecret::new(plain))))
        }
        (None, Some(pem)) => {
            let key = PublicKey::from_pem(&pem).map_err(|_| row.corrupt("public_key"))?;
            Verifier::PublicKey(Arc::new(key))
        }
        _ => return Err(row.corrupt("secret")),
    };
    Ok(SigningKey {
        id,
        tenant: tenant.clone(),
        verifier,
        name: row.text("name")?,
        scopes: row.scopes("scopes")?,
        enabled: row.flag("enabled")?,
        created: row.time("created_ms")?,
        created_by: row.text("created_by")?,
    })
}

fn place<'a>(tenant: &'a TenantId, id: &'a KeyId) -> Place<'a> {
    Place { tenant, row: id.as_str(), purpose: "signing key" }
}
