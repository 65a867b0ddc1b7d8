//! Policies: a tenant's named uses of modules, in versions. Those of the cluster are guards.

mod compiles;
mod life;
mod modules;
mod trial;
mod versions;

use serde_json::json;
use wardgate_domain::policy::{Binding, Standing};
use wardgate_domain::user::Right;
use wardgate_domain::{Grants, PolicyName, TenantId};
use wardgate_storage::Visibility;

pub(crate) use compiles::Compiles;
pub use compiles::Underway;
pub use trial::Difference;
pub use wardgate_policy::LogLine;
pub use wardgate_policy::cases::{Answer, Case, CaseResult};

pub use versions::{Code, Measured, NamedVersion, NewVersion, Room, Versions};

use crate::{Caller, ManageError, Manager};

/// What a policy is to be.
#[derive(Debug, Clone)]
pub struct NewPolicy {
    /// A shipped module's name, or `sha256:` and a digest.
    pub module: String,
    /// The permissions it answers for, as patterns.
    pub permissions: Vec<String>,
    /// Its settings, as JSON text.
    pub settings: String,
}

/// A policy, with its module's name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPolicy {
    /// What is in force.
    pub binding: Binding,
    /// The name of a shipped module, else `sha256:` and the digest.
    pub module: String,
}

impl Manager {
    /// What of the policies of `tenant` is in force, by name.
    pub async fn list_policies(&self, caller: &Caller, tenant: &TenantId) -> Result<Vec<NamedPolicy>, ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        self.policies_of(tenant).await?;
        let bindings = self.store.tenant(tenant).bindings().await?;
        Ok(bindings.into_iter().map(|binding| self.named(binding)).collect())
    }

    /// One policy of `tenant`, if a version of it is in force.
    pub async fn get_policy(&self, caller: &Caller, tenant: &TenantId, name: &str) -> Result<NamedPolicy, ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        let bindings = self.store.tenant(tenant).bindings().await?;
        let found = bindings.into_iter().find(|binding| binding.name.as_str() == name);
        found.map(|binding| self.named(binding)).ok_or(ManageError::NotFound)
    }

    /// Makes a version of a policy and puts it into force. Whether there was no such policy.
    pub async fn put_policy(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        new: NewPolicy,
    ) -> Result<(NamedPolicy, bool), ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        if new.permissions.is_empty() {
            return Err(ManageError::invalid("permissions", "must name at least one permission"));
        }
        let name = PolicyName::parse(name).map_err(|e| ManageError::invalid("name", e))?;
        let at_hand = self.named_module(&owner, &name, &new.module).await?;
        let binding = Binding {
            tenant: tenant.clone(),
            name: name.clone(),
            version: 0,
            module: at_hand.module.digest(),
            permissions: Grants::parse(&new.permissions)?,
            settings: new.settings,
        };
        self.check_settings(&at_hand.module, &binding.settings, &owner.limits).await?;
        let mut change = self.store.tenant(tenant).change().await?;
        change.tenant().await?.ok_or(ManageError::NotFound)?;
        let made = change.policy(&name).await?.is_none();
        let (version, _) = self.keep(&mut change, &caller.actor(), &owner, binding, at_hand.bytes).await?;
        let binding = version.binding;
        change.put_in_force(&name, binding.version).await?;
        let detail = json!({ "version": binding.version, "module": binding.module.to_string(),
            "permissions": binding.permissions.to_texts() });
        change.commit(caller.event("policy.put", name.as_str(), &detail), Visibility::Visible).await?;
        Ok((self.named(binding), made))
    }

    /// Takes a policy out of use, with all of its versions.
    pub async fn delete_policy(&self, caller: &Caller, tenant: &TenantId, name: &str) -> Result<(), ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let name = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        let mut change = self.store.tenant(tenant).change().await?;
        if !change.delete_policy(&name).await? {
            return Err(ManageError::NotFound);
        }
        change.commit(caller.event("policy.deleted", name.as_str(), &json!({})), Visibility::Visible).await?;
        Ok(())
    }

    fn named(&self, binding: Binding) -> NamedPolicy {
        NamedPolicy { module: self.module_name(&binding), binding }
    }
}

/// Which version a rollback goes back to, if it has one to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// Which versions do what.
    pub standing: Standing,
    /// The version that was in force before the one in force.
    pub previous: Option<u32>,
}

fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> ManageError {
    ManageError::Unavailable(cause.into())
}
