//! From a credential to the tenant it belongs to, and nothing else: what a tenant owns is read through its handle.

use std::sync::Arc;

use wardgate_domain::secret::SecretHash;
use wardgate_domain::{AppSpaceId, KeyId, TenantId, Timestamp, limits};

use crate::app_spaces::APP_SPACES;
use crate::error::Result;
use crate::keys::KEYS;
use crate::request_origins::REQUEST_ORIGINS;
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

    /// Whether any tenant's key has this handle.
    pub async fn is_key_handle(&self, id: &KeyId) -> Result<bool> {
        let statement = KEYS.sql("SELECT id FROM keys WHERE id = $1 LIMIT 1").bind(id.as_str());
        Ok(self.shared.backend.read().await?.one(statement).await?.is_some())
    }

    /// Whose signing key has this id: a caller sends no more of it.
    pub async fn tenant_of_signing_key(&self, id: &KeyId) -> Result<Option<TenantId>> {
        let statement = SIGNING_KEYS.sql("SELECT tenant_id FROM signing_keys WHERE id = $1").bind(id.as_str());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.as_ref().map(tenant_id).transpose()
    }

    /// Whose Request Origin has this id: a caller sends no more of it.
    pub async fn tenant_of_request_origin(&self, id: &KeyId) -> Result<Option<TenantId>> {
        let statement = REQUEST_ORIGINS.sql("SELECT tenant_id FROM request_origins WHERE id = $1").bind(id.as_str());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.as_ref().map(tenant_id).transpose()
    }

    /// Whose token has this hash.
    pub async fn tenant_of_token(&self, hash: &SecretHash) -> Result<Option<TenantId>> {
        let statement = TOKENS.sql("SELECT tenant_id FROM tokens WHERE hash = $1").bind(hash.0);
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.as_ref().map(tenant_id).transpose()
    }

    /// To which App Spaces a token of this issuer for this audience may belong, the oldest first: no more than a few, so
    /// that nobody is kept from his by others who name the same.
    pub async fn app_spaces_of(&self, issuer: &str, audience: &str) -> Result<Vec<(TenantId, AppSpaceId)>> {
        let statement = APP_SPACES
            .sql(
                "SELECT s.tenant_id, s.id FROM app_space_audiences a
                 JOIN app_spaces s ON s.tenant_id = a.tenant_id AND s.id = a.app_space_id
                 WHERE a.issuer = $1 AND a.audience = $2 ORDER BY s.created_ms, s.id LIMIT $3",
            )
            .bind(issuer)
            .bind(audience)
            .bind(limits::APP_SPACES_PER_AUDIENCE);
        let rows = self.shared.backend.read().await?.all(statement).await?;
        rows.iter().map(|row| Ok((tenant_id(row)?, row.parse("id", AppSpaceId::parse)?))).collect()
    }

    /// All tenants, by id.
    pub async fn tenants(&self) -> Result<Vec<TenantId>> {
        let statement = TENANTS.sql("SELECT tenant_id FROM tenants ORDER BY tenant_id");
        self.shared.backend.read().await?.all(statement).await?.iter().map(tenant_id).collect()
    }

    /// The tenants with a credential that was replaced and is good no more at `now`.
    pub async fn with_ended_credentials(&self, now: Timestamp) -> Result<Vec<TenantId>> {
        let statement = TENANTS
            .sql(
                "SELECT tenant_id FROM request_origins WHERE previous_until_ms <= $1
                 UNION SELECT tenant_id FROM communication_keys WHERE until_ms <= $1 ORDER BY tenant_id",
            )
            .bind(now);
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

pub(crate) fn tenant_id(row: &Row) -> Result<TenantId> {
    row.parse("tenant_id", |text| TenantId::parse(text).ok())
}
