//! Which solutions may use a context beside its own.

use serde_json::json;
use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::{SolutionId, TenantId, limits};
use wardgate_storage::Change;

use super::{commit, detail};
use crate::error::Refusal;
use crate::{Caller, ManageError, Manager, solutions};

impl Manager {
    /// Lets another solution use a context. It is nothing new to one that uses it already.
    pub async fn share_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        solution: &str,
    ) -> Result<(), ManageError> {
        let (mut change, mut context, solution) = self.open_sharing(caller, tenant, id, solution).await?;
        if context.scope == ContextScope::Private {
            return Err(Refusal::PrivateContext.into());
        }
        if context.solution == solution || context.shares.contains(&solution) {
            return Ok(());
        }
        if u32::try_from(context.shares.len()).is_ok_and(|shares| shares >= limits::SHARES_PER_CONTEXT) {
            return Err(ManageError::LimitReached("the context is shared with as many solutions as it may be"));
        }
        if change.count_shares().await? >= limits::SHARES_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant's contexts are shared as often as they may be"));
        }
        context.shares.push(solution.clone());
        self.close_sharing(change, caller, "context.shared", context, &solution).await
    }

    /// Lets another solution use a context no longer.
    pub async fn unshare_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        solution: &str,
    ) -> Result<(), ManageError> {
        let (change, mut context, solution) = self.open_sharing(caller, tenant, id, solution).await?;
        if context.solution == solution {
            return Err(Refusal::ParentSolution.into());
        }
        let before = context.shares.len();
        context.shares.retain(|share| *share != solution);
        if context.shares.len() == before {
            return Ok(());
        }
        self.close_sharing(change, caller, "context.unshared", context, &solution).await
    }

    /// Begins a change of a context that is within the caller's reach, about a solution of the same tenant.
    async fn open_sharing(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        solution: &str,
    ) -> Result<(Change, Context, SolutionId), ManageError> {
        let (mut change, context) = self.open_context(caller, tenant, id).await?;
        let solution = solutions::legal_id(solution)?;
        change.solution(&solution).await?.ok_or(Refusal::SolutionMissing)?;
        Ok((change, context, solution))
    }

    async fn close_sharing(
        &self,
        mut change: Change,
        caller: &Caller,
        action: &'static str,
        mut context: Context,
        with: &SolutionId,
    ) -> Result<(), ManageError> {
        context.modified = self.clock.now();
        change.update_context(&context).await?;
        let mut detail = detail(&context);
        detail["with"] = json!(with.as_str());
        commit(change, caller, action, &context, &detail).await
    }
}
