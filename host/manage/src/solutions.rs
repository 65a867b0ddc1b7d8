//! Solutions: create, list, change, delete. The area `solution` opens all of them; `solution:ID` is about contexts.

use serde_json::json;
use wardgate_domain::limits;
use wardgate_domain::solution::Solution;
use wardgate_domain::{Area, SolutionId, TenantId};
use wardgate_storage::Visibility;

use crate::caller::Access;
use crate::error::Refusal;
use crate::{Caller, ManageError, Manager};

impl Manager {
    /// Makes a solution.
    pub async fn create_solution(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: String,
    ) -> Result<SolutionId, ManageError> {
        caller.may_use(Area::Solution, Access::Change, tenant)?;
        let scoped = self.store.tenant(tenant);
        scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        let id = SolutionId::parse(&self.random.uuid().to_string()).expect("a UUID is a legal solution id");
        let solution = Solution { id, tenant: tenant.clone(), name, created: self.clock.now() };
        let mut change = scoped.change().await?;
        if change.count_solutions().await? >= limits::SOLUTIONS_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant has as many solutions as it may"));
        }
        change.insert_solution(&solution).await?;
        let detail = json!({ "name": solution.name });
        change.commit(caller.event("solution.created", solution.id.as_str(), &detail), Visibility::Quiet).await?;
        Ok(solution.id)
    }

    /// One solution of `tenant`.
    pub async fn get_solution(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<Solution, ManageError> {
        caller.may_use(Area::Solution, Access::Read, tenant)?;
        let found = self.store.tenant(tenant).solution(&legal_id(id)?).await?;
        found.ok_or_else(|| Refusal::SolutionMissing.into())
    }

    /// All solutions of `tenant`, oldest first.
    pub async fn list_solutions(&self, caller: &Caller, tenant: &TenantId) -> Result<Vec<Solution>, ManageError> {
        caller.may_use(Area::Solution, Access::Read, tenant)?;
        Ok(self.store.tenant(tenant).solutions().await?)
    }

    /// Gives a solution another name.
    pub async fn update_solution(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        name: String,
    ) -> Result<(), ManageError> {
        caller.may_use(Area::Solution, Access::Change, tenant)?;
        let id = legal_id(id)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let solution = change.solution(&id).await?.ok_or(Refusal::SolutionMissing)?;
        let detail = json!({ "name": name });
        change.update_solution(&Solution { name, ..solution }).await?;
        change.commit(caller.event("solution.changed", id.as_str(), &detail), Visibility::Quiet).await?;
        Ok(())
    }

    /// Takes a solution out of the store, unless a context is its own or shared with it.
    pub async fn delete_solution(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<(), ManageError> {
        caller.may_use(Area::Solution, Access::Change, tenant)?;
        let id = legal_id(id)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let solution = change.solution(&id).await?.ok_or(Refusal::SolutionMissing)?;
        if change.solution_has_contexts(&id).await? {
            return Err(Refusal::SolutionHasContexts.into());
        }
        change.delete_solution(&id).await?;
        let detail = json!({ "name": solution.name });
        change.commit(caller.event("solution.deleted", id.as_str(), &detail), Visibility::Quiet).await?;
        Ok(())
    }
}

/// What is no legal id names nothing.
pub(crate) fn legal_id(id: &str) -> Result<SolutionId, Refusal> {
    SolutionId::parse(id).map_err(|_| Refusal::SolutionMissing)
}
