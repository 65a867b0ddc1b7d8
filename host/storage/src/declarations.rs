//! What a tenant's file declared when it was last applied.

use wardgate_domain::tenant::DeclarationDigest;

use crate::change::Change;
use crate::error::Result;
use crate::scope::TenantStore;
use crate::statement::Table;

const DECLARATIONS: Table = Table { name: "declarations", key: "tenant_id" };

impl TenantStore {
    /// The digest of the declaration that was applied last, whether or not the tenant is still there.
    pub async fn declaration(&self) -> Result<Option<DeclarationDigest>> {
        let statement = DECLARATIONS.sql("SELECT * FROM declarations WHERE tenant_id = $1").bind(self.tenant.as_str());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.map(|row| Ok(DeclarationDigest(row.hash("digest")?.0))).transpose()
    }
}

impl Change {
    /// Notes which declaration was applied.
    pub async fn put_declaration(&mut self, digest: DeclarationDigest) -> Result<()> {
        let statement = DECLARATIONS
            .sql(
                "INSERT INTO declarations (tenant_id, digest) VALUES ($1, $2)
                 ON CONFLICT (tenant_id) DO UPDATE SET digest = excluded.digest",
            )
            .bind(self.tenant.as_str())
            .bind(digest.0);
        self.session.run(statement).await.map(drop)
    }
}
