//! API keys: create, list, change, revoke, delete.

use serde_json::json;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::key::{Expiry, Key, KeyChange};
use wardgate_domain::limits;
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::user::Right;
use wardgate_domain::{Grants, KeyId, TenantId, Timestamp};
use wardgate_storage::{TenantStore, Visibility};

use crate::{Caller, ManageError, Manager};

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// For people.
    pub name: String,
    /// What it may do, as permission patterns.
    pub permissions: Vec<String>,
    /// Switched on or off.
    pub enabled: bool,
    /// When it stops working.
    pub expires: Option<Timestamp>,
    /// How often it may be used.
    pub rate: Rate,
}

/// What to change about a key; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct KeyPatch {
    /// For people.
    pub name: Option<String>,
    /// What it may do, as permission patterns.
    pub permissions: Option<Vec<String>>,
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// When it stops working.
    pub expires: Option<Expiry>,
    /// Calls per period.
    pub capacity: Option<u32>,
    /// The period, in seconds.
    pub frequency_s: Option<u32>,
    /// Ends the key for good.
    pub revoke: bool,
}

impl Manager {
    /// Makes a key. The plain key is in the answer and nowhere else.
    pub async fn create_key(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        new: NewKey,
    ) -> Result<(Key, PlainSecret), ManageError> {
        caller.may(Right::CreateKeys, tenant)?;
        let scoped = self.store.tenant(tenant);
        let owner = scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        let plain = self.random.uuid_secret();
        let key = Key {
            id: self.random.key_id(),
            tenant: tenant.clone(),
            hash: self.hasher.hash(Purpose::ApiKey, plain.expose()),
            last4: plain.last4(),
            name: legal_name(new.name)?,
            grants: legal_grants(&new.permissions)?,
            enabled: new.enabled,
            expires: new.expires,
            revoked: None,
            rate: legal_rate(new.rate)?,
            created: self.clock.now(),
            created_by: caller.subject.to_string(),
            last_used: None,
        };
        caller.may_grant(&key.grants)?;
        let mut change = scoped.change().await?;
        if change.count_keys().await? >= owner.limits.keys {
            return Err(ManageError::LimitReached("the tenant has as many keys as its limits allow"));
        }
        change.insert_key(&key).await?;
        change.commit(event(caller, "key.created", &key), Visibility::Visible).await?;
        Ok((key, plain))
    }

    /// The keys of `tenant`, oldest first, at most [`limits::KEYS_PER_PAGE`].
    pub async fn list_keys(&self, caller: &Caller, tenant: &TenantId) -> Result<Vec<Key>, ManageError> {
        caller.may(Right::ReadKeys, tenant)?;
        Ok(self.store.tenant(tenant).keys(limits::KEYS_PER_PAGE).await?)
    }

    /// One key of `tenant`, named by its handle or by the key itself.
    pub async fn get_key(&self, caller: &Caller, tenant: &TenantId, name: &str) -> Result<Key, ManageError> {
        caller.may(Right::ReadKeys, tenant)?;
        self.named_key(&self.store.tenant(tenant), name).await
    }

    /// Changes a key, or revokes it. A revoked key stays as it is, and revoking it again changes nothing.
    pub async fn change_key(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        patch: KeyPatch,
    ) -> Result<Key, ManageError> {
        caller.may(Right::UpdateKeys, tenant)?;
        let scoped = self.store.tenant(tenant);
        let id = self.named_key(&scoped, name).await?.id;
        let mut change = scoped.change().await?;
        let key = change.key(&id).await?.ok_or(ManageError::NotFound)?;
        let revoke = patch.revoke;
        if revoke && key.revoked.is_some() {
            return Ok(key);
        }
        // All but taking away and naming gives whoever has the key something.
        let gives = patch.permissions.is_some()
            || patch.enabled == Some(true)
            || patch.expires.is_some()
            || patch.capacity.is_some()
            || patch.frequency_s.is_some();
        let wanted = legal_change(patch, &key)?;
        let mut changed = key.change(wanted).map_err(|_| ManageError::Conflict("a revoked key cannot be changed"))?;
        if gives {
            caller.may_grant(&changed.grants)?;
        }
        if revoke {
            changed = changed.revoke(self.clock.now());
        }
        change.update_key(&changed).await?;
        let action = if revoke { "key.revoked" } else { "key.changed" };
        change.commit(event(caller, action, &changed), Visibility::Visible).await?;
        Ok(changed)
    }

    /// Takes a key out of the store. It stops working at once.
    pub async fn delete_key(&self, caller: &Caller, tenant: &TenantId, name: &str) -> Result<(), ManageError> {
        caller.may(Right::DeleteKeys, tenant)?;
        let scoped = self.store.tenant(tenant);
        let key = self.named_key(&scoped, name).await?;
        let mut change = scoped.change().await?;
        if !change.delete_key(&key.id).await? {
            return Err(ManageError::NotFound);
        }
        change.commit(event(caller, "key.deleted", &key), Visibility::Visible).await?;
        Ok(())
    }

    async fn named_key(&self, scoped: &TenantStore, name: &str) -> Result<Key, ManageError> {
        let by_id = match KeyId::parse(name) {
            Ok(id) => scoped.key(&id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(key) => Some(key),
            None => scoped.key_by_hash(&self.hasher.hash(Purpose::ApiKey, name)).await?,
        };
        found.ok_or(ManageError::NotFound)
    }
}

fn event(caller: &Caller, action: &'static str, key: &Key) -> AuditEvent {
    let detail = json!({
        "name": key.name,
        "permissions": key.grants.to_texts(),
        "enabled": key.enabled,
        "expires_ms": key.expires.map(Timestamp::as_ms),
        "capacity": key.rate.capacity,
        "frequency_s": key.rate.frequency_s,
    });
    AuditEvent { actor: caller.actor(), action, target: key.id.to_string(), detail: detail.to_string() }
}

fn legal_name(name: String) -> Result<String, ManageError> {
    if name.chars().count() > limits::KEY_NAME_CHARS || name.trim().is_empty() || name.chars().any(char::is_control) {
        let rule = format!("must be 1 to {} characters, none of them a control character", limits::KEY_NAME_CHARS);
        return Err(ManageError::invalid("name", rule));
    }
    Ok(name)
}

fn legal_grants(permissions: &[String]) -> Result<Grants, ManageError> {
    if permissions.is_empty() {
        return Err(ManageError::invalid("permissions", "must name at least one permission"));
    }
    Ok(Grants::parse(permissions)?)
}

fn legal_rate(rate: Rate) -> Result<Rate, ManageError> {
    if !(1..=1_000_000).contains(&rate.capacity) {
        return Err(ManageError::invalid("capacity", "must be 1 to 1000000 calls"));
    }
    if !(1..=86_400).contains(&rate.frequency_s) {
        return Err(ManageError::invalid("frequency", "must be 1 to 86400 seconds"));
    }
    Ok(rate)
}

fn legal_change(patch: KeyPatch, key: &Key) -> Result<KeyChange, ManageError> {
    let rate = Rate {
        capacity: patch.capacity.unwrap_or(key.rate.capacity),
        frequency_s: patch.frequency_s.unwrap_or(key.rate.frequency_s),
    };
    Ok(KeyChange {
        name: patch.name.map(legal_name).transpose()?,
        grants: patch.permissions.map(|permissions| legal_grants(&permissions)).transpose()?,
        enabled: patch.enabled,
        expires: patch.expires,
        rate: Some(legal_rate(rate)?),
    })
}
