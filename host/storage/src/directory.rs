//! From a credential to the tenant it belongs to, and nothing else: what a tenant owns is read through its handle.

use std::sync::Arc;

use wardgate_domain::secret::SecretHash;
use wardgate_domain::{KeyId, TenantId};

use crate::error::Result;
use crate::keys::KEYS;
use crate::row::Row;
use crate::signing_keys::SIGNING_KEYS;
use crate::store::Shared;
use crate::tenants::TENANTS;
use crate::tokens::TOKENS;

/// Look-ups that lead to a tenant.
#[derive(Clone)]
pub struct Directory {
    pub(crate) shared: Arc<Shared>,
}

impl Directory {
    /// Whose key has this hash, and which one it is.
    pub async fn tenant_of_key(&self, hash: &SecretHash) -> Result<Option<(TenantId, KeyId)>> {
        let statement = KEYS.sql("SELECT tenant_id, id FROM keys WHERE hash = $1").bind(hash.0);
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.map(|row| Ok((tenant_id(&row)?, row.parse("id", |text| KeyId::parse(text).ok())?))).transpose()
    }

    /// Whose signing key has this id: a caller sends no more of it.
    pub async fn tenant_of_signing_key(&self, id: &KeyId) -> Result<Option<TenantId>> {
        let statement = SIGNING_KEYS.sql("SELECT tenant_id FROM signing_keys WHERE id = $1").bind(id.as_str());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.as_ref().map(tenant_id).transpose()
    }

    /// Whose token has this hash.
    pub async fn tenant_of_token(&self, hash: &SecretHash) -> Result<Option<TenantId>> {
        let statement = TOKENS.sql("SELECT tenant_id FROM tokens WHERE hash = $1").bind(hash.0);
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.as_ref().map(tenant_id).transpose()
    }

    /// All tenants, by id.
    pub async fn tenants(&self) -> Result<Vec<TenantId>> {
        let statement = TENANTS.sql("SELECT tenant_id FROM tenants ORDER BY tenant_id");
        self.shared.backend.read().await?.all(statement).await?.iter().map(tenant_id).collect()
    }

    /// Every tenant that there is or was, as far as the audit log or its heads know: taking a tenant's row away takes no
    /// chain out of sight.
    pub async fn audited(&self) -> Result<Vec<TenantId>> {
        let statement = TENANTS.sql(
            "SELECT tenant_id FROM tenants UNION SELECT tenant_id FROM audit UNION SELECT tenant_id FROM audit_heads \
             ORDER BY tenant_id",
        );
        self.shared.backend.read().await?.all(statement).await?.iter().map(tenant_id).collect()
    }
}

fn tenant_id(row: &Row) -> Result<TenantId> {
    row.parse("tenant_id", |text| TenantId::parse(text).ok())
}
