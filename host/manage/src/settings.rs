//! Settings of a tenant, and the web pages that they let in.

use serde_json::json;
use wardgate_domain::origin::OriginSet;
use wardgate_domain::setting::{CORS_ORIGINS, Setting, origins};
use wardgate_domain::user::Right;
use wardgate_domain::{TenantId, limits};
use wardgate_storage::Visibility;

use crate::{Caller, ManageError, Manager};

impl Manager {
    /// A tenant's settings, by location and name.
    pub async fn list_settings(&self, caller: &Caller, tenant: &TenantId) -> Result<Vec<Setting>, ManageError> {
        caller.may(Right::ReadTenants, tenant)?;
        let scoped = self.store.tenant(tenant);
        scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        Ok(scoped.settings().await?)
    }

    /// Sets something, and answers all that is set then.
    pub async fn put_setting(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        setting: Setting,
    ) -> Result<Vec<Setting>, ManageError> {
        caller.may(Right::ManageTenants, tenant)?;
        check(&setting)?;
        let mut change = self.store.tenant(tenant).change().await?;
        change.tenant().await?.ok_or(ManageError::NotFound)?;
        change.put_setting(&setting).await?;
        let settings = change.settings().await?;
        if settings.len() > limits::SETTINGS_PER_TENANT as usize {
            return Err(ManageError::LimitReached("the tenant has as many settings as it may"));
        }
        let detail = json!({ "location": setting.location, "shared": setting.shared });
        change.commit(caller.event("setting.put", &setting.name, &detail), Visibility::Visible).await?;
        Ok(settings)
    }

    /// Takes a setting away, and answers what is set then.
    pub async fn delete_setting(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        location: &str,
        name: &str,
    ) -> Result<Vec<Setting>, ManageError> {
        caller.may(Right::ManageTenants, tenant)?;
        let mut change = self.store.tenant(tenant).change().await?;
        if !change.delete_setting(location, name).await? {
            return Err(ManageError::NotFound);
        }
        let settings = change.settings().await?;
        let detail = json!({ "location": location });
        change.commit(caller.event("setting.deleted", name, &detail), Visibility::Visible).await?;
        Ok(settings)
    }

    /// Whether a page from `origin` may call us, because a tenant in service says so. From memory, as long as nothing
    /// has changed anywhere.
    pub async fn lets_in_pages_of(&self, origin: &str) -> Result<bool, ManageError> {
        Ok(self.page_origins.now(&self.store, || self.read_page_origins()).await?.matches(origin))
    }

    async fn read_page_origins(&self) -> Result<OriginSet, ManageError> {
        let values = self.store.directory().values_in_service(CORS_ORIGINS).await?;
        // They were checked when they were set; one that is broken all the same lets nobody in.
        Ok(values.iter().filter_map(|value| origins(value).ok()).flatten().collect())
    }
}

fn check(setting: &Setting) -> Result<(), ManageError> {
    let fits = |text: &str| (1..=limits::SETTING_NAME_BYTES).contains(&text.len());
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if !fits(&setting.location)
        || !setting.location.starts_with('/')
        || !setting.location.bytes().all(|b| is_word(b) || b == b'/')
    {
        let rule = format!("must begin with / and be at most {} of A-Z a-z 0-9 . _ - /", limits::SETTING_NAME_BYTES);
        return Err(ManageError::invalid("location", rule));
    }
    if !fits(&setting.name) || !setting.name.bytes().all(is_word) {
        let rule = format!("must be 1 to {} of A-Z a-z 0-9 . _ -", limits::SETTING_NAME_BYTES);
        return Err(ManageError::invalid("name", rule));
    }
    if setting.value.len() > limits::SETTING_VALUE_BYTES {
        return Err(ManageError::invalid("value", format!("must be at most {} bytes", limits::SETTING_VALUE_BYTES)));
    }
    if setting.name == CORS_ORIGINS {
        origins(&setting.value).map_err(|e| ManageError::invalid("value", e))?;
    }
    Ok(())
}
