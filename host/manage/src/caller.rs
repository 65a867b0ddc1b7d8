//! Who asks for a change, and what he may do: the one place that decides it.

use std::sync::Arc;

use wardgate_domain::TenantId;
use wardgate_domain::user::{Right, Role};

use crate::error::ManageError;

/// The signed-in holder of a token.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant he belongs to; the cluster's are the ops users.
    pub tenant: TenantId,
    /// His name, or a client's id.
    pub subject: Arc<str>,
    /// What he may change; a client has no role and changes nothing.
    pub role: Option<Role>,
}

impl Caller {
    /// Whether he may use `right` on `tenant`'s things. Another tenant's things do not exist for him (404 before 403);
    /// the cluster's exist, as everybody knows, and are not his.
    pub fn may(&self, right: Right, tenant: &TenantId) -> Result<(), ManageError> {
        if self.tenant != *tenant && !self.tenant.is_cluster() {
            return Err(if tenant.is_cluster() { ManageError::Forbidden } else { ManageError::NotFound });
        }
        if self.role.is_some_and(|role| role.may(right)) { Ok(()) } else { Err(ManageError::Forbidden) }
    }

    /// How the audit log names him.
    pub fn actor(&self) -> String {
        match self.role {
            Some(_) => format!("{}\\{}", self.tenant, self.subject),
            None => format!("client:{}", self.subject),
        }
    }
}
