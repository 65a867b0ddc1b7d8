//! OAuth clients as they are kept. They belong to the cluster: ask the handle of the tenant `*` for them.

use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::{ClientId, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::{Row, json_grants, json_list};
use crate::scope::TenantStore;
use crate::statement::Table;

const CLIENTS: Table = Table { name: "clients", key: "id" };

impl TenantStore {
    /// The client with this id.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        by_id(&mut self.shared.backend.read().await?, &self.tenant, id).await
    }

    /// All clients, by id.
    pub async fn clients(&self) -> Result<Vec<Client>> {
        let statement =
            CLIENTS.sql("SELECT * FROM clients WHERE tenant_id = $1 ORDER BY id").bind(self.tenant.as_str());
        self.shared.backend.list().await?.all(statement).await?.iter().map(read).collect()
    }
}

impl Change {
    /// The client with this id.
    pub async fn client(&mut self, id: &ClientId) -> Result<Option<Client>> {
        by_id(&mut self.session, &self.tenant, id).await
    }

    /// The cluster's clients that are bound to this tenant, among others or alone.
    pub async fn clients_bound(&mut self) -> Result<Vec<Client>> {
        let statement = CLIENTS
            .sql("SELECT * FROM clients WHERE tenant_id = $1 AND tenants IS NOT NULL ORDER BY id")
            .bind(TenantId::cluster().as_str());
        let bound = self.session.all(statement).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(bound.into_iter().filter(|client| client.serves(&self.tenant)).collect())
    }

    /// How many clients there are.
    pub async fn count_clients(&mut self) -> Result<u32> {
        let statement =
            CLIENTS.sql("SELECT count(*) AS clients FROM clients WHERE tenant_id = $1").bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("clients"))
    }

    /// Forgets a client. `false` if there is no such client.
    pub async fn delete_client(&mut self, id: &ClientId) -> Result<bool> {
        let statement = CLIENTS
            .sql("DELETE FROM clients WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }

    /// Adds a client, or replaces all but the time when it was made.
    pub async fn put_client(&mut self, client: &Client) -> Result<()> {
        let tenant = self.tenant.clone();
        self.put_client_of(&tenant, client).await
    }

    /// The same for a client of the cluster that is changed because this tenant ends.
    pub async fn put_cluster_client(&mut self, client: &Client) -> Result<()> {
        self.put_client_of(&TenantId::cluster(), client).await
    }

    async fn put_client_of(&mut self, tenant: &TenantId, client: &Client) -> Result<()> {
        let statement = CLIENTS
            .sql(
                "INSERT INTO clients (tenant_id, id, secret, name, description, grant_types, redirect_uris, scopes,
                 authorities, internal, tenants, grants, access_s, refresh_s, enabled, created_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                 ON CONFLICT (tenant_id, id) DO UPDATE SET secret = excluded.secret, name = excluded.name,
                 description = excluded.description, grant_types = excluded.grant_types,
                 redirect_uris = excluded.redirect_uris, scopes = excluded.scopes,
                 authorities = excluded.authorities, internal = excluded.internal, tenants = excluded.tenants,
                 grants = excluded.grants, access_s = excluded.access_s, refresh_s = excluded.refresh_s,
                 enabled = excluded.enabled",
            )
            .bind(tenant.as_str())
            .bind(client.id.as_str())
            .bind(client.secret.map(|hash| hash.0.to_vec()))
            .bind(client.name.as_str())
            .bind(client.description.as_str())
            .bind(json_list(client.grant_types.iter().map(|kind| kind.as_str())))
            .bind(json_list(&client.redirect_uris))
            .bind(json_list(&client.scopes))
            .bind(json_list(&client.authorities))
            .bind(client.internal)
            .bind(client.tenants.as_ref().map(|tenants| json_list(tenants.iter().map(TenantId::as_str))))
            .bind(json_grants(&client.grants))
            .bind(client.access_s)
            .bind(client.refresh_s)
            .bind(client.enabled)
            .bind(client.created);
        self.session.run(statement).await.map(drop)
    }
}

async fn by_id(session: &mut Session, tenant: &TenantId, id: &ClientId) -> Result<Option<Client>> {
    let statement =
        CLIENTS.sql("SELECT * FROM clients WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id.as_str());
    session.one(statement).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Client> {
    let grant_types = row.list("grant_types")?.iter().map(|text| GrantType::parse(text)).collect::<Option<_>>();
    let tenants = |json: &str| {
        let ids: Vec<String> = serde_json::from_str(json).ok()?;
        ids.iter().map(|id| TenantId::parse(id).ok()).collect::<Option<_>>()
    };
    Ok(Client {
        id: row.parse("id", |text| ClientId::parse(text).ok())?,
        secret: row.hash_or_null("secret")?,
        name: row.text("name")?,
        description: row.text("description")?,
        grant_types: grant_types.ok_or_else(|| row.corrupt("grant_types"))?,
        redirect_uris: row.list("redirect_uris")?,
        scopes: row.list("scopes")?,
        authorities: row.list("authorities")?,
        internal: row.flag("internal")?,
        tenants: row.parse_or_null("tenants", tenants)?,
        grants: row.grants("grants")?,
        access_s: row.number("access_s")?,
        refresh_s: row.number("refresh_s")?,
        enabled: row.flag("enabled")?,
        created: row.time("created_ms")?,
    })
}
