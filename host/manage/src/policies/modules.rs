//! The modules that a tenant may use: the shipped ones and those of its own versions. Another tenant's are not there, even
//! where their code lies ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::SemaphorePermit;
use wardgate_domain::policy::{Binding, ModuleDigest};
use wardgate_domain::tenant::{Tenant, TenantLimits};
use wardgate_domain::verdict::Failure;
use wardgate_domain::{PolicyName, TenantId, limits};
use wardgate_policy::{Bounds, Module, PrepareError};

use super::unavailable;
use crate::declared::module_digest;
use crate::{Fault, ManageError, Manager};

/// A module at hand, and its bytes where they are yet to be kept.
pub(crate) struct AtHand {
    pub(crate) module: Arc<Module>,
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Manager {
    /// A module that is named: as a shipped one, or by `sha256:` and the digest of one of the tenant's own.
    pub(crate) async fn named_module(
        &self,
        tenant: &Tenant,
        policy: &PolicyName,
        name: &str,
    ) -> Result<AtHand, ManageError> {
        self.module(tenant, policy, module_digest(&self.library, name)?).await
    }

    /// The module with this digest. If its machine code is not there any more, it is made again.
    pub(crate) async fn module(
        &self,
        tenant: &Tenant,
        policy: &PolicyName,
        digest: ModuleDigest,
    ) -> Result<AtHand, ManageError> {
        let missing = || ManageError::invalid("module", "there is no such module");
        let scoped = self.store.tenant(&tenant.id);
        let shipped = self.library.shipped(digest);
        if shipped.is_none() && scoped.component_length(digest).await?.is_none() {
            return Err(missing());
        }
        let library = self.library.clone();
        let found = tokio::task::spawn_blocking(move || library.get(digest)).await.map_err(unavailable)?;
        if let Some(module) = found.map_err(unavailable)? {
            return Ok(AtHand { module, bytes: shipped.map(<[u8]>::to_vec) });
        }
        let component = scoped.component(digest).await?.ok_or_else(missing)?;
        let (module, _) = self.compiles.compile(&self.library, &self.clock, tenant, policy, component).await?;
        Ok(AtHand { module, bytes: None })
    }

    /// Makes a module of uploaded bytes.
    pub(crate) async fn uploaded_module(
        &self,
        tenant: &Tenant,
        policy: &PolicyName,
        component: Vec<u8>,
    ) -> Result<AtHand, ManageError> {
        let most = u64::from(tenant.limits.policy_module_mib) * 1024 * 1024;
        if component.len() as u64 > most {
            return Err(ManageError::NotModule(format!("it is longer than the tenant's {most} bytes")));
        }
        let (module, bytes) = self.compiles.compile(&self.library, &self.clock, tenant, policy, component).await?;
        Ok(AtHand { module, bytes: Some(bytes) })
    }

    /// Has the module look at the settings, within the tenant's own bounds, and says how long that took. It may take its
    /// time, so it runs where that is allowed, and only a few at a time.
    pub(crate) async fn check_settings(
        &self,
        module: &Arc<Module>,
        settings: &str,
        bounds: &TenantLimits,
    ) -> Result<Duration, ManageError> {
        let _turn = self.prepare_turn().await?;
        let (module, settings, bounds) = (Arc::clone(module), settings.to_owned(), Bounds::from(bounds));
        let prepare = move || {
            let began = Instant::now();
            module.prepare(&settings, bounds).map(|_| began.elapsed())
        };
        tokio::task::spawn_blocking(prepare).await.map_err(unavailable)?.map_err(|error| match error {
            PrepareError::Settings(problems) => {
                let faults = problems
                    .into_iter()
                    .map(|problem| Fault { location: format!("/settings{}", problem.path), message: problem.message });
                ManageError::Faults(faults.collect())
            }
            PrepareError::Failed(Failure::Host(cause)) => ManageError::Unavailable(cause.into()),
            PrepareError::Failed(failure) => ManageError::invalid("settings", failure),
        })
    }

    /// A turn at running policies that decide nothing.
    pub(crate) async fn prepare_turn(&self) -> Result<SemaphorePermit<'_>, ManageError> {
        let wait = Duration::from_millis(limits::POLICY_PREPARE_WAIT_MS);
        let turn = tokio::time::timeout(wait, self.prepares.acquire()).await;
        turn.map_err(unavailable)?.map_err(unavailable)
    }

    /// What people call the module of `binding`: a shipped one's name, else `sha256:` and the digest.
    pub(crate) fn module_name(&self, binding: &Binding) -> String {
        let shipped = self.library.name_of(binding.module);
        shipped.map_or_else(|| format!("sha256:{}", binding.module), str::to_owned)
    }

    /// The tenant whose policies a caller may change or see; one that is not there is a miss.
    pub(crate) async fn policies_of(&self, tenant: &TenantId) -> Result<Tenant, ManageError> {
        self.store.tenant(tenant).tenant().await?.ok_or(ManageError::NotFound)
    }
}
