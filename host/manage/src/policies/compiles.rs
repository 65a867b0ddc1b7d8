//! Turns at the compiler. Compiling is the dearest thing that anybody can have done here, so it is done for few at a time,
//! for one after the other of those who wait, and for nobody without an end (security rule 84).

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wardgate_domain::policy::ModuleDigest;
use wardgate_domain::tenant::Tenant;
use wardgate_domain::{Clock, PolicyName, TenantId, limits};
use wardgate_policy::compile::{CompileBounds, CompileError};
use wardgate_policy::{Library, MakeError, Module};

use super::unavailable;
use crate::ManageError;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Who has a turn, who waits for one, and what is known to be bad.
pub(crate) struct Compiles {
    rooms: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    tenants: Cache<TenantId, Arc<Share>>,
    /// Modules that used up what they may: they would again.
    poisoned: Cache<ModuleDigest, String>,
}

/// What one tenant has of the compiler.
struct Share {
    /// So many of its uploads arrive.
    rooms: Arc<Semaphore>,
    /// So many wait or run.
    places: Arc<Semaphore>,
    /// One of them at a time waits for a turn: who uploads much does not come before who uploads little.
    turn: Arc<Semaphore>,
    /// Milliseconds used on a day, by its number.
    spent: Mutex<(i64, u64)>,
    underway: Mutex<Vec<Underway>>,
}

/// A module on its way through the compiler.
#[derive(Debug, Clone)]
pub struct Underway {
    /// For which policy.
    pub policy: PolicyName,
    /// Which module.
    pub digest: ModuleDigest,
    /// Whether it waits for its turn.
    pub waiting: bool,
    /// Since when it is on its way.
    pub since: Instant,
}

impl Compiles {
    pub(crate) fn new() -> Self {
        Self {
            rooms: Arc::new(Semaphore::new(limits::UPLOADS_AT_A_TIME)),
            turns: Arc::new(Semaphore::new(limits::COMPILES_AT_A_TIME)),
            tenants: Cache::new(limits::CACHED_TENANTS),
            poisoned: Cache::new(limits::POISONED_MODULES),
        }
    }

    /// Room for one upload in memory. A tenant that sends slowly holds up its own uploads only.
    pub(crate) async fn room(
        &self,
        tenant: &TenantId,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), ManageError> {
        let share = self.share(tenant)?;
        let busy = ManageError::LimitReached("as many uploads of the tenant arrive as may: wait for one");
        let own = Arc::clone(&share.rooms).try_acquire_owned().map_err(|_| busy)?;
        let wait = Duration::from_millis(limits::UPLOAD_WAIT_MS);
        let room = tokio::time::timeout(wait, Arc::clone(&self.rooms).acquire_owned()).await;
        Ok((own, room.map_err(unavailable)?.map_err(unavailable)?))
    }

    fn share(&self, tenant: &TenantId) -> Result<Arc<Share>, ManageError> {
        self.tenants.get_or_insert_with(tenant, || Ok(Arc::new(Share::new())))
    }

    /// For how long a tenant's modules were compiled today, in milliseconds.
    pub(crate) fn spent_today(&self, tenant: &TenantId, clock: &Clock) -> u64 {
        self.tenants.get(tenant).map_or(0, |share| share.spent_on(day(clock)))
    }

    /// What of a tenant's is on its way.
    pub(crate) fn underway(&self, tenant: &TenantId) -> Vec<Underway> {
        self.tenants.get(tenant).map(|share| share.underway.lock().clone()).unwrap_or_default()
    }

    /// Makes a module of `component` for `policy` of `tenant`. If the caller stops waiting it is made all the same, for the
    /// work is half done.
    pub(crate) async fn compile(
        &self,
        library: &Library,
        clock: &Clock,
        tenant: &Tenant,
        policy: &PolicyName,
        component: Vec<u8>,
    ) -> Result<(Arc<Module>, Vec<u8>), ManageError> {
        let digest = ModuleDigest::of(&component);
        if let Some(why) = self.poisoned.get(&digest) {
            return Err(ManageError::NotModule(why));
        }
        let share = self.share(&tenant.id)?;
        let today = day(clock);
        if share.spent_on(today) >= u64::from(tenant.limits.policy_compile_s) * 1_000 {
            return Err(ManageError::LimitReached("the tenant has used up today's seconds of compiling"));
        }
        let busy = "as many modules of the tenant are on their way as may be: wait for one";
        let place = Arc::clone(&share.places).try_acquire_owned().map_err(|_| ManageError::LimitReached(busy))?;
        let shown = Shown::new(&share, place, policy, digest);
        let own = Arc::clone(&share.turn).acquire_owned().await.map_err(unavailable)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(unavailable)?;
        shown.begins();
        let bounds = CompileBounds::of(component.len(), tenant.limits.policy_module_mib * 1024 * 1024);
        let library = library.clone();
        let made = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let made = library.make(&component, bounds);
            let _turns = (own, turn);
            shown.share.spend(today, began.elapsed());
            drop(shown);
            (made, component)
        });
        let (made, component) = made.await.map_err(unavailable)?;
        match made {
            Ok(module) => Ok((module, component)),
            Err(error) => {
                if let MakeError::Compile(CompileError::TooSlow(_) | CompileError::Died { .. }) = error {
                    self.poisoned.insert(digest, error.to_string());
                }
                Err(refused(error))
            }
        }
    }
}

/// The number of the day.
fn day(clock: &Clock) -> i64 {
    clock.now().as_ms().div_euclid(DAY_MS)
}

fn refused(error: MakeError) -> ManageError {
    match error {
        MakeError::Load(_) | MakeError::Compile(_) if !is_ours(&error) => ManageError::NotModule(error.to_string()),
        error => unavailable(error),
    }
}

/// Whether it is our trouble and says nothing of the module.
fn is_ours(error: &MakeError) -> bool {
    use wardgate_domain::verdict::Failure;
    use wardgate_policy::LoadError;
    matches!(error, MakeError::Compile(CompileError::Host(_)) | MakeError::Load(LoadError::Describe(Failure::Host(_))))
}

impl Share {
    fn new() -> Self {
        Self {
            rooms: Arc::new(Semaphore::new(limits::UPLOADS_AT_A_TIME_PER_TENANT)),
            places: Arc::new(Semaphore::new(limits::COMPILES_UNDERWAY_PER_TENANT)),
            turn: Arc::new(Semaphore::new(1)),
            spent: Mutex::default(),
            underway: Mutex::default(),
        }
    }

    fn spent_on(&self, day: i64) -> u64 {
        let spent = self.spent.lock();
        if spent.0 == day { spent.1 } else { 0 }
    }

    fn spend(&self, day: i64, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut spent = self.spent.lock();
        *spent = if spent.0 == day { (day, spent.1.saturating_add(ms)) } else { (day, ms) };
    }
}

/// A place among those on their way, for as long as it is held.
struct Shown {
    share: Arc<Share>,
    since: Instant,
    _place: OwnedSemaphorePermit,
}

impl Shown {
    fn new(share: &Arc<Share>, place: OwnedSemaphorePermit, policy: &PolicyName, digest: ModuleDigest) -> Self {
        let since = Instant::now();
        share.underway.lock().push(Underway { policy: policy.clone(), digest, waiting: true, since });
        Self { share: Arc::clone(share), since, _place: place }
    }

    fn begins(&self) {
        for underway in self.share.underway.lock().iter_mut().filter(|underway| underway.since == self.since) {
            underway.waiting = false;
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.share.underway.lock().retain(|underway| underway.since != self.since);
    }
}
