//! Policies as they are kept: which module a tenant uses under which name, and how.

use wardgate_domain::PolicyName;
use wardgate_domain::policy::{Binding, ModuleDigest};

use crate::change::Change;
use crate::error::Result;
use crate::row::{Row, json_grants};
use crate::scope::TenantStore;
use crate::statement::Table;

const POLICIES: Table = Table { name: "policies", key: "name" };

impl TenantStore {
    /// The tenant's policies, by name.
    pub async fn bindings(&self) -> Result<Vec<Binding>> {
        let statement =
            POLICIES.sql("SELECT * FROM policies WHERE tenant_id = $1 ORDER BY name").bind(self.tenant.as_str());
        let rows = self.shared.backend.read().await?.all(statement).await?;
        rows.iter().map(|row| self.read_binding(row)).collect()
    }

    fn read_binding(&self, row: &Row) -> Result<Binding> {
        Ok(Binding {
            tenant: self.tenant.clone(),
            name: row.parse("name", |text| PolicyName::parse(text).ok())?,
            module: row.parse("module", ModuleDigest::parse)?,
            permissions: row.grants("permissions")?,
            settings: row.text("settings")?,
        })
    }
}

impl Change {
    /// Adds a policy, or replaces the one with the same name.
    pub async fn put_binding(&mut self, binding: &Binding) -> Result<()> {
        debug_assert_eq!(binding.tenant, self.tenant, "a change writes its own tenant only");
        let statement = POLICIES
            .sql(
                "INSERT INTO policies (tenant_id, name, module, permissions, settings) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id, name) DO UPDATE SET module = excluded.module,
                 permissions = excluded.permissions, settings = excluded.settings",
            )
            .bind(self.tenant.as_str())
            .bind(binding.name.as_str())
            .bind(binding.module.to_string())
            .bind(json_grants(&binding.permissions))
            .bind(binding.settings.as_str());
        self.session.run(statement).await.map(drop)
    }

    /// Takes a policy out of use. `false` if there is no such policy.
    pub async fn delete_binding(&mut self, name: &PolicyName) -> Result<bool> {
        let statement = POLICIES
            .sql("DELETE FROM policies WHERE tenant_id = $1 AND name = $2")
            .bind(self.tenant.as_str())
            .bind(name.as_str());
        Ok(self.session.run(statement).await? == 1)
    }
}
