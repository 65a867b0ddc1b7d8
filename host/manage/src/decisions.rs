//! Why a call was let pass or not, for the tenant's people.

use wardgate_domain::record::DecisionRecord;
use wardgate_domain::user::Right;
use wardgate_domain::{DecisionId, TenantId};

use crate::{Caller, ManageError, Manager};

impl Manager {
    /// The record of one decision of `tenant`.
    pub async fn get_decision(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: DecisionId,
    ) -> Result<DecisionRecord, ManageError> {
        caller.may(Right::ReadDecisions, tenant)?;
        self.store.tenant(tenant).decision(id).await?.ok_or(ManageError::NotFound)
    }
}
