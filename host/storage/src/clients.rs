//! OAuth clients as they are kept. They belong to the cluster: ask the handle of the tenant `*` for them.

use wardgate_domain::ClientId;
use wardgate_domain::client::{Client, GrantType};

use crate::change::Change;
use crate::error::Result;
use crate::row::{json_grants, json_list};
use crate::scope::TenantStore;
use crate::statement::Table;

const CLIENTS: Table = Table { name: "clients", key: "id" };

impl TenantStore {
    /// The client with this id.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        let statement = CLIENTS
            .sql("SELECT * FROM clients WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        let Some(row) = self.shared.backend.read().await?.one(statement).await? else { return Ok(None) };
        let grant_types = row.list("grant_types")?.iter().map(|text| GrantType::parse(text)).collect::<Option<_>>();
        Ok(Some(Client {
            id: id.clone(),
            secret: row.hash("secret")?,
            grant_types: grant_types.ok_or_else(|| row.corrupt("grant_types"))?,
            grants: row.grants("grants")?,
            access_s: row.number("access_s")?,
            refresh_s: row.number("refresh_s")?,
            enabled: row.flag("enabled")?,
            created: row.time("created_ms")?,
        }))
    }
}

impl Change {
    /// Adds a client, or replaces all but the time when it was made.
    pub async fn put_client(&mut self, client: &Client) -> Result<()> {
        let statement = CLIENTS
            .sql(
                "INSERT INTO clients
                 (tenant_id, id, secret, grant_types, grants, access_s, refresh_s, enabled, created_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (tenant_id, id) DO UPDATE SET secret = excluded.secret,
                 grant_types = excluded.grant_types, grants = excluded.grants, access_s = excluded.access_s,
                 refresh_s = excluded.refresh_s, enabled = excluded.enabled",
            )
            .bind(self.tenant.as_str())
            .bind(client.id.as_str())
            .bind(client.secret.0)
            .bind(json_list(client.grant_types.iter().map(|kind| kind.as_str())))
            .bind(json_grants(&client.grants))
            .bind(client.access_s)
            .bind(client.refresh_s)
            .bind(client.enabled)
            .bind(client.created);
        self.session.run(statement).await.map(drop)
    }
}
