//! API keys: create, list, change, revoke, delete.

mod import;
mod rotate;
mod rules;

use serde_json::json;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::key::{Expiry, Key, KeyFormat};
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::user::Right;
use wardgate_domain::{KeyId, TenantId, Timestamp};
use wardgate_storage::{TenantStore, Visibility};

use crate::{Caller, ManageError, Manager};
use rules::{legal_addresses, legal_change, legal_grants, legal_name, legal_origins, legal_rate};

/// What a new key is to be.
#[derive(Debug)]
pub struct NewKey {
    /// What the key itself is to be.
    pub secret: NewSecret,
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
    /// The pages that it may be used from, as web origins; none is anywhere.
    pub origins: Vec<String>,
    /// The addresses that it may be used from, as ranges; none is anywhere.
    pub addresses: Vec<String>,
}

/// Where a new key comes from.
#[derive(Debug)]
pub enum NewSecret {
    /// It is made here, in this form.
    Made(KeyFormat),
    /// The caller brings one that is in use elsewhere.
    Brought(PlainSecret),
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
    /// The pages that it may be used from; an empty list is anywhere.
    pub origins: Option<Vec<String>>,
    /// The addresses that it may be used from; an empty list is anywhere.
    pub addresses: Option<Vec<String>>,
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
        let is_brought = matches!(new.secret, NewSecret::Brought(_));
        let (action, format, (id, plain)) = match new.secret {
            NewSecret::Made(format) => ("key.created", format, format.make(&self.random)),
            NewSecret::Brought(plain) => {
                ("key.imported", KeyFormat::Uuid, (self.random.key_id(), Self::legal_import(caller, plain)?))
            }
        };
        let key = Key {
            line: id.clone(),
            id,
            tenant: tenant.clone(),
            hash: self.hasher.hash(Purpose::ApiKey, plain.expose()),
            format,
            last4: plain.last4(),
            name: legal_name(new.name)?,
            grants: legal_grants(&new.permissions)?,
            enabled: new.enabled,
            expires: new.expires,
            revoked: None,
            rate: legal_rate(new.rate)?,
            origins: legal_origins(&new.origins)?,
            addresses: legal_addresses(&new.addresses)?,
            replaced_by: None,
            created: self.clock.now(),
            created_by: caller.subject.to_string(),
            last_used: None,
        };
        caller.may_grant(&key.grants)?;
        let mut change = scoped.change().await?;
        if change.count_keys().await? >= owner.limits.keys {
            return Err(ManageError::LimitReached("the tenant has as many keys as its limits allow"));
        }
        if is_brought {
            self.check_free(&plain).await?;
        }
        change.insert_key(&key).await?;
        change.commit(event(caller, action, &key), Visibility::Visible).await?;
        Ok((key, plain))
    }

    /// At most `limit` keys of `tenant`, oldest first: from the first on, or after the one that was made then and has
    /// this handle.
    pub async fn list_keys(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        after: Option<&(Timestamp, KeyId)>,
        limit: u32,
    ) -> Result<Vec<Key>, ManageError> {
        caller.may(Right::ViewKeys, tenant)?;
        Ok(self.store.tenant(tenant).keys(after, limit).await?)
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
            || patch.frequency_s.is_some()
            || patch.origins.is_some()
            || patch.addresses.is_some();
        let wanted = legal_change(patch, &key)?;
        let before = key.rate;
        let mut changed = key.change(wanted).map_err(|why| ManageError::Conflict(why.as_str()))?;
        if gives {
            caller.may_grant(&changed.grants)?;
        }
        if revoke {
            changed = changed.revoke(self.clock.now());
        }
        change.update_key(&changed).await?;
        if changed.rate != before {
            change.set_line_rate(&changed.line, changed.rate).await?;
        }
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
        "origins": key.origins.to_texts(),
        "addresses": key.addresses.to_texts(),
    });
    AuditEvent { actor: caller.actor(), action, target: key.id.to_string(), detail: detail.to_string() }
}
