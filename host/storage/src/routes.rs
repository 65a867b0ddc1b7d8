//! Route tables as they are kept: whole, and in their order.

use wardgate_domain::route::Route;
use wardgate_domain::{Permission, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const ROUTES: Table = Table { name: "routes", key: "path" };

impl TenantStore {
    /// The tenant's route table.
    pub async fn routes(&self) -> Result<Vec<Route>> {
        all(&mut self.shared.backend.read().await?, &self.tenant).await
    }
}

impl Change {
    /// The tenant's route table.
    pub async fn routes(&mut self) -> Result<Vec<Route>> {
        all(&mut self.session, &self.tenant).await
    }

    /// Replaces the tenant's route table. Two lines for one method and path are a conflict.
    pub async fn replace_routes(&mut self, routes: &[Route]) -> Result<()> {
        let clear = ROUTES.sql("DELETE FROM routes WHERE tenant_id = $1").bind(self.tenant.as_str());
        self.session.run(clear).await?;
        for (route, place) in routes.iter().zip(0_u32..) {
            let statement = ROUTES
                .sql("INSERT INTO routes (tenant_id, method, path, permission, place) VALUES ($1, $2, $3, $4, $5)")
                .bind(self.tenant.as_str())
                .bind(route.method.as_str())
                .bind(route.path.as_str())
                .bind(route.permission.as_str())
                .bind(place);
            self.session.run(statement).await?;
        }
        Ok(())
    }
}

async fn all(session: &mut Session, tenant: &TenantId) -> Result<Vec<Route>> {
    let statement = ROUTES.sql("SELECT * FROM routes WHERE tenant_id = $1 ORDER BY place").bind(tenant.as_str());
    let read = |row: &Row| {
        Ok(Route {
            method: row.text("method")?,
            path: row.text("path")?,
            permission: row.parse("permission", |text| Permission::parse(text).ok())?,
        })
    };
    session.all(statement).await?.iter().map(read).collect()
}
