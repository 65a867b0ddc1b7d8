//! What becomes of a version: it is put into force, watched beside the one in force, or gone back from. Each is one change,
//! and the next call is decided by it.

use serde_json::json;
use wardgate_domain::policy::{ShadowShare, Standing};
use wardgate_domain::user::Right;
use wardgate_domain::{PolicyName, TenantId};
use wardgate_storage::Visibility;

use super::Stands;
use crate::{Caller, ManageError, Manager};

impl Manager {
    /// Puts a version into force. Its module is at hand and takes its settings when this returns.
    pub async fn activate_policy(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        version: u32,
    ) -> Result<Stands, ManageError> {
        self.put_version_into_force(caller, tenant, name, Some(version)).await
    }

    /// Puts the version into force that was in force before.
    pub async fn roll_back_policy(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Stands, ManageError> {
        self.put_version_into_force(caller, tenant, name, None).await
    }

    /// Has a version evaluated beside the one in force, on a share of the calls; `None` ends that.
    pub async fn shadow_policy(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        shadow: Option<ShadowShare>,
    ) -> Result<(), ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        if let Some(ShadowShare { version, percent }) = shadow {
            let most = owner.limits.policy_shadow_percent;
            if !(1..=most).contains(&u32::from(percent)) {
                return Err(ManageError::invalid("percent", format!("must be 1 to the tenant's {most}")));
            }
            let found = self.find_version(tenant, name, version).await?;
            let at_hand = self.module(&owner, &found.binding.name, found.binding.module).await?;
            self.check_settings(&at_hand.module, &found.binding.settings, &owner.limits).await?;
        }
        let name = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let standing = change.policy(&name).await?.ok_or(ManageError::NotFound)?;
        if standing.active.is_none() {
            return Err(ManageError::Conflict("no version is in force that another could be compared with"));
        }
        if let Some(shadow) = shadow {
            let versions = change.policy_versions(&name).await?;
            if standing.active == Some(shadow.version) {
                return Err(ManageError::Conflict("the version is in force: it cannot be its own shadow"));
            }
            if !versions.iter().any(|version| version.binding.version == shadow.version) {
                return Err(ManageError::NotFound);
            }
        } else if standing.shadow.is_none() {
            return Err(ManageError::NotFound);
        }
        change.put_policy(&name, Standing { shadow, ..standing }).await?;
        let (action, detail) = match shadow {
            Some(shadow) => ("policy.shadowed", json!({ "version": shadow.version, "percent": shadow.percent })),
            None => ("policy.unshadowed", json!({})),
        };
        change.commit(caller.event(action, name.as_str(), &detail), Visibility::Visible).await?;
        Ok(())
    }

    /// How the versions of a policy stand.
    pub async fn policy_standing(&self, caller: &Caller, tenant: &TenantId, name: &str) -> Result<Stands, ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        let name = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        let scoped = self.store.tenant(tenant);
        let standing = scoped.policy(&name).await?.ok_or(ManageError::NotFound)?;
        let active = match standing.active {
            Some(active) => scoped.policy_version(&name, active).await?,
            None => None,
        };
        Ok(Stands { standing, previous: active.and_then(|active| active.replaced) })
    }

    /// The version `wanted`, or the one before the one in force.
    async fn put_version_into_force(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        wanted: Option<u32>,
    ) -> Result<Stands, ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        let parsed = PolicyName::parse(name).map_err(|_| ManageError::NotFound)?;
        let before = self.store.tenant(tenant).policy(&parsed).await?.ok_or(ManageError::NotFound)?;
        let number = match (wanted, before.active) {
            (Some(number), _) => number,
            (None, None) => return Err(NOTHING_BEFORE),
            (None, Some(active)) => self.find_version(tenant, name, active).await?.replaced.ok_or(NOTHING_BEFORE)?,
        };
        let version = self.find_version(tenant, name, number).await?;
        // Outside of the change, which others wait for. A version never changes, so what was seen stays true of it.
        let at_hand = self.module(&owner, &parsed, version.binding.module).await?;
        self.check_settings(&at_hand.module, &version.binding.settings, &owner.limits).await?;
        let mut change = self.store.tenant(tenant).change().await?;
        let standing = change.policy(&parsed).await?.ok_or(ManageError::NotFound)?;
        let kept = change.policy_versions(&parsed).await?;
        if !kept.iter().any(|version| version.binding.version == number) {
            return Err(ManageError::NotFound);
        }
        if wanted.is_none() {
            if standing.active != before.active {
                return Err(ManageError::Conflict("another version was put into force meanwhile"));
            }
            change.go_back(&parsed, number).await?;
        } else if standing.active != Some(number) {
            change.put_in_force(&parsed, number).await?;
        }
        let action = if wanted.is_some() { "policy.activated" } else { "policy.rolled-back" };
        let detail = json!({ "version": number, "replaced": standing.active });
        change.commit(caller.event(action, parsed.as_str(), &detail), Visibility::Visible).await?;
        drop(at_hand);
        self.policy_standing(caller, tenant, name).await
    }
}

/// There is no version to go back to.
const NOTHING_BEFORE: ManageError = ManageError::Conflict("no version was in force before this one");
