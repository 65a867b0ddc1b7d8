//! Who asks for a change, and what he may do: the one place that decides it.

use std::sync::Arc;

use serde_json::Value;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::request_origin::RequestOrigin;
use wardgate_domain::scope::SolutionSet;
use wardgate_domain::user::{Right, Rights, Role, Standing, User};
use wardgate_domain::{AppSpaceId, Area, Authority, Grants, KeyId, Scopes, TenantId};

use crate::error::{ManageError, Refusal};

/// The holder of a good credential.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant he belongs to; the cluster's are the ops users.
    pub tenant: TenantId,
    /// His name, a client's id or a key's handle.
    pub subject: Arc<str>,
    /// The signing key, or the one that his token was fetched with.
    pub key: Option<KeyId>,
    /// The Request Origin.
    pub origin: Option<Arc<RequestOrigin>>,
    /// What he may do with what is kept.
    pub standing: Standing,
}

/// What is to be done with the things of an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Look at them.
    Read,
    /// Make, change or delete them.
    Change,
}

impl Access {
    /// What a person needs for it. Whose credential has scopes needs the area's.
    fn right(self) -> Right {
        match self {
            Self::Read => Right::ReadContexts,
            Self::Change => Right::ManageContexts,
        }
    }
}

impl Caller {
    /// Somebody who has just shown that he is `user`.
    pub(crate) fn of_user(user: &User) -> Self {
        Self {
            tenant: user.tenant.clone(),
            subject: user.name.as_str().into(),
            key: None,
            origin: None,
            standing: user.standing(),
        }
    }

    /// Whether he may use `right` on `tenant`'s things. Another tenant's things do not exist for him (404 before 403);
    /// the cluster's exist, as everybody knows, and are not his.
    pub fn may(&self, right: Right, tenant: &TenantId) -> Result<(), ManageError> {
        self.may_know(tenant)?;
        if self.standing.may(right) { Ok(()) } else { Err(ManageError::Forbidden) }
    }

    /// Whether he may use `right` inside an App Space of `tenant`. One that he is not given does not exist for somebody who
    /// is given some.
    pub(crate) fn may_in(&self, right: Right, tenant: &TenantId, space: AppSpaceId) -> Result<(), ManageError> {
        match self.within(right, tenant)? {
            Some(spaces) if !spaces.contains(&space) => Err(ManageError::NotFound),
            _ => Ok(()),
        }
    }

    /// The App Spaces of `tenant` inside which he may use `right`; `None` is all of them.
    pub(crate) fn within(&self, right: Right, tenant: &TenantId) -> Result<Option<&[AppSpaceId]>, ManageError> {
        match (self.may(right, tenant), &self.standing) {
            (Ok(()), _) => Ok(None),
            (Err(ManageError::Forbidden), Standing::InSpaces(reach))
                if reach.inside.has(right) && self.tenant == *tenant =>
            {
                Ok(Some(&reach.spaces))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Whether he may use `access` on what `area` holds of `tenant`'s things. Whose credential has scopes is told which
    /// one it lacks, for its dialect says so.
    pub fn may_use(&self, area: Area, access: Access, tenant: &TenantId) -> Result<(), ManageError> {
        self.may_know(tenant)?;
        match &self.standing {
            Standing::Rights(rights) if rights.has(access.right()) => Ok(()),
            Standing::InSpaces(reach) if reach.everywhere.has(access.right()) => Ok(()),
            Standing::Rights(_) | Standing::InSpaces(_) | Standing::None => Err(ManageError::Forbidden),
            Standing::Scopes(authority) if authority.scopes.open(area) => Ok(()),
            Standing::Scopes(_) => Err(Refusal::LacksScope(area.as_str().to_owned()).into()),
        }
    }

    /// Whether he may make, change and end tenants, and say what each may use: the cluster's affair, also where it is about
    /// his own.
    pub(crate) fn may_administer(&self, tenant: &TenantId) -> Result<(), ManageError> {
        self.may(Right::ManageTenants, tenant)?;
        if self.tenant.is_cluster() { Ok(()) } else { Err(ManageError::Forbidden) }
    }

    /// Whether he has all that an admin has: what he may do, nobody keeps from him.
    pub(crate) fn must_be_admin(&self) -> Result<(), ManageError> {
        let all = |rights: &Rights| rights.cover(Role::Admin.rights());
        if matches!(&self.standing, Standing::Rights(rights) if all(rights)) {
            return Ok(());
        }
        Err(ManageError::Forbidden)
    }

    fn may_know(&self, tenant: &TenantId) -> Result<(), ManageError> {
        if self.tenant == *tenant || self.tenant.is_cluster() {
            return Ok(());
        }
        Err(if tenant.is_cluster() { ManageError::Forbidden } else { ManageError::NotFound })
    }

    /// Whether a Nexus key may get `grants` from him: nobody gives what he does not have. Such a key can be used from
    /// anywhere, so whoever is bound to an address gives none.
    pub(crate) fn may_grant(&self, grants: &Grants) -> Result<(), ManageError> {
        let Some(authority) = self.authority() else { return Ok(()) };
        let held = authority.scopes.grants();
        let covered = |wanted| held.iter().any(|held| held.covers_pattern(wanted));
        if authority.addresses.is_empty() && grants.iter().all(covered) { Ok(()) } else { Err(ManageError::Forbidden) }
    }

    /// Whether a signing key may get `scopes` from him: nobody gives what he does not have, nor a way around the address
    /// that he is bound to.
    pub(crate) fn may_hand_on(&self, scopes: &Scopes) -> Result<(), ManageError> {
        let Some(authority) = self.authority() else { return Ok(()) };
        authority.may_give(scopes).map_err(|scope| Refusal::cannot_use(&scope))?;
        match authority.addresses.iter().find(|address| scopes.address() != Some(address)) {
            Some(address) => Err(Refusal::LacksScope(format!("ipAddr:{address}")).into()),
            None => Ok(()),
        }
    }

    /// What bounds him beyond the areas that are open to him: a person is bounded by his role alone.
    fn authority(&self) -> Option<&Authority> {
        match &self.standing {
            Standing::Scopes(authority) => Some(authority),
            Standing::Rights(_) | Standing::InSpaces(_) | Standing::None => None,
        }
    }

    /// In whose contexts he is at home.
    pub(crate) fn contexts(&self) -> &SolutionSet {
        self.authority().map_or(&SolutionSet::All, |authority| &authority.contexts)
    }

    /// In whose contexts he may reach threads and the like.
    pub fn containers(&self) -> &SolutionSet {
        self.authority().map_or(&SolutionSet::All, |authority| &authority.containers)
    }

    /// What the audit log says of something he did.
    pub(crate) fn event(&self, action: &'static str, target: &str, detail: &Value) -> AuditEvent {
        AuditEvent { actor: self.actor(), action, target: target.to_owned(), detail: detail.to_string() }
    }

    /// How the audit log names him.
    pub fn actor(&self) -> String {
        if let Some(origin) = &self.origin {
            return format!("origin:{}", origin.id);
        }
        match (&self.key, &self.standing) {
            (Some(key), _) => format!("key:{key}"),
            (None, Standing::Rights(_) | Standing::InSpaces(_)) => format!("{}\\{}", self.tenant, self.subject),
            (None, Standing::Scopes(_) | Standing::None) => format!("client:{}", self.subject),
        }
    }
}
