//! How much a tenant uses: its decisions by time and code, and what is taken of its limits.

use wardgate_domain::tenant::Tenant;
use wardgate_domain::usage::{UsageCount, UsageSpan, UsageStep};
use wardgate_domain::user::Right;
use wardgate_domain::{TenantId, Timestamp};

use crate::{Caller, Fault, ManageError, Manager};

/// Which usage is wanted.
#[derive(Debug, Clone, Copy)]
pub struct UsageAsk {
    /// Counted by what.
    pub step: UsageStep,
    /// From when on; else as [`UsageSpan::new`] has it.
    pub from: Option<Timestamp>,
    /// Until when; else until now.
    pub to: Option<Timestamp>,
}

/// A tenant's decisions of some time.
#[derive(Debug)]
pub struct Usage {
    /// The minutes or hours that were looked at.
    pub span: UsageSpan,
    /// What was counted in them, the oldest first.
    pub counts: Vec<UsageCount>,
    /// Its limits, for whoever may read the tenant.
    pub kept: Option<Kept>,
}

/// What a tenant has of the things that its limits are about.
#[derive(Debug)]
pub struct Kept {
    /// The tenant with its limits.
    pub tenant: Tenant,
    /// Keys.
    pub keys: u32,
    /// Policies.
    pub policies: usize,
    /// Versions of the policy that has the most.
    pub policy_versions: u32,
    /// Length of its longest module, in bytes.
    pub module_bytes: u64,
    /// Time for which its modules were compiled today, in milliseconds.
    pub compile_ms: u64,
    /// Calls in a hundred that the shadow with the most is asked about.
    pub shadow_percent: u8,
}

impl Manager {
    /// What was decided for `tenant` in the time asked for, up to this very moment.
    pub async fn usage(&self, caller: &Caller, tenant: &TenantId, ask: UsageAsk) -> Result<Usage, ManageError> {
        caller.may(Right::ReadDecisions, tenant)?;
        let to = ask.to.unwrap_or_else(|| Timestamp::from_ms(self.clock.now().as_ms() + 1));
        let span = UsageSpan::new(ask.step, ask.from, to);
        let span = span.map_err(|e| Fault::at("from".to_owned(), e.to_string()))?;
        let _turn = self.scans.turn(tenant).await?;
        self.store.decisions().flush().await?;
        let counts = self.store.tenant(tenant).usage(span).await?;
        Ok(Usage { span, counts, kept: self.kept(caller, tenant).await? })
    }

    /// What was decided for `tenant` since it was made, and what it has of its limits.
    pub async fn usage_ever(
        &self,
        caller: &Caller,
        tenant: &TenantId,
    ) -> Result<(Vec<UsageCount>, Option<Kept>), ManageError> {
        caller.may(Right::ReadDecisions, tenant)?;
        let _turn = self.scans.turn(tenant).await?;
        self.store.decisions().flush().await?;
        let counts = self.store.tenant(tenant).usage_ever().await?;
        Ok((counts, self.kept(caller, tenant).await?))
    }

    /// What the tenant has of its limits, for whoever may read it.
    async fn kept(&self, caller: &Caller, tenant: &TenantId) -> Result<Option<Kept>, ManageError> {
        let scoped = self.store.tenant(tenant);
        let owner = scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        if caller.may(Right::ReadTenants, tenant).is_err() {
            return Ok(None);
        }
        let shares = scoped.shadows().await?.into_iter().map(|shadow| shadow.percent);
        Ok(Some(Kept {
            keys: scoped.count_keys().await?,
            policies: scoped.policies().await?.len(),
            policy_versions: scoped.most_policy_versions().await?,
            module_bytes: scoped.longest_component().await?,
            compile_ms: self.compiles.spent_today(tenant, &self.clock),
            shadow_percent: shares.max().unwrap_or(0),
            tenant: owner,
        }))
    }
}
