//! The tenants in memory: routes ready for look-ups, policies ready to run.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use wardgate_domain::limits;
use wardgate_domain::policy::Binding;
use wardgate_domain::rate::Gcra;
use wardgate_domain::route::RouteTable;
use wardgate_domain::tenant::{Tenant, TenantLimits};
use wardgate_domain::verdict::Failure;
use wardgate_domain::{Grants, PolicyName, TenantId};
use wardgate_policy::{Bounds, Library, Memo, Policy};
use wardgate_storage::Store;

use crate::cache::{LiveCache, Remembered, Stamp};
use crate::stop::Unavailable;

/// A tenant as the hot path needs it.
pub(crate) struct LiveTenant {
    pub(crate) tenant: Tenant,
    pub(crate) policies: Vec<LivePolicy>,
    pub(crate) memo: Arc<Memo>,
    pub(crate) rate: Arc<Gcra>,
    pub(crate) slow_turns: Arc<Semaphore>,
    pub(crate) routes: RouteTable,
}

/// A policy, or why it cannot run; then it refuses what it is asked about.
pub(crate) struct LivePolicy {
    pub(crate) name: PolicyName,
    pub(crate) permissions: Grants,
    pub(crate) ready: Result<Arc<Policy>, Failure>,
}

/// What outlives a reload of a tenant as long as its bindings stay what they are.
#[derive(Clone)]
struct Lasting {
    bindings: Arc<Vec<Binding>>,
    policies: Arc<Vec<Result<Arc<Policy>, Failure>>>,
    memo: Arc<Memo>,
    rate: Arc<Gcra>,
    slow_turns: Arc<Semaphore>,
    limits: TenantLimits,
}

/// All tenants in memory.
pub(crate) struct Tenants {
    library: Library,
    cluster: TenantId,
    live: LiveCache<TenantId, LiveTenant>,
    lasting: Cache<TenantId, Lasting>,
}

impl Tenants {
    pub(crate) fn new(library: Library) -> Self {
        Self {
            library,
            cluster: TenantId::cluster(),
            live: LiveCache::new(limits::CACHED_TENANTS),
            lasting: Cache::new(limits::CACHED_TENANTS),
        }
    }

    /// A tenant from memory or from storage.
    pub(crate) async fn get(
        &self,
        store: &Store,
        id: &TenantId,
    ) -> Result<Option<Remembered<LiveTenant>>, Unavailable> {
        match self.live.get(id) {
            Some(live) => Ok(Some(live)),
            None => self.live.get_or_load(id, || self.load(store, id)).await,
        }
    }

    /// The cluster itself, as [`Self::get`].
    pub(crate) async fn cluster(&self, store: &Store) -> Result<Option<Remembered<LiveTenant>>, Unavailable> {
        self.get(store, &self.cluster).await
    }

    async fn load(&self, store: &Store, id: &TenantId) -> Result<Option<(Stamp, LiveTenant)>, Unavailable> {
        let scoped = store.tenant(id);
        let stamp = Stamp::of(scoped.version());
        let Some(tenant) = scoped.tenant().await? else { return Ok(None) };
        let bindings = scoped.bindings().await?;
        let lasting = self.lasting(&tenant, bindings).await?;
        let policies = lasting.bindings.iter().zip(lasting.policies.iter()).map(|(binding, ready)| LivePolicy {
            name: binding.name.clone(),
            permissions: binding.permissions.clone(),
            ready: ready.clone(),
        });
        let live = LiveTenant {
            policies: policies.collect(),
            memo: lasting.memo,
            rate: lasting.rate,
            slow_turns: lasting.slow_turns,
            routes: route_table(store, id).await?,
            tenant,
        };
        Ok(Some((stamp, live)))
    }

    async fn lasting(&self, tenant: &Tenant, bindings: Vec<Binding>) -> Result<Lasting, Unavailable> {
        let bounds = Bounds::from(&tenant.limits);
        let kept = self.lasting.get(&tenant.id);
        if let Some(kept) = kept.as_ref().filter(|kept| *kept.bindings == bindings && kept.limits == tenant.limits) {
            return Ok(kept.clone());
        }
        let (library, bindings) = (self.library.clone(), Arc::new(bindings));
        let asked = Arc::clone(&bindings);
        let prepare = move || asked.iter().map(|binding| prepare(&library, binding, bounds)).collect();
        let policies = tokio::task::spawn_blocking(prepare).await.map_err(|e| Unavailable::Engine(e.to_string()))?;
        let turns = usize::try_from(tenant.limits.policy_concurrency).unwrap_or(1).max(1);
        let lasting = Lasting {
            bindings,
            policies: Arc::new(policies),
            memo: Arc::new(self.library.memo()),
            rate: kept.map_or_else(Arc::default, |kept| kept.rate),
            slow_turns: Arc::new(Semaphore::new(turns)),
            limits: tenant.limits,
        };
        self.lasting.insert(tenant.id.clone(), lasting.clone());
        Ok(lasting)
    }
}

fn prepare(library: &Library, binding: &Binding, bounds: Bounds) -> Result<Arc<Policy>, Failure> {
    let unusable = |why: String| {
        tracing::error!(tenant = %binding.tenant, policy = %binding.name, why, "a policy cannot run and refuses its calls");
        Failure::Refused(why)
    };
    let module = library.get(&binding.module).ok_or_else(|| unusable("its module is not loaded".to_owned()))?;
    module.prepare(&binding.settings, bounds).map(Arc::new).map_err(|e| unusable(e.to_string()))
}

/// Routes were checked when they were written; should they be broken all the same, no call finds one.
async fn route_table(store: &Store, id: &TenantId) -> Result<RouteTable, Unavailable> {
    let routes = store.tenant(id).routes().await?;
    Ok(RouteTable::new(&routes).unwrap_or_else(|e| {
        tracing::error!(tenant = %id, error = %e, "a route table cannot be read; its calls are refused");
        RouteTable::default()
    }))
}
