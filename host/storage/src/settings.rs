//! Settings as they are kept.

use wardgate_domain::setting::Setting;

use crate::backend::Session;
use crate::change::Change;
use crate::directory::Directory;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const SETTINGS: Table = Table { name: "settings", key: "name" };

impl TenantStore {
    /// The tenant's settings, by location and name.
    pub async fn settings(&self) -> Result<Vec<Setting>> {
        all(&mut self.shared.backend.read().await?, self.tenant.as_str()).await
    }
}

impl Directory {
    /// What the tenants that are in service have set `name` to.
    pub async fn values_in_service(&self, name: &str) -> Result<Vec<String>> {
        let statement = SETTINGS
            .sql(
                "SELECT settings.name, settings.value FROM settings
                 JOIN tenants ON tenants.tenant_id = settings.tenant_id
                 WHERE settings.name = $1 AND tenants.state = 'active'",
            )
            .bind(name);
        self.shared.backend.list().await?.all(statement).await?.iter().map(|row| row.text("value")).collect()
    }
}

impl Change {
    /// The tenant's settings, by location and name.
    pub async fn settings(&mut self) -> Result<Vec<Setting>> {
        all(&mut self.session, self.tenant.as_str()).await
    }

    /// Sets what has this location and name.
    pub async fn put_setting(&mut self, setting: &Setting) -> Result<()> {
        let statement = SETTINGS
            .sql(
                "INSERT INTO settings (tenant_id, location, name, shared, value) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id, location, name) DO UPDATE SET shared = excluded.shared, value = excluded.value",
            )
            .bind(self.tenant.as_str())
            .bind(setting.location.as_str())
            .bind(setting.name.as_str())
            .bind(setting.shared)
            .bind(setting.value.as_str());
        self.session.run(statement).await.map(drop)
    }

    /// Takes a setting away. `false` if there is no such setting.
    pub async fn delete_setting(&mut self, location: &str, name: &str) -> Result<bool> {
        let statement = SETTINGS
            .sql("DELETE FROM settings WHERE tenant_id = $1 AND location = $2 AND name = $3")
            .bind(self.tenant.as_str())
            .bind(location)
            .bind(name);
        Ok(self.session.run(statement).await? == 1)
    }
}

async fn all(session: &mut Session, tenant: &str) -> Result<Vec<Setting>> {
    let statement = SETTINGS.sql("SELECT * FROM settings WHERE tenant_id = $1 ORDER BY location, name").bind(tenant);
    session.all(statement).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Setting> {
    Ok(Setting {
        location: row.text("location")?,
        name: row.text("name")?,
        shared: row.flag("shared")?,
        value: row.text("value")?,
    })
}
