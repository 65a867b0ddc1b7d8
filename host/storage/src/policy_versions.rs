//! Versions of policies as they are kept.

use wardgate_domain::policy::{Binding, ModuleDigest, PolicyVersion, Standing};
use wardgate_domain::{PolicyName, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::{Row, json_grants};
use crate::scope::TenantStore;
use crate::statement::Table;

pub(crate) const VERSIONS: Table = Table { name: "policy_versions", key: "name" };

impl TenantStore {
    /// The versions of a policy, oldest first.
    pub async fn policy_versions(&self, name: &PolicyName) -> Result<Vec<PolicyVersion>> {
        all(&mut self.shared.backend.read().await?, &self.tenant, name).await
    }

    /// One version of a policy.
    pub async fn policy_version(&self, name: &PolicyName, version: u32) -> Result<Option<PolicyVersion>> {
        let statement = VERSIONS
            .sql("SELECT * FROM policy_versions WHERE tenant_id = $1 AND name = $2 AND version = $3")
            .bind(self.tenant.as_str())
            .bind(name.as_str())
            .bind(version);
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.map(|row| read(&row, &self.tenant)).transpose()
    }

    /// How many versions are kept of that policy of the tenant which has the most; 0 if there is none.
    pub async fn most_policy_versions(&self) -> Result<u32> {
        let statement = VERSIONS
            .sql(
                "SELECT coalesce(max(versions), 0) AS versions FROM
                 (SELECT count(*) AS versions FROM policy_versions WHERE tenant_id = $1 GROUP BY name) AS each",
            )
            .bind(self.tenant.as_str());
        self.shared.backend.read().await?.one(statement).await?.map_or(Ok(0), |row| row.number("versions"))
    }
}

impl Change {
    /// The versions of a policy, oldest first.
    pub async fn policy_versions(&mut self, name: &PolicyName) -> Result<Vec<PolicyVersion>> {
        all(&mut self.session, &self.tenant, name).await
    }

    /// Keeps a version. Its policy and its component are kept before it.
    pub async fn insert_policy_version(&mut self, version: &PolicyVersion) -> Result<()> {
        let binding = &version.binding;
        debug_assert_eq!(binding.tenant, self.tenant, "a change writes its own tenant only");
        let statement = VERSIONS
            .sql(
                "INSERT INTO policy_versions
                 (tenant_id, name, version, module, permissions, settings, replaced, created_ms, author)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(self.tenant.as_str())
            .bind(binding.name.as_str())
            .bind(binding.version)
            .bind(binding.module.to_string())
            .bind(json_grants(&binding.permissions))
            .bind(binding.settings.as_str())
            .bind(version.replaced.map(i64::from))
            .bind(version.created)
            .bind(version.author.as_str());
        self.session.run(statement).await.map(drop)
    }

    /// Puts a version into force, and notes which one it takes the place of. A shadow that comes into force is none any more.
    pub async fn put_in_force(&mut self, name: &PolicyName, version: u32) -> Result<()> {
        let Some(standing) = self.policy(name).await? else { return Ok(()) };
        if standing.active == Some(version) {
            return Ok(());
        }
        let note = VERSIONS
            .sql("UPDATE policy_versions SET replaced = $4 WHERE tenant_id = $1 AND name = $2 AND version = $3")
            .bind(self.tenant.as_str())
            .bind(name.as_str())
            .bind(version)
            .bind(standing.active.map(i64::from));
        self.session.run(note).await?;
        self.go_back(name, version).await
    }

    /// Puts a version into force again. What it had taken the place of stays what it was.
    pub async fn go_back(&mut self, name: &PolicyName, version: u32) -> Result<()> {
        let Some(standing) = self.policy(name).await? else { return Ok(()) };
        let shadow = standing.shadow.filter(|shadow| shadow.version != version);
        self.put_policy(name, Standing { active: Some(version), shadow, ..standing }).await
    }

    /// Takes a version away, and the component if no other version has it. `false` if there is no such version.
    pub async fn delete_policy_version(&mut self, name: &PolicyName, version: u32) -> Result<bool> {
        let statement = |sql| VERSIONS.sql(sql).bind(self.tenant.as_str()).bind(name.as_str()).bind(version);
        let gone = statement("DELETE FROM policy_versions WHERE tenant_id = $1 AND name = $2 AND version = $3");
        let forgotten = statement(
            "UPDATE policy_versions SET replaced = NULL WHERE tenant_id = $1 AND name = $2 AND replaced = $3",
        );
        if self.session.run(gone).await? == 0 {
            return Ok(false);
        }
        self.session.run(forgotten).await?;
        self.delete_unused_components().await.map(|()| true)
    }
}

async fn all(session: &mut Session, tenant: &TenantId, name: &PolicyName) -> Result<Vec<PolicyVersion>> {
    let statement = VERSIONS
        .sql("SELECT * FROM policy_versions WHERE tenant_id = $1 AND name = $2 ORDER BY version")
        .bind(tenant.as_str())
        .bind(name.as_str());
    session.all(statement).await?.iter().map(|row| read(row, tenant)).collect()
}

fn read(row: &Row, tenant: &TenantId) -> Result<PolicyVersion> {
    Ok(PolicyVersion {
        binding: read_binding(row, tenant)?,
        replaced: row.number_or_null("replaced")?,
        created: row.time("created_ms")?,
        author: row.text("author")?,
    })
}

pub(crate) fn read_binding(row: &Row, tenant: &TenantId) -> Result<Binding> {
    Ok(Binding {
        tenant: tenant.clone(),
        name: row.parse("name", |text| PolicyName::parse(text).ok())?,
        version: row.number("version")?,
        module: row.parse("module", ModuleDigest::parse)?,
        permissions: row.grants("permissions")?,
        settings: row.text("settings")?,
    })
}
