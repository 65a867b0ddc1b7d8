//! The bytes of modules. They are kept once, whoever uploaded them; a tenant reads those that a version of its own is made
//! of.

use wardgate_domain::policy::ModuleDigest;

use crate::change::Change;
use crate::directory::Directory;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const COMPONENTS: Table = Table { name: "components", key: "digest" };

impl TenantStore {
    /// The bytes of a module that some version of the tenant is made of.
    pub async fn component(&self, digest: ModuleDigest) -> Result<Option<Vec<u8>>> {
        let statement = COMPONENTS
            .sql(
                "SELECT * FROM components WHERE digest = $2
                 AND EXISTS (SELECT 1 FROM policy_versions WHERE tenant_id = $1 AND module = $2)",
            )
            .bind(self.tenant.as_str())
            .bind(digest.to_string());
        let row = self.shared.backend.list().await?.one(statement).await?;
        row.map(|row| row.bytes("bytes")).transpose()
    }

    /// Whether some version of the tenant is made of a module, and how long that is in bytes.
    pub async fn component_length(&self, digest: ModuleDigest) -> Result<Option<u64>> {
        let statement = COMPONENTS
            .sql(
                "SELECT digest, length(bytes) AS length FROM components WHERE digest = $2
                 AND EXISTS (SELECT 1 FROM policy_versions WHERE tenant_id = $1 AND module = $2)",
            )
            .bind(self.tenant.as_str())
            .bind(digest.to_string());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.map(|row| row.number("length")).transpose()
    }

    /// How long the longest module is that some version of the tenant is made of, in bytes; 0 if there is none.
    pub async fn longest_component(&self) -> Result<u64> {
        let statement = COMPONENTS
            .sql(
                "SELECT coalesce(max(length(bytes)), 0) AS length FROM components
                 WHERE digest IN (SELECT module FROM policy_versions WHERE tenant_id = $1)",
            )
            .bind(self.tenant.as_str());
        self.shared.backend.list().await?.one(statement).await?.map_or(Ok(0), |row| row.number("length"))
    }
}

impl Directory {
    /// The modules that versions in force, shadows and what a rollback goes back to are made of, of all tenants.
    pub async fn components_in_use(&self) -> Result<Vec<ModuleDigest>> {
        let statement = COMPONENTS.sql(
            "SELECT DISTINCT v.module AS digest FROM policies p JOIN policy_versions v
             ON v.tenant_id = p.tenant_id AND v.name = p.name AND (v.version IN (p.active, p.shadow)
             OR v.version = (SELECT a.replaced FROM policy_versions a
             WHERE a.tenant_id = p.tenant_id AND a.name = p.name AND a.version = p.active))",
        );
        self.shared.backend.list().await?.all(statement).await?.iter().map(digest).collect()
    }

    /// All modules that are kept.
    pub async fn components(&self) -> Result<Vec<ModuleDigest>> {
        let statement = COMPONENTS.sql("SELECT digest FROM components");
        self.shared.backend.list().await?.all(statement).await?.iter().map(digest).collect()
    }

    /// The bytes of a module, whoever it is of.
    pub async fn component(&self, digest: ModuleDigest) -> Result<Option<Vec<u8>>> {
        let statement = COMPONENTS.sql("SELECT * FROM components WHERE digest = $1").bind(digest.to_string());
        let row = self.shared.backend.list().await?.one(statement).await?;
        row.map(|row| row.bytes("bytes")).transpose()
    }
}

impl Change {
    /// Keeps the bytes of a module, if they are not kept already.
    pub async fn put_component(&mut self, digest: ModuleDigest, bytes: Vec<u8>) -> Result<()> {
        let statement = COMPONENTS
            .sql("INSERT INTO components (digest, bytes) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(digest.to_string())
            .bind(bytes);
        self.session.run(statement).await.map(drop)
    }

    /// Takes away the bytes that no version of any tenant is made of any more.
    pub(crate) async fn delete_unused_components(&mut self) -> Result<()> {
        let sql = "DELETE FROM components
                   WHERE NOT EXISTS (SELECT 1 FROM policy_versions WHERE module = components.digest)";
        self.session.run(COMPONENTS.sql(sql)).await.map(drop)
    }
}

fn digest(row: &Row) -> Result<ModuleDigest> {
    row.parse("digest", ModuleDigest::parse)
}
