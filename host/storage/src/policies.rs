//! Policies as they are kept: which of its versions is in force, and which is only watched.

use std::collections::BTreeMap;

use wardgate_domain::policy::{Binding, Shadow, ShadowShare, Standing};
use wardgate_domain::{PolicyName, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::policy_versions::{VERSIONS, read_binding};
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const POLICIES: Table = Table { name: "policies", key: "name" };

/// The versions in force.
const ACTIVE: &str = "SELECT v.* FROM policies p JOIN policy_versions v
    ON v.tenant_id = p.tenant_id AND v.name = p.name AND v.version = p.active
    WHERE p.tenant_id = $1 ORDER BY v.name";
/// The versions that were in force before those.
const REPLACED: &str = "SELECT r.* FROM policies p JOIN policy_versions v
    ON v.tenant_id = p.tenant_id AND v.name = p.name AND v.version = p.active
    JOIN policy_versions r ON r.tenant_id = v.tenant_id AND r.name = v.name AND r.version = v.replaced
    WHERE p.tenant_id = $1 ORDER BY r.name";

impl TenantStore {
    /// What of the tenant's policies is in force, by name.
    pub async fn bindings(&self) -> Result<Vec<Binding>> {
        bindings(&mut self.shared.backend.read().await?, &self.tenant, ACTIVE).await
    }

    /// What was in force before that, where something was, by name: what a rollback goes back to.
    pub async fn replaced_bindings(&self) -> Result<Vec<Binding>> {
        bindings(&mut self.shared.backend.read().await?, &self.tenant, REPLACED).await
    }

    /// The versions that are evaluated beside those in force, by name.
    pub async fn shadows(&self) -> Result<Vec<Shadow>> {
        let statement = VERSIONS
            .sql(
                "SELECT v.*, p.shadow_percent FROM policies p JOIN policy_versions v
                 ON v.tenant_id = p.tenant_id AND v.name = p.name AND v.version = p.shadow
                 WHERE p.tenant_id = $1 ORDER BY v.name",
            )
            .bind(self.tenant.as_str());
        let rows = self.shared.backend.read().await?.all(statement).await?;
        let read = |row: &Row| {
            Ok(Shadow { binding: read_binding(row, &self.tenant)?, percent: row.number("shadow_percent")? })
        };
        rows.iter().map(read).collect()
    }

    /// All policies of the tenant, those without a version in force among them.
    pub async fn policies(&self) -> Result<BTreeMap<PolicyName, Standing>> {
        all(&mut self.shared.backend.read().await?, &self.tenant).await
    }

    /// One policy of the tenant.
    pub async fn policy(&self, name: &PolicyName) -> Result<Option<Standing>> {
        one(&mut self.shared.backend.read().await?, &self.tenant, name).await
    }
}

impl Change {
    /// What of the tenant's policies is in force, by name.
    pub async fn bindings(&mut self) -> Result<Vec<Binding>> {
        bindings(&mut self.session, &self.tenant, ACTIVE).await
    }

    /// All policies of the tenant.
    pub async fn policies(&mut self) -> Result<BTreeMap<PolicyName, Standing>> {
        all(&mut self.session, &self.tenant).await
    }

    /// One policy of the tenant.
    pub async fn policy(&mut self, name: &PolicyName) -> Result<Option<Standing>> {
        one(&mut self.session, &self.tenant, name).await
    }

    /// Says which versions of a policy do what, and makes the policy if there is none.
    pub async fn put_policy(&mut self, name: &PolicyName, standing: Standing) -> Result<()> {
        let statement = POLICIES
            .sql(
                "INSERT INTO policies (tenant_id, name, active, shadow, shadow_percent, newest)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (tenant_id, name) DO UPDATE SET active = excluded.active, shadow = excluded.shadow,
                 shadow_percent = excluded.shadow_percent, newest = excluded.newest",
            )
            .bind(self.tenant.as_str())
            .bind(name.as_str())
            .bind(standing.active.map(i64::from))
            .bind(standing.shadow.map(|shadow| i64::from(shadow.version)))
            .bind(standing.shadow.map_or(0, |shadow| i64::from(shadow.percent)))
            .bind(i64::from(standing.newest));
        self.session.run(statement).await.map(drop)
    }

    /// Takes away a policy with all of its versions. `false` if there is no such policy.
    pub async fn delete_policy(&mut self, name: &PolicyName) -> Result<bool> {
        for text in [
            "DELETE FROM policy_versions WHERE tenant_id = $1 AND name = $2",
            "DELETE FROM policies WHERE tenant_id = $1 AND name = $2",
        ] {
            let statement = POLICIES.sql(text).bind(self.tenant.as_str()).bind(name.as_str());
            if self.session.run(statement).await? == 0 {
                return Ok(false);
            }
        }
        self.delete_unused_components().await.map(|()| true)
    }
}

async fn bindings(session: &mut Session, tenant: &TenantId, sql: &'static str) -> Result<Vec<Binding>> {
    let rows = session.all(VERSIONS.sql(sql).bind(tenant.as_str())).await?;
    rows.iter().map(|row| read_binding(row, tenant)).collect()
}

async fn all(session: &mut Session, tenant: &TenantId) -> Result<BTreeMap<PolicyName, Standing>> {
    let statement = POLICIES.sql("SELECT * FROM policies WHERE tenant_id = $1").bind(tenant.as_str());
    let read = |row: &Row| Ok((row.parse("name", |text| PolicyName::parse(text).ok())?, read_standing(row)?));
    session.all(statement).await?.iter().map(read).collect()
}

async fn one(session: &mut Session, tenant: &TenantId, name: &PolicyName) -> Result<Option<Standing>> {
    let sql = "SELECT * FROM policies WHERE tenant_id = $1 AND name = $2";
    let statement = POLICIES.sql(sql).bind(tenant.as_str()).bind(name.as_str());
    session.one(statement).await?.as_ref().map(read_standing).transpose()
}

fn read_standing(row: &Row) -> Result<Standing> {
    let shadow = row.number_or_null("shadow")?;
    let percent = row.number("shadow_percent")?;
    Ok(Standing {
        active: row.number_or_null("active")?,
        shadow: shadow.map(|version| ShadowShare { version, percent }),
        newest: row.number("newest")?,
    })
}
