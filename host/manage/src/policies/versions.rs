//! Versions of policies: made of uploaded bytes or of new settings, looked at, and taken away. Making one changes nothing
//! of what is in force.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use wardgate_domain::policy::{Binding, PolicyVersion, Standing};
use wardgate_domain::tenant::Tenant;
use wardgate_domain::user::Right;
use wardgate_domain::{Grants, PolicyName, TenantId, limits};
use wardgate_policy::Module;
use wardgate_storage::{Change, Visibility};

use super::compiles::Underway;
use super::modules::AtHand;
use crate::{Caller, ManageError, Manager};

/// What a version is to be. What is left out is as in the version in force.
#[derive(Debug, Default)]
pub struct NewVersion {
    /// The code.
    pub code: Code,
    /// The permissions it is to answer for, as patterns; where there is no version in force, those that the module itself
    /// names.
    pub permissions: Option<Vec<String>>,
    /// Its settings, as JSON text; where there is no version in force, `{}`.
    pub settings: Option<String>,
}

/// The code of a version.
#[derive(Debug, Default)]
pub enum Code {
    /// That of the version in force.
    #[default]
    Same,
    /// A shipped module's name, or `sha256:` and the digest of one of the tenant's own.
    Named(String),
    /// A component.
    Bytes(Vec<u8>),
}

/// A version, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVersion {
    /// The version.
    pub version: PolicyVersion,
    /// The name of a shipped module, else `sha256:` and the digest.
    pub module: String,
    /// Length of the component, in bytes.
    pub size: u64,
}

/// What a version costs, measured just now.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The module.
    pub module: Arc<Module>,
    /// Taking it from disk into memory, if it was not there.
    pub load: Duration,
    /// Having it read its settings.
    pub prepare: Duration,
}

/// The versions of a policy, and which does what.
#[derive(Debug)]
pub struct Versions {
    /// Oldest first.
    pub versions: Vec<NamedVersion>,
    /// Which does what.
    pub standing: Standing,
    /// What is on its way through the compiler.
    pub underway: Vec<Underway>,
}

impl Versions {
    /// The version that a rollback goes back to.
    pub fn previous(&self) -> Option<u32> {
        let active = self.versions.iter().find(|named| Some(named.version.binding.version) == self.standing.active);
        active.and_then(|named| named.version.replaced)
    }
}

/// Leave to bring a component, for as long as it is held.
#[derive(Debug)]
pub struct Room {
    /// Its length at most.
    pub bytes: usize,
    _places: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl Manager {
    /// Leave to bring a component for a policy of `tenant`, so that nobody's bytes are read who may not bring any, and not
    /// everybody's at a time.
    pub async fn room_for_upload(&self, caller: &Caller, tenant: &TenantId) -> Result<Room, ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        let bytes = usize::try_from(owner.limits.policy_module_mib).unwrap_or(usize::MAX).saturating_mul(1024 * 1024);
        Ok(Room { bytes, _places: self.compiles.room(tenant).await? })
    }

    /// Makes a version of a policy, and the policy if there is none. Whether there was no such version yet: the same code
    /// with the same settings for the same permissions is the same version.
    pub async fn add_policy_version(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        new: NewVersion,
    ) -> Result<(NamedVersion, Measured, bool), ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        let name = PolicyName::parse(name).map_err(|e| ManageError::invalid("name", e))?;
        let began = Instant::now();
        let active = self.store.tenant(tenant).bindings().await?.into_iter().find(|binding| binding.name == name);
        let at_hand = self.code(&owner, &name, new.code, active.as_ref()).await?;
        let load = began.elapsed();
        let permissions = match (new.permissions, &active) {
            (Some(permissions), _) if permissions.is_empty() => {
                return Err(ManageError::invalid("permissions", "must name at least one permission"));
            }
            (Some(permissions), _) => Grants::parse(&permissions)?,
            (None, Some(active)) => active.permissions.clone(),
            (None, None) => at_hand.module.description().permissions.clone(),
        };
        let settings = new.settings.or(active.map(|active| active.settings)).unwrap_or_else(|| "{}".to_owned());
        let prepare = self.check_settings(&at_hand.module, &settings, &owner.limits).await?;
        let module = Arc::clone(&at_hand.module);
        let binding =
            Binding { tenant: tenant.clone(), name, version: 0, module: module.digest(), permissions, settings };
        let mut change = self.store.tenant(tenant).change().await?;
        change.tenant().await?.ok_or(ManageError::NotFound)?;
        let (version, made) = self.keep(&mut change, &caller.actor(), &owner, binding, at_hand.bytes).await?;
        if made {
            let detail = json!({ "version": version.binding.version, "module": version.binding.module.to_string(),
                "permissions": version.binding.permissions.to_texts() });
            let event = caller.event("policy.version.made", version.binding.name.as_str(), &detail);
            change.commit(event, Visibility::Quiet).await?;
        }
        Ok((self.named_version(version).await?, Measured { module, load, prepare }, made))
    }

    /// The versions of a policy.
    pub async fn policy_versions(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Versions, ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        let name = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        let scoped = self.store.tenant(tenant);
        let underway = self.compiles.underway(tenant).into_iter().filter(|underway| underway.policy == name);
        let underway: Vec<_> = underway.collect();
        let standing = scoped.policy(&name).await?;
        let standing = standing.or_else(|| (!underway.is_empty()).then(Standing::default));
        let standing = standing.ok_or(ManageError::NotFound)?;
        let mut versions = Vec::new();
        for version in scoped.policy_versions(&name).await? {
            versions.push(self.named_version(version).await?);
        }
        Ok(Versions { versions, standing, underway })
    }

    /// One version of a policy, with what it costs.
    pub async fn policy_version(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        version: u32,
    ) -> Result<(NamedVersion, Measured), ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        let found = self.find_version(tenant, name, version).await?;
        let began = Instant::now();
        let at_hand = self.module(&owner, &found.binding.name, found.binding.module).await?;
        let load = began.elapsed();
        // What was legal when it was made may not be under other limits; it is shown all the same.
        let prepare = self.check_settings(&at_hand.module, &found.binding.settings, &owner.limits).await;
        let prepare = prepare.unwrap_or_default();
        Ok((self.named_version(found).await?, Measured { module: at_hand.module, load, prepare }))
    }

    /// The bytes that a version is made of.
    pub async fn policy_component(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        version: u32,
    ) -> Result<Vec<u8>, ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        let found = self.find_version(tenant, name, version).await?;
        self.store.tenant(tenant).component(found.binding.module).await?.ok_or(ManageError::NotFound)
    }

    /// Takes a version away that does nothing.
    pub async fn delete_policy_version(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        version: u32,
    ) -> Result<(), ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let name = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let standing = change.policy(&name).await?.ok_or(ManageError::NotFound)?;
        if standing.active == Some(version) || standing.shadow.is_some_and(|shadow| shadow.version == version) {
            return Err(ManageError::Conflict("the version is in force, or a shadow: take it out of that first"));
        }
        if !change.delete_policy_version(&name, version).await? {
            return Err(ManageError::NotFound);
        }
        let detail = json!({ "version": version });
        // A breaker may hold what is gone back to.
        change.commit(caller.event("policy.version.deleted", name.as_str(), &detail), Visibility::Visible).await?;
        Ok(())
    }

    pub(crate) async fn find_version(
        &self,
        tenant: &TenantId,
        name: &str,
        version: u32,
    ) -> Result<PolicyVersion, ManageError> {
        let name = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        self.store.tenant(tenant).policy_version(&name, version).await?.ok_or(ManageError::NotFound)
    }

    /// Keeps `binding` as a version within `change`, unless it is one already. Says which, and whether it was made.
    pub(crate) async fn keep(
        &self,
        change: &mut Change,
        author: &str,
        owner: &Tenant,
        binding: Binding,
        component: Option<Vec<u8>>,
    ) -> Result<(PolicyVersion, bool), ManageError> {
        let name = binding.name.clone();
        let standing = change.policy(&name).await?;
        let versions = change.policy_versions(&name).await?;
        if let Some(same) = versions.iter().rev().find(|version| version.binding.is_same_as(&binding)) {
            return Ok((same.clone(), false));
        }
        if standing.is_none() && change.policies().await?.len() >= limits::POLICIES_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant has as many policies as it may"));
        }
        let standing = standing.unwrap_or_default();
        let number =
            standing.newest.checked_add(1).ok_or(ManageError::LimitReached("the policy has no number left"))?;
        let created = self.clock.now();
        let version = PolicyVersion {
            binding: Binding { version: number, ..binding },
            replaced: None,
            created,
            author: author.to_owned(),
        };
        change.put_policy(&name, Standing { newest: number, ..standing }).await?;
        if let Some(component) = component {
            change.put_component(version.binding.module, component).await?;
        }
        change.insert_policy_version(&version).await?;
        let most = usize::try_from(owner.limits.policy_versions).unwrap_or(usize::MAX);
        forget_oldest(change, &standing, &versions, most.saturating_sub(1)).await?;
        Ok((version, true))
    }

    async fn code(
        &self,
        owner: &Tenant,
        name: &PolicyName,
        code: Code,
        active: Option<&Binding>,
    ) -> Result<AtHand, ManageError> {
        match (code, active) {
            (Code::Bytes(component), _) => self.uploaded_module(owner, name, component).await,
            (Code::Named(module), _) => self.named_module(owner, name, &module).await,
            (Code::Same, Some(active)) => self.module(owner, name, active.module).await,
            (Code::Same, None) => {
                Err(ManageError::invalid("module", "must be named: there is no version in force to take it from"))
            }
        }
    }

    async fn named_version(&self, version: PolicyVersion) -> Result<NamedVersion, ManageError> {
        let scoped = self.store.tenant(&version.binding.tenant);
        let size = scoped.component_length(version.binding.module).await?.unwrap_or_default();
        Ok(NamedVersion { module: self.module_name(&version.binding), size, version })
    }
}

/// Takes away the oldest of `versions` that do nothing, until at most `most` are left.
async fn forget_oldest(
    change: &mut Change,
    standing: &Standing,
    versions: &[PolicyVersion],
    most: usize,
) -> Result<(), ManageError> {
    let replaced = versions.iter().find(|version| standing.active == Some(version.binding.version));
    let replaced = replaced.and_then(|active| active.replaced);
    let idle = versions.iter().filter(|version| {
        let number = Some(version.binding.version);
        number != standing.active && number != standing.shadow.map(|shadow| shadow.version) && number != replaced
    });
    for version in idle.take(versions.len().saturating_sub(most)) {
        change.delete_policy_version(&version.binding.name, version.binding.version).await?;
    }
    Ok(())
}
