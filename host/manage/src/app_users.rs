//! Bound users: bind, list, take away.

use serde_json::json;
use wardgate_domain::app_space::AppSpace;
use wardgate_domain::app_user::AppUser;
use wardgate_domain::provider::Provider;
use wardgate_domain::user::Right;
use wardgate_domain::{AppUserId, TenantId, Timestamp, limits};
use wardgate_storage::Visibility;

use crate::app_spaces::seen_app_space;
use crate::{Caller, ManageError, Manager};

/// A user who was bound.
#[derive(Debug)]
pub struct Bound {
    /// Who.
    pub user: AppUser,
    /// Whose.
    pub app_space: AppSpace,
    /// Whether he was not known before.
    pub is_new: bool,
}

impl Manager {
    /// Binds a user to the App Space of the origin that calls; one who is bound already stays who he is. Only a simple
    /// provider's users are kept here.
    pub async fn bind_app_user(
        &self,
        caller: &Caller,
        account: String,
        info: Option<String>,
    ) -> Result<Bound, ManageError> {
        let origin = caller.origin.as_ref().ok_or(ManageError::Forbidden)?;
        if account.trim().is_empty()
            || account.chars().count() > limits::APP_USER_ACCOUNT_CHARS
            || account.chars().any(char::is_control)
        {
            let rule = format!("must be 1 to {} characters, none a control character", limits::APP_USER_ACCOUNT_CHARS);
            return Err(ManageError::invalid("accountId", rule));
        }
        if info.as_ref().is_some_and(|info| info.len() > limits::APP_USER_INFO_BYTES) {
            let rule = format!("must be at most {} bytes", limits::APP_USER_INFO_BYTES);
            return Err(ManageError::invalid("userInfo", rule));
        }
        let mut change = self.store.tenant(&caller.tenant).change().await?;
        let app_space = change.app_space(origin.app_space).await?.ok_or(ManageError::NotFound)?;
        if !matches!(app_space.provider, Provider::Simple) {
            return Err(ManageError::Conflict("the App Space's users are known by its identity provider"));
        }
        let now = self.clock.now();
        let (user, is_new) = match change.app_user(app_space.id, &account).await? {
            Some(kept) if info.is_none() || info == kept.info => {
                return Ok(Bound { user: kept, app_space, is_new: false });
            }
            Some(kept) => (AppUser { info, bound: now, ..kept }, false),
            None if change.count_app_users(app_space.id).await? >= limits::APP_USERS_PER_APP_SPACE => {
                return Err(ManageError::LimitReached("the App Space has as many users as it may"));
            }
            None => {
                let id = self.random.app_user_id();
                (AppUser { id, app_space: app_space.id, account, info, created: now, bound: now }, true)
            }
        };
        change.put_app_user(&user).await?;
        let detail = json!({ "app_space": app_space.id.to_string(), "account": user.account, "is_new": is_new });
        // Nothing that anybody holds a copy of: calls are not made by bound users.
        change.commit(caller.event("app-user.bound", &user.id.to_string(), &detail), Visibility::Quiet).await?;
        Ok(Bound { user, app_space, is_new })
    }

    /// At most `limit` users of an App Space after the one who was made at a time and has an id, oldest first.
    pub async fn list_app_users(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        space: &str,
        after: Option<(Timestamp, AppUserId)>,
        limit: u32,
    ) -> Result<Vec<AppUser>, ManageError> {
        let space = seen_app_space(caller, Right::ReadAppUsers, tenant, space)?;
        let scoped = self.store.tenant(tenant);
        scoped.app_space(space).await?.ok_or(ManageError::NotFound)?;
        Ok(scoped.app_users(space, after, limit).await?)
    }

    /// Takes a user of an App Space away. Bound again, he is somebody new.
    pub async fn delete_app_user(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        space: &str,
        id: &str,
    ) -> Result<(), ManageError> {
        let space = seen_app_space(caller, Right::ManageAppUsers, tenant, space)?;
        let id = AppUserId::parse(id).ok_or(ManageError::NotFound)?;
        let mut change = self.store.tenant(tenant).change().await?;
        if !change.delete_app_user(space, id).await? {
            return Err(ManageError::NotFound);
        }
        let detail = json!({ "app_space": space.to_string() });
        change.commit(caller.event("app-user.deleted", &id.to_string(), &detail), Visibility::Quiet).await?;
        Ok(())
    }
}
