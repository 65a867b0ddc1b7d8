//! Users as they are kept.

use wardgate_domain::user::{PasswordHash, Role, User};
use wardgate_domain::{TenantId, UserName};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::json_grants;
use crate::scope::TenantStore;
use crate::statement::Table;

const USERS: Table = Table { name: "users", key: "name" };

impl TenantStore {
    /// The user with this name.
    pub async fn user(&self, name: &UserName) -> Result<Option<User>> {
        by_name(&mut self.shared.backend.read().await?, &self.tenant, name).await
    }
}

impl Change {
    /// The user with this name.
    pub async fn user(&mut self, name: &UserName) -> Result<Option<User>> {
        by_name(&mut self.session, &self.tenant, name).await
    }

    /// Adds a user, or replaces all but the time when he was made.
    pub async fn put_user(&mut self, user: &User) -> Result<()> {
        debug_assert_eq!(user.tenant, self.tenant, "a change writes its own tenant only");
        let statement = USERS
            .sql(
                "INSERT INTO users (tenant_id, name, password, role, grants, enabled, created_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (tenant_id, name) DO UPDATE SET password = excluded.password, role = excluded.role,
                 grants = excluded.grants, enabled = excluded.enabled",
            )
            .bind(self.tenant.as_str())
            .bind(user.name.as_str())
            .bind(user.password.0.as_str())
            .bind(user.role.as_str())
            .bind(json_grants(&user.grants))
            .bind(user.enabled)
            .bind(user.created);
        self.session.run(statement).await.map(drop)
    }
}

async fn by_name(session: &mut Session, tenant: &TenantId, name: &UserName) -> Result<Option<User>> {
    let statement =
        USERS.sql("SELECT * FROM users WHERE tenant_id = $1 AND name = $2").bind(tenant.as_str()).bind(name.as_str());
    let Some(row) = session.one(statement).await? else { return Ok(None) };
    Ok(Some(User {
        tenant: tenant.clone(),
        name: name.clone(),
        password: PasswordHash(row.text("password")?),
        role: row.parse("role", Role::parse)?,
        grants: row.grants("grants")?,
        enabled: row.flag("enabled")?,
        created: row.time("created_ms")?,
    }))
}
