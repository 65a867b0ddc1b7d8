//! Tenants as they are kept.

use serde::{Deserialize, Serialize};
use wardgate_domain::TenantId;
use wardgate_domain::rate::Rate;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};

use crate::backend::Session;
use crate::change::Change;
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
        row.map(|row| self.read_tenant(&row)).transpose()
    }

    fn read_tenant(&self, row: &Row) -> Result<Tenant> {
        Ok(Tenant {
            id: self.tenant.clone(),
            name: row.text("name")?,
            state: row.parse("state", TenantState::parse)?,
            limits: row.parse("limits", |json| serde_json::from_str(json).ok().map(LimitsRow::into_limits))?,
            backend: row.text_or_null("backend")?,
        })
    }
}

/// Whether there is such a tenant, within a transaction.
pub(crate) async fn exists(session: &mut Session, tenant: &TenantId) -> Result<bool> {
    let statement = TENANTS.sql("SELECT tenant_id FROM tenants WHERE tenant_id = $1").bind(tenant.as_str());
    Ok(session.one(statement).await?.is_some())
}

impl Change {
    /// Makes the tenant, or replaces what is kept of it.
    pub async fn put_tenant(&mut self, tenant: &Tenant) -> Result<()> {
        debug_assert_eq!(tenant.id, self.tenant, "a change writes its own tenant only");
        self.makes_tenant |= !exists(&mut self.session, &self.tenant).await?;
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
        let TenantLimits { calls: _, keys, policy_ms, policy_memory_mib, policy_concurrency } = *limits;
        Self { calls, keys, policy_ms, policy_memory_mib, policy_concurrency }
    }

    fn into_limits(self) -> TenantLimits {
        let calls = self.calls.map(|RateRow { capacity, frequency_s }| Rate { capacity, frequency_s });
        let Self { calls: _, keys, policy_ms, policy_memory_mib, policy_concurrency } = self;
        TenantLimits { calls, keys, policy_ms, policy_memory_mib, policy_concurrency }
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers are always JSON")
    }
}
