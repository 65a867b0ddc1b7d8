//! Tenants as they are kept.

use serde::{Deserialize, Serialize};
use wardgate_domain::TenantId;
use wardgate_domain::rate::Rate;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};

use crate::backend::Session;
use crate::change::Change;
use crate::directory::Directory;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

pub(crate) const TENANTS: Table = Table { name: "tenants", key: "tenant_id" };

impl TenantStore {
    /// The tenant itself.
    pub async fn tenant(&self) -> Result<Option<Tenant>> {
        let statement = TENANTS.sql("SELECT * FROM tenants WHERE tenant_id = $1").bind(self.tenant.as_str());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.as_ref().map(read).transpose()
    }
}

impl Directory {
    /// At most `limit` tenants after the one with the id `after`, by id; without the cluster itself.
    pub async fn tenants_after(&self, after: Option<&TenantId>, limit: u32) -> Result<Vec<Tenant>> {
        let statement = TENANTS
            .sql("SELECT * FROM tenants WHERE tenant_id > $1 AND tenant_id <> '*' ORDER BY tenant_id LIMIT $2")
            .bind(after.map_or("", TenantId::as_str))
            .bind(limit);
        self.shared.backend.list().await?.all(statement).await?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Tenant> {
    Ok(Tenant {
        id: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        name: row.text("name")?,
        state: row.parse("state", TenantState::parse)?,
        limits: row.parse("limits", |json| serde_json::from_str(json).ok().map(LimitsRow::into_limits))?,
        backend: row.text_or_null("backend")?,
    })
}

/// What goes with a tenant, whatever refers to something else before that.
const OWNED: [&str; 22] = [
    "DELETE FROM tokens WHERE tenant_id = $1",
    "DELETE FROM families WHERE tenant_id = $1",
    "DELETE FROM signing_keys WHERE tenant_id = $1",
    "DELETE FROM keys WHERE tenant_id = $1",
    "DELETE FROM app_users WHERE tenant_id = $1",
    "DELETE FROM request_origins WHERE tenant_id = $1",
    "DELETE FROM app_space_audiences WHERE tenant_id = $1",
    "DELETE FROM app_spaces WHERE tenant_id = $1",
    "DELETE FROM context_members WHERE tenant_id = $1",
    "DELETE FROM context_shares WHERE tenant_id = $1",
    "DELETE FROM contexts WHERE tenant_id = $1",
    "DELETE FROM solutions WHERE tenant_id = $1",
    "DELETE FROM policy_versions WHERE tenant_id = $1",
    "DELETE FROM policies WHERE tenant_id = $1",
    "DELETE FROM routes WHERE tenant_id = $1",
    "DELETE FROM settings WHERE tenant_id = $1",
    "DELETE FROM clients WHERE tenant_id = $1",
    "DELETE FROM communication_keys WHERE tenant_id = $1",
    "DELETE FROM users WHERE tenant_id = $1",
    "DELETE FROM decision_batches WHERE tenant_id = $1",
    "DELETE FROM usage WHERE tenant_id = $1",
    "DELETE FROM tenants WHERE tenant_id = $1",
];

/// Whether there is such a tenant, within a transaction.
pub(crate) async fn exists(session: &mut Session, tenant: &TenantId) -> Result<bool> {
    let statement = TENANTS.sql("SELECT tenant_id FROM tenants WHERE tenant_id = $1").bind(tenant.as_str());
    Ok(session.one(statement).await?.is_some())
}

impl Change {
    /// The tenant itself, as it is within this change.
    pub async fn tenant(&mut self) -> Result<Option<Tenant>> {
        let statement = TENANTS.sql("SELECT * FROM tenants WHERE tenant_id = $1").bind(self.tenant.as_str());
        self.session.one(statement).await?.as_ref().map(read).transpose()
    }

    /// How many tenants there are, the cluster among them.
    pub async fn count_tenants(&mut self) -> Result<u32> {
        let row = self.session.one(TENANTS.sql("SELECT COUNT(*) AS tenants FROM tenants")).await?;
        row.map_or(Ok(0), |row| row.number("tenants"))
    }

    /// Takes away the tenant and all that it owns. Only its audit chain stays, and what its file declared. `false` if
    /// there is no such tenant.
    pub async fn delete_tenant(&mut self) -> Result<bool> {
        let existed = exists(&mut self.session, &self.tenant).await?;
        for text in OWNED {
            self.session.run(TENANTS.sql(text).bind(self.tenant.as_str())).await?;
        }
        self.delete_unused_components().await?;
        Ok(existed)
    }

    /// Makes the tenant, or replaces what is kept of it.
    pub async fn put_tenant(&mut self, tenant: &Tenant) -> Result<()> {
        debug_assert_eq!(tenant.id, self.tenant, "a change writes its own tenant only");
        if !exists(&mut self.session, &self.tenant).await? {
            self.makes_tenant = true;
            // A change that began before an earlier one of this name was deleted may have left something behind.
            self.delete_tenant().await?;
        }
        let statement = TENANTS
            .sql(
                "INSERT INTO tenants (tenant_id, name, state, limits, backend) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, state = excluded.state,
                 limits = excluded.limits, backend = excluded.backend",
            )
            .bind(self.tenant.as_str())
            .bind(tenant.name.as_str())
            .bind(tenant.state.as_str())
            .bind(LimitsRow::of(&tenant.limits).to_json())
            .bind(tenant.backend.as_deref());
        self.session.run(statement).await.map(drop)
    }
}

/// The limits as JSON text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsRow {
    calls: Option<RateRow>,
    keys: u32,
    policy_ms: u32,
    policy_memory_mib: u32,
    policy_concurrency: u32,
    policy_module_mib: u32,
    policy_versions: u32,
    policy_compile_s: u32,
    policy_shadow_percent: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateRow {
    capacity: u32,
    frequency_s: u32,
}

impl LimitsRow {
    fn of(limits: &TenantLimits) -> Self {
        let calls = limits.calls.map(|Rate { capacity, frequency_s }| RateRow { capacity, frequency_s });
        let TenantLimits {
            calls: _,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        } = *limits;
        Self {
            calls,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        }
    }

    fn into_limits(self) -> TenantLimits {
        let calls = self.calls.map(|RateRow { capacity, frequency_s }| Rate { capacity, frequency_s });
        let Self {
            calls: _,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        } = self;
        TenantLimits {
            calls,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        }
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers are always JSON")
    }
}
