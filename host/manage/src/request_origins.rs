//! Request Origins: make, list, change, delete; their credentials: make, revoke. A secret is in one answer and nowhere else
//! in the clear (security rule 11).

use std::sync::Arc;

use serde_json::json;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::callback::{Callback, Callbacks, InvalidCallbacks};
use wardgate_domain::request_origin::{OriginCredential, OriginKind, OriginSecret, RequestOrigin};
use wardgate_domain::secret::{PlainSecret, Purpose, SharedSecret};
use wardgate_domain::user::{Right, Role};
use wardgate_domain::{Grants, KeyId, TenantId, limits};
use wardgate_storage::{Change, Visibility};

use crate::app_spaces::{legal_name, seen_app_space};
use crate::{Caller, ManageError, Manager};

/// What a new Request Origin is to be.
#[derive(Debug)]
pub struct NewOrigin {
    /// For people.
    pub name: String,
    /// The type of its credential.
    pub kind: OriginKind,
    /// What calls it may make, as permission patterns.
    pub grants: Vec<String>,
    /// Where others may be told to call back.
    pub callbacks: Vec<String>,
    /// Switched on or off.
    pub enabled: bool,
    /// What it is: of the cluster, perhaps an admin.
    pub role: Role,
}

/// What to change about a Request Origin; `None` leaves a member as it is.
#[derive(Debug, Default)]
pub struct OriginPatch {
    /// For people.
    pub name: Option<String>,
    /// What calls it may make.
    pub grants: Option<Vec<String>>,
    /// Where others may be told to call back.
    pub callbacks: Option<Vec<String>>,
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// What it is.
    pub role: Option<Role>,
}

impl Manager {
    /// Makes a Request Origin with its first credential. The secret is in the answer and nowhere else in the clear.
    pub async fn create_origin(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        space: &str,
        new: NewOrigin,
    ) -> Result<(RequestOrigin, PlainSecret), ManageError> {
        let space = seen_app_space(caller, Right::ManageOrigins, tenant, space)?;
        let (credential, secret) = self.new_credential(new.kind);
        let origin = RequestOrigin {
            id: self.random.key_id(),
            tenant: tenant.clone(),
            app_space: space,
            name: legal_name(new.name)?,
            enabled: new.enabled,
            role: legal_role(tenant, new.role)?,
            grants: legal_grants(&new.grants)?,
            kind: new.kind,
            current: Some(credential),
            previous: None,
            callbacks: legal_callbacks(&new.callbacks)?,
            created: self.clock.now(),
            created_by: caller.subject.to_string(),
            last_used: None,
        };
        self.may_give(caller, origin.role.rights(), &origin.grants).await?;
        let mut change = self.store.tenant(tenant).change().await?;
        change.app_space(space).await?.ok_or(ManageError::NotFound)?;
        if change.count_request_origins().await? >= limits::REQUEST_ORIGINS_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant has as many Request Origins as it may"));
        }
        change.put_request_origin(&origin).await?;
        change.commit(event(caller, "origin.created", &origin), Visibility::Visible).await?;
        Ok((origin, secret))
    }

    /// The Request Origins of an App Space, oldest first.
    pub async fn list_origins(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        space: &str,
    ) -> Result<Vec<RequestOrigin>, ManageError> {
        let space = seen_app_space(caller, Right::ReadOrigins, tenant, space)?;
        let scoped = self.store.tenant(tenant);
        scoped.app_space(space).await?.ok_or(ManageError::NotFound)?;
        Ok(scoped.request_origins(space).await?)
    }

    /// One Request Origin of `tenant`.
    pub async fn get_origin(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<RequestOrigin, ManageError> {
        caller.within(Right::ReadOrigins, tenant)?;
        let id = legal_id(id)?;
        let origin = self.store.tenant(tenant).request_origin(&id).await?.ok_or(ManageError::NotFound)?;
        caller.may_in(Right::ReadOrigins, tenant, origin.app_space)?;
        Ok(origin)
    }

    /// Changes a Request Origin.
    pub async fn change_origin(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        patch: OriginPatch,
    ) -> Result<RequestOrigin, ManageError> {
        let (mut change, mut origin) = self.origin_to_change(caller, tenant, id).await?;
        if let Some(name) = patch.name {
            origin.name = legal_name(name)?;
        }
        if let Some(callbacks) = patch.callbacks {
            origin.callbacks = legal_callbacks(&callbacks)?;
        }
        origin.enabled = patch.enabled.unwrap_or(origin.enabled);
        if patch.grants.is_some() || patch.role.is_some() {
            origin.role = patch.role.map_or(Ok(origin.role), |role| legal_role(tenant, role))?;
            origin.grants = patch.grants.map_or(Ok(origin.grants), |grants| legal_grants(&grants))?;
            self.may_give(caller, origin.role.rights(), &origin.grants).await?;
        }
        change.put_request_origin(&origin).await?;
        change.commit(event(caller, "origin.changed", &origin), Visibility::Visible).await?;
        Ok(origin)
    }

    /// Lists one more callback of a Request Origin; one that is listed already stays once.
    pub async fn add_origin_callback(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        callback: &str,
    ) -> Result<Callback, ManageError> {
        let (mut change, mut origin) = self.origin_to_change(caller, tenant, id).await?;
        let rule = || ManageError::invalid("callbackUrl", InvalidCallbacks::Entry(1));
        let added = Callback::parse(callback).ok_or_else(rule)?;
        let mut texts = origin.callbacks.to_texts();
        if texts.iter().any(|text| text == callback) {
            return Ok(added);
        }
        texts.push(callback.to_owned());
        origin.callbacks = legal_callbacks(&texts)?;
        change.put_request_origin(&origin).await?;
        change.commit(event(caller, "origin.changed", &origin), Visibility::Visible).await?;
        Ok(added)
    }

    /// Takes a Request Origin away. It is let in no more before this returns.
    pub async fn delete_origin(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<(), ManageError> {
        let (mut change, origin) = self.origin_to_change(caller, tenant, id).await?;
        change.delete_request_origin(&origin.id).await?;
        change.commit(event(caller, "origin.deleted", &origin), Visibility::Visible).await?;
        Ok(())
    }

    /// Makes a new credential for a Request Origin, perhaps of the other type. The one before works on for `overlap_s`
    /// seconds, and not at all unless that is said; one that was still working beside it ends.
    pub async fn make_origin_credential(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        kind: Option<OriginKind>,
        overlap_s: Option<u32>,
    ) -> Result<(RequestOrigin, PlainSecret), ManageError> {
        let overlap_s = overlap_s.unwrap_or(0);
        if overlap_s > limits::KEY_OVERLAP_MOST_S {
            let rule = format!("must be 0 to {} seconds", limits::KEY_OVERLAP_MOST_S);
            return Err(ManageError::invalid("overlap_s", rule));
        }
        let (mut change, mut origin) = self.origin_to_change(caller, tenant, id).await?;
        origin.kind = kind.unwrap_or(origin.kind);
        let (credential, secret) = self.new_credential(origin.kind);
        let until = credential.made.plus_s(overlap_s);
        origin.previous = origin.current.replace(credential).filter(|_| overlap_s > 0).map(|before| (before, until));
        change.put_request_origin(&origin).await?;
        change.commit(event(caller, "origin.credential-made", &origin), Visibility::Visible).await?;
        Ok((origin, secret))
    }

    /// Ends the credentials of a Request Origin, which stays.
    pub async fn revoke_origin_credentials(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
    ) -> Result<(), ManageError> {
        let (mut change, mut origin) = self.origin_to_change(caller, tenant, id).await?;
        (origin.current, origin.previous) = (None, None);
        change.put_request_origin(&origin).await?;
        change.commit(event(caller, "origin.credentials-revoked", &origin), Visibility::Visible).await?;
        Ok(())
    }

    /// A change under way, and the origin that it is about. Only an admin touches one that is an admin: whoever makes its
    /// credentials has what it has.
    async fn origin_to_change(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
    ) -> Result<(Change, RequestOrigin), ManageError> {
        caller.within(Right::ManageOrigins, tenant)?;
        let id = legal_id(id)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let origin = change.request_origin(&id).await?.ok_or(ManageError::NotFound)?;
        caller.may_in(Right::ManageOrigins, tenant, origin.app_space)?;
        if origin.role != Role::Member {
            caller.must_be_admin()?;
        }
        Ok((change, origin))
    }

    /// A credential with a secret of 256 bits (security rule 1), and the secret itself.
    fn new_credential(&self, kind: OriginKind) -> (OriginCredential, PlainSecret) {
        let plain = self.random.secret();
        let secret = match kind {
            OriginKind::Basic => OriginSecret::Basic(self.hasher.hash(Purpose::OriginSecret, plain.expose())),
            OriginKind::Hmac => {
                let held = SharedSecret::new(PlainSecret::new(plain.expose().to_owned()));
                OriginSecret::Hmac(Arc::new(held))
            }
        };
        (OriginCredential { secret, last4: plain.last4(), made: self.clock.now() }, plain)
    }
}

/// What is no legal id names nothing.
fn legal_id(id: &str) -> Result<KeyId, ManageError> {
    KeyId::parse(id).map_err(|_| ManageError::NotFound)
}

fn legal_grants(grants: &[String]) -> Result<Grants, ManageError> {
    Grants::parse(grants).map_err(|e| ManageError::invalid("grants", e))
}

fn legal_callbacks(callbacks: &[String]) -> Result<Callbacks, ManageError> {
    Callbacks::parse(callbacks).map_err(|e| ManageError::invalid("callbacks", e))
}

fn legal_role(tenant: &TenantId, role: Role) -> Result<Role, ManageError> {
    match role {
        Role::Member => Ok(role),
        Role::Admin if tenant.is_cluster() => Ok(role),
        _ => Err(ManageError::invalid("role", "must be member, or of the cluster's origins admin")),
    }
}

fn event(caller: &Caller, action: &'static str, origin: &RequestOrigin) -> AuditEvent {
    let detail = json!({
        "app_space": origin.app_space.to_string(),
        "name": origin.name,
        "enabled": origin.enabled,
        "role": origin.role.as_str(),
        "grants": origin.grants.to_texts(),
        "kind": origin.kind.as_str(),
        "has_credential": origin.current.is_some(),
        "previous_until_ms": origin.previous.as_ref().map(|(_, until)| until.as_ms()),
        "callbacks": origin.callbacks.to_texts(),
    });
    caller.event(action, origin.id.as_str(), &detail)
}
