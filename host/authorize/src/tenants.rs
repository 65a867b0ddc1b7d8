//! The tenants in memory: routes ready for look-ups, policies ready to run.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use wardgate_domain::limits;
use wardgate_domain::policy::{Binding, Shadow};
use wardgate_domain::rate::Gcra;
use wardgate_domain::route::RouteTable;
use wardgate_domain::tenant::{Tenant, TenantLimits};
use wardgate_domain::verdict::Failure;
use wardgate_domain::{Grants, PolicyName, TenantId, Timestamp};
use wardgate_policy::{Bounds, Library, Memo, Policy};
use wardgate_storage::Store;

use crate::breaker::{Breaker, StandIn, Trips};
use crate::cache::{LiveCache, Remembered, Stamp};
use crate::modules;
use crate::shadow::LiveShadow;
use crate::stop::Unavailable;

/// A tenant as the hot path needs it.
pub(crate) struct LiveTenant {
    pub(crate) tenant: Tenant,
    pub(crate) policies: Vec<LivePolicy>,
    pub(crate) shadows: Vec<Arc<LiveShadow>>,
    pub(crate) memo: Arc<Memo>,
    pub(crate) rate: Arc<Gcra>,
    pub(crate) slow_turns: Arc<Semaphore>,
    pub(crate) routes: RouteTable,
}

/// A policy, or why it cannot run; then it refuses what it is asked about.
pub(crate) struct LivePolicy {
    pub(crate) name: PolicyName,
    pub(crate) version: u32,
    pub(crate) permissions: Grants,
    pub(crate) ready: Result<Arc<Policy>, Failure>,
    pub(crate) breaker: Arc<Breaker>,
}

/// What outlives a reload of a tenant as long as its bindings stay what they are.
#[derive(Clone)]
struct Lasting {
    bindings: Arc<Vec<Binding>>,
    policies: Arc<Vec<Result<Arc<Policy>, Failure>>>,
    breakers: Arc<Vec<Arc<Breaker>>>,
    memo: Arc<Memo>,
    rate: Arc<Gcra>,
    slow_turns: Arc<Semaphore>,
    limits: TenantLimits,
}

/// What of a tenant's limits is taken at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Calls of its rate; `None` where it has none.
    pub calls: Option<u32>,
    /// Evaluations of slow policies.
    pub slow_turns: u32,
}

/// All tenants in memory.
pub(crate) struct Tenants {
    library: Library,
    cluster: TenantId,
    live: LiveCache<TenantId, LiveTenant>,
    lasting: Cache<TenantId, Lasting>,
    /// What was seen of a shadow outlives a reload, too; only tenants that have one are in it.
    shadows: Cache<TenantId, Vec<Arc<LiveShadow>>>,
    trips: Arc<Trips>,
}

impl Tenants {
    pub(crate) fn new(library: Library) -> Self {
        Self {
            library,
            cluster: TenantId::cluster(),
            live: LiveCache::new(limits::CACHED_TENANTS),
            lasting: Cache::new(limits::CACHED_TENANTS),
            shadows: Cache::new(limits::CACHED_TENANTS),
            trips: Arc::default(),
        }
    }

    /// An empty memo for one tenant.
    pub(crate) fn memo(&self) -> Memo {
        self.library.memo()
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
        let lasting = self.lasting(store, &tenant, bindings).await?;
        let parts = lasting.bindings.iter().zip(&*lasting.policies).zip(&*lasting.breakers);
        let policies = parts.map(|((binding, ready), breaker)| LivePolicy {
            name: binding.name.clone(),
            version: binding.version,
            permissions: binding.permissions.clone(),
            ready: ready.clone(),
            breaker: Arc::clone(breaker),
        });
        let shadows = self.shadows(store, &tenant, scoped.shadows().await?).await?;
        let live = LiveTenant {
            shadows,
            policies: policies.collect(),
            memo: lasting.memo,
            rate: lasting.rate,
            slow_turns: lasting.slow_turns,
            routes: route_table(store, id).await?,
            tenant,
        };
        Ok(Some((stamp, live)))
    }

    async fn lasting(&self, store: &Store, tenant: &Tenant, bindings: Vec<Binding>) -> Result<Lasting, Unavailable> {
        let bounds = Bounds::from(&tenant.limits);
        let kept = self.lasting.get(&tenant.id);
        if let Some(kept) = kept.as_ref().filter(|kept| *kept.bindings == bindings && kept.limits == tenant.limits) {
            return Ok(kept.clone());
        }
        let mut policies = Vec::with_capacity(bindings.len());
        for binding in &bindings {
            policies.push(prepare(&self.library, store, binding, bounds).await?);
        }
        let breakers = bindings.iter().map(|binding| {
            Arc::new(Breaker::new(binding.tenant.clone(), binding.name.clone(), Arc::clone(&self.trips)))
        });
        let turns = usize::try_from(tenant.limits.policy_concurrency).unwrap_or(1).max(1);
        let lasting = Lasting {
            breakers: Arc::new(breakers.collect()),
            bindings: Arc::new(bindings),
            policies: Arc::new(policies),
            memo: Arc::new(self.library.memo()),
            rate: kept.map_or_else(Arc::default, |kept| kept.rate),
            slow_turns: Arc::new(Semaphore::new(turns)),
            limits: tenant.limits,
        };
        self.lasting.insert(tenant.id.clone(), lasting.clone());
        Ok(lasting)
    }

    /// What is taken of `tenant`'s limits at `now`. Of one that is not in memory nothing is.
    pub(crate) fn taken(&self, tenant: &Tenant, now: Timestamp) -> Taken {
        let lasting = self.lasting.get(&tenant.id);
        let calls = |rate| lasting.as_ref().map_or(0, |lasting| lasting.rate.taken(rate, now));
        let turns = |lasting: &Lasting| {
            let free = u32::try_from(lasting.slow_turns.available_permits()).unwrap_or(u32::MAX);
            lasting.limits.policy_concurrency.saturating_sub(free)
        };
        Taken { calls: tenant.limits.calls.map(calls), slow_turns: lasting.as_ref().map_or(0, turns) }
    }

    pub(crate) fn trips(&self) -> &Trips {
        &self.trips
    }

    /// The version that was in force before the present one, if there was one and it can run.
    pub(crate) async fn replaced(
        &self,
        store: &Store,
        owner: &TenantId,
        name: &PolicyName,
    ) -> Result<Option<StandIn>, Unavailable> {
        let Some(live) = self.get(store, owner).await? else { return Ok(None) };
        let replaced = store.tenant(owner).replaced_bindings().await?;
        let Some(binding) = replaced.into_iter().find(|binding| binding.name == *name) else { return Ok(None) };
        let ready = self.candidate(store, &live, &binding).await?;
        Ok(ready.ok().map(|policy| StandIn { version: binding.version, policy }))
    }

    /// Makes a version ready that is not in force, within the bounds of its owner.
    pub(crate) async fn candidate(
        &self,
        store: &Store,
        owner: &LiveTenant,
        binding: &Binding,
    ) -> Result<Result<Arc<Policy>, Failure>, Unavailable> {
        prepare(&self.library, store, binding, Bounds::from(&owner.tenant.limits)).await
    }

    async fn shadows(
        &self,
        store: &Store,
        tenant: &Tenant,
        now: Vec<Shadow>,
    ) -> Result<Vec<Arc<LiveShadow>>, Unavailable> {
        if now.is_empty() {
            self.shadows.remove(&tenant.id);
            return Ok(Vec::new());
        }
        let bounds = Bounds::from(&tenant.limits);
        let before = self.shadows.get(&tenant.id).unwrap_or_default();
        let mut live = Vec::with_capacity(now.len());
        for shadow in now {
            if let Some(again) = before.iter().find_map(|before| before.again(&shadow, bounds)) {
                live.push(Arc::new(again));
                continue;
            }
            let ready = prepare(&self.library, store, &shadow.binding, bounds).await?;
            live.push(Arc::new(LiveShadow::new(shadow, bounds, ready, self.library.memo())));
        }
        self.shadows.insert(tenant.id.clone(), live.clone());
        Ok(live)
    }
}

/// Makes a policy ready to be asked, or says why it cannot be; then it refuses what it is asked about.
async fn prepare(
    library: &Library,
    store: &Store,
    binding: &Binding,
    bounds: Bounds,
) -> Result<Result<Arc<Policy>, Failure>, Unavailable> {
    let unusable = |why: String| {
        tracing::error!(tenant = %binding.tenant, policy = %binding.name, why, "a policy cannot run and refuses its calls");
        Failure::Refused(why)
    };
    let module = match modules::module(library, store, binding).await? {
        Ok(module) => module,
        Err(why) => return Ok(Err(unusable(why))),
    };
    let settings = binding.settings.clone();
    let prepared = modules::aside(move || module.prepare(&settings, bounds)).await?;
    Ok(prepared.map(Arc::new).map_err(|e| unusable(e.to_string())))
}

/// Routes were checked when they were written; should they be broken all the same, no call finds one.
async fn route_table(store: &Store, id: &TenantId) -> Result<RouteTable, Unavailable> {
    let routes = store.tenant(id).routes().await?;
    Ok(RouteTable::new(&routes).unwrap_or_else(|e| {
        tracing::error!(tenant = %id, error = %e, "a route table cannot be read; its calls are refused");
        RouteTable::default()
    }))
}
