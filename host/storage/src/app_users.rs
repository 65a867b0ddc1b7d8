//! Bound users as they are kept: those of an App Space, by what its services call them.

use uuid::Uuid;
use wardgate_domain::app_user::AppUser;
use wardgate_domain::{AppSpaceId, AppUserId, TenantId, Timestamp};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const APP_USERS: Table = Table { name: "app_users", key: "id" };

impl TenantStore {
    /// The user whom the App Space's services call so.
    pub async fn app_user(&self, space: AppSpaceId, account: &str) -> Result<Option<AppUser>> {
        by_account(&mut self.shared.backend.read().await?, &self.tenant, space, account).await
    }

    /// At most `limit` users of an App Space after the one who was made at a time and has an id, oldest first.
    pub async fn app_users(
        &self,
        space: AppSpaceId,
        after: Option<(Timestamp, AppUserId)>,
        limit: u32,
    ) -> Result<Vec<AppUser>> {
        let (made, id) = after.map_or((i64::MIN, String::new()), |(made, id)| (made.as_ms(), id.to_string()));
        let statement = APP_USERS
            .sql(
                "SELECT * FROM app_users WHERE tenant_id = $1 AND app_space_id = $2 AND (created_ms, id) > ($3, $4)
                 ORDER BY created_ms, id LIMIT $5",
            )
            .bind(self.tenant.as_str())
            .bind(space.to_string())
            .bind(made)
            .bind(id)
            .bind(limit);
        self.shared.backend.list().await?.all(statement).await?.iter().map(read).collect()
    }
}

impl Change {
    /// The user whom the App Space's services call so.
    pub async fn app_user(&mut self, space: AppSpaceId, account: &str) -> Result<Option<AppUser>> {
        by_account(&mut self.session, &self.tenant, space, account).await
    }

    /// How many users an App Space has.
    pub async fn count_app_users(&mut self, space: AppSpaceId) -> Result<u32> {
        let statement = APP_USERS
            .sql("SELECT count(*) AS users FROM app_users WHERE tenant_id = $1 AND app_space_id = $2")
            .bind(self.tenant.as_str())
            .bind(space.to_string());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("users"))
    }

    /// Adds a user, or replaces what is said of him and when he was bound.
    pub async fn put_app_user(&mut self, user: &AppUser) -> Result<()> {
        let statement = APP_USERS
            .sql(
                "INSERT INTO app_users (tenant_id, app_space_id, account, id, info, created_ms, bound_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (tenant_id, app_space_id, account) DO UPDATE SET info = excluded.info,
                 bound_ms = excluded.bound_ms",
            )
            .bind(self.tenant.as_str())
            .bind(user.app_space.to_string())
            .bind(user.account.as_str())
            .bind(user.id.to_string())
            .bind(user.info.as_deref())
            .bind(user.created)
            .bind(user.bound);
        self.session.run(statement).await.map(drop)
    }

    /// Takes a user of an App Space away; `false` if there is none.
    pub async fn delete_app_user(&mut self, space: AppSpaceId, id: AppUserId) -> Result<bool> {
        let statement = APP_USERS
            .sql("DELETE FROM app_users WHERE tenant_id = $1 AND app_space_id = $2 AND id = $3")
            .bind(self.tenant.as_str())
            .bind(space.to_string())
            .bind(id.to_string());
        Ok(self.session.run(statement).await? == 1)
    }
}

async fn by_account(
    session: &mut Session,
    tenant: &TenantId,
    space: AppSpaceId,
    account: &str,
) -> Result<Option<AppUser>> {
    let statement = APP_USERS
        .sql("SELECT * FROM app_users WHERE tenant_id = $1 AND app_space_id = $2 AND account = $3")
        .bind(tenant.as_str())
        .bind(space.to_string())
        .bind(account);
    session.one(statement).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<AppUser> {
    Ok(AppUser {
        id: row.parse("id", |text| Uuid::try_parse(text).ok().map(AppUserId))?,
        app_space: row.parse("app_space_id", AppSpaceId::parse)?,
        account: row.text("account")?,
        info: row.text_or_null("info")?,
        created: row.time("created_ms")?,
        bound: row.time("bound_ms")?,
    })
}
