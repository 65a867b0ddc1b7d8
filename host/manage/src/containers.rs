//! Containers: threads, stores, inboxes, streams and key-value stores. Their data is kept by the tenant's backend; here
//! stands who may reach those of which context (reference privmx.md, section 2.7).

use wardgate_domain::{Area, TenantId};

use crate::caller::Access;
use crate::contexts::legal_id;
use crate::error::Refusal;
use crate::{Caller, ManageError, Manager};

impl Manager {
    /// Where the PrivMX data of `tenant` is kept, if it has such a place.
    pub async fn backend(&self, tenant: &TenantId) -> Result<Option<String>, ManageError> {
        Ok(self.store.tenant(tenant).tenant().await?.and_then(|tenant| tenant.backend))
    }

    /// Whether the caller may use `access` on containers of `area` at all: he needs its scope and at least one solution.
    pub fn reach_containers(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        area: Area,
        access: Access,
    ) -> Result<(), ManageError> {
        caller.may_use(area, access, tenant)?;
        if caller.containers().is_empty() { Err(Refusal::OutOfReach(None).into()) } else { Ok(()) }
    }

    /// Whether the caller may reach the containers of `context`: those of its own solution may, those that it is shared
    /// with may not.
    pub async fn reach_containers_of(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        context: &str,
    ) -> Result<(), ManageError> {
        let context = self.store.tenant(tenant).context(&legal_id(context)?).await?.ok_or(Refusal::ContextMissing)?;
        let within = caller.containers().contain(context.solution.as_str());
        if within { Ok(()) } else { Err(Refusal::OutOfReach(None).into()) }
    }
}
