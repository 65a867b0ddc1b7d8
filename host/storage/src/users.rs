//! Users as they are kept. A name is looked up by what all its spellings have in common.

use uuid::Uuid;
use wardgate_domain::user::{PasswordHash, Right, Role, User};
use wardgate_domain::{AppSpaceId, TenantId, Timestamp, UserId, UserName};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::{Row, json_grants, json_list};
use crate::scope::TenantStore;
use crate::statement::Table;

const USERS: Table = Table { name: "users", key: "name" };

impl TenantStore {
    /// The user with this name, in whatever spelling.
    pub async fn user(&self, name: &UserName) -> Result<Option<User>> {
        by_name(&mut self.shared.backend.read().await?, &self.tenant, name).await
    }

    /// The user with this lasting name.
    pub async fn user_by_id(&self, id: UserId) -> Result<Option<User>> {
        by_id(&mut self.shared.backend.read().await?, &self.tenant, id).await
    }

    /// At most `limit` users after the one who was made at a time and has an id, oldest first.
    pub async fn users(&self, after: Option<(Timestamp, UserId)>, limit: u32) -> Result<Vec<User>> {
        let (made, id) = after.map_or((i64::MIN, String::new()), |(made, id)| (made.as_ms(), id.to_string()));
        let statement = USERS
            .sql(
                "SELECT * FROM users WHERE tenant_id = $1 AND (created_ms, id) > ($2, $3)
                 ORDER BY created_ms, id LIMIT $4",
            )
            .bind(self.tenant.as_str())
            .bind(made)
            .bind(id)
            .bind(limit);
        let rows = self.shared.backend.list().await?.all(statement).await?;
        rows.iter().map(|row| read(row, &self.tenant)).collect()
    }

    /// The enabled admin who was made last, of those whose names begin with `prefix` if there are any.
    pub async fn newest_admin(&self, prefix: &str) -> Result<Option<User>> {
        let statement = USERS
            .sql(
                "SELECT * FROM users WHERE tenant_id = $1 AND enabled AND role = $2
                 ORDER BY (substr(name, 1, length($3)) = $3) DESC, created_ms DESC, id DESC LIMIT 1",
            )
            .bind(self.tenant.as_str())
            .bind(Role::Admin.as_str())
            .bind(prefix);
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.map(|row| read(&row, &self.tenant)).transpose()
    }
}

impl Change {
    /// The user with this name, in whatever spelling.
    pub async fn user(&mut self, name: &UserName) -> Result<Option<User>> {
        by_name(&mut self.session, &self.tenant, name).await
    }

    /// The user with this lasting name.
    pub async fn user_by_id(&mut self, id: UserId) -> Result<Option<User>> {
        by_id(&mut self.session, &self.tenant, id).await
    }

    /// How many users there are.
    pub async fn count_users(&mut self) -> Result<u32> {
        let statement =
            USERS.sql("SELECT count(*) AS users FROM users WHERE tenant_id = $1").bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("users"))
    }

    /// Whether anybody but this user is an enabled admin.
    pub async fn has_other_admin(&mut self, id: UserId) -> Result<bool> {
        let statement = USERS
            .sql("SELECT name FROM users WHERE tenant_id = $1 AND id <> $2 AND enabled AND role = $3 LIMIT 1")
            .bind(self.tenant.as_str())
            .bind(id.to_string())
            .bind(Role::Admin.as_str());
        Ok(self.session.one(statement).await?.is_some())
    }

    /// Adds a user, or replaces all but his name, his id and the time when he was made.
    pub async fn put_user(&mut self, user: &User) -> Result<()> {
        debug_assert_eq!(user.tenant, self.tenant, "a change writes its own tenant only");
        let statement = USERS
            .sql(
                "INSERT INTO users (tenant_id, folded, name, id, password, password_set_ms, role, privileges, app_spaces,
                 grants, enabled, email, given_name, family_name, created_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                 ON CONFLICT (tenant_id, folded) DO UPDATE SET password = excluded.password,
                 password_set_ms = excluded.password_set_ms, role = excluded.role, privileges = excluded.privileges,
                 app_spaces = excluded.app_spaces,
                 grants = excluded.grants, enabled = excluded.enabled, email = excluded.email,
                 given_name = excluded.given_name, family_name = excluded.family_name",
            )
            .bind(self.tenant.as_str())
            .bind(user.name.folded())
            .bind(user.name.as_str())
            .bind(user.id.to_string())
            .bind(user.password.0.as_str())
            .bind(user.password_set)
            .bind(user.role.as_str())
            .bind(json_list(user.privileges.iter().map(Right::privilege)))
            .bind(json_list(user.app_spaces.iter().map(ToString::to_string)))
            .bind(json_grants(&user.grants))
            .bind(user.enabled)
            .bind(user.email.as_deref())
            .bind(user.given_name.as_deref())
            .bind(user.family_name.as_deref())
            .bind(user.created);
        self.session.run(statement).await.map(drop)
    }

    /// Takes a user away; `false` if there is none. His families are ended by [`Self::revoke_families_of_user`].
    pub async fn delete_user(&mut self, id: UserId) -> Result<bool> {
        let statement = USERS
            .sql("DELETE FROM users WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.to_string());
        Ok(self.session.run(statement).await? == 1)
    }
}

async fn by_name(session: &mut Session, tenant: &TenantId, name: &UserName) -> Result<Option<User>> {
    let statement =
        USERS.sql("SELECT * FROM users WHERE tenant_id = $1 AND folded = $2").bind(tenant.as_str()).bind(name.folded());
    session.one(statement).await?.map(|row| read(&row, tenant)).transpose()
}

async fn by_id(session: &mut Session, tenant: &TenantId, id: UserId) -> Result<Option<User>> {
    let statement =
        USERS.sql("SELECT * FROM users WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id.to_string());
    session.one(statement).await?.map(|row| read(&row, tenant)).transpose()
}

fn read(row: &Row, tenant: &TenantId) -> Result<User> {
    let privileges = row.list("privileges")?.iter().map(|text| Right::parse(text)).collect::<Option<_>>();
    let app_spaces = row.list("app_spaces")?.iter().map(|text| AppSpaceId::parse(text)).collect::<Option<_>>();
    Ok(User {
        id: row.parse("id", |text| Uuid::try_parse(text).ok().map(UserId))?,
        tenant: tenant.clone(),
        name: row.parse("name", |text| UserName::parse(text).ok())?,
        password: PasswordHash(row.text("password")?),
        password_set: row.time("password_set_ms")?,
        role: row.parse("role", Role::parse)?,
        privileges: privileges.ok_or_else(|| row.corrupt("privileges"))?,
        app_spaces: app_spaces.ok_or_else(|| row.corrupt("app_spaces"))?,
        grants: row.grants("grants")?,
        enabled: row.flag("enabled")?,
        email: row.text_or_null("email")?,
        given_name: row.text_or_null("given_name")?,
        family_name: row.text_or_null("family_name")?,
        created: row.time("created_ms")?,
    })
}
