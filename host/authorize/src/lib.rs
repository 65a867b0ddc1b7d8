//! May this call pass? The data plane, in the order in which a call goes through it:
//! [`resolve`] → [`verify`] → [`admit`] → [`permit`] → [`consult`] → [`conclude`].
//!
//! Each step takes the previous step's proof by value, so none can be skipped: [`walk`] has all of them on one screen.
//! Nothing here changes what is kept.

mod credential;
mod resolve;
mod verify;
mod admit;
mod permit;
mod consult;
mod conclude;
mod walk;
mod identify;
mod stop;
mod trail;
mod cache;
mod modules;
mod credentials;
mod tenants;
mod failures;
mod usage;
mod flip;
mod replay;
mod explain;
mod shadow;
mod breaker;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use wardgate_domain::limits;
use wardgate_domain::secret::SecretHasher;
use wardgate_domain::tenant::Tenant;
use wardgate_domain::{Clock, Random, TenantId};
use wardgate_openid::Providers;
use wardgate_policy::Library;
use wardgate_storage::{StorageError, Store};

pub use breaker::Broken;
pub use conclude::{Caller, Consulted, Decision};
pub use explain::{Asked, Explanation, Seen};
pub use flip::{Cost, Flip, FlipCounts, FlipKind, Flips, Outcome};
pub use identify::{Identity, Verification};
pub use permit::Permit;
pub use replay::{NotKept, Replay, ReplayError};
pub use shadow::{ShadowReport, ShadowTotals};
pub use stop::Stop;
pub use tenants::Taken;

use credentials::Credentials;
use failures::Failures;
use replay::Replays;
use shadow::Shadows;
use tenants::Tenants;
use usage::{Usage, Uses};

/// How signatures are judged.
#[derive(Debug, Clone, Copy)]
pub struct SigningRules {
    /// How far a signature's time may be from ours, both ways, in milliseconds: less than this.
    pub window_ms: u64,
    /// The same for signatures of Request Origins. No longer than nonces are kept for.
    pub cx1_window_ms: u64,
}

/// Decides calls. One per process; everything it needs on the hot path is in its memory.
pub struct Authorizer {
    store: Store,
    clock: Clock,
    random: Random,
    hasher: SecretHasher,
    rules: SigningRules,
    providers: Providers,
    credentials: Credentials,
    tenants: Tenants,
    failures: Failures,
    usage: Usage,
    replays: Replays,
    shadows: Arc<Shadows>,
}

impl Authorizer {
    /// Wires the data plane to what it reads.
    pub fn new(
        store: Store,
        library: Library,
        hasher: SecretHasher,
        clock: Clock,
        random: Random,
        rules: SigningRules,
        providers: Providers,
    ) -> Self {
        Self {
            credentials: Credentials::new(),
            tenants: Tenants::new(library),
            failures: Failures::new(),
            usage: Usage::default(),
            replays: Replays::default(),
            shadows: Arc::default(),
            store,
            clock,
            random,
            hasher,
            rules,
            providers,
        }
    }

    /// Whether so many credentials of `address`'s network were bad that no more of them are looked at.
    pub fn is_turned_away(&self, address: IpAddr) -> bool {
        self.failures.full(address, self.clock.now()).is_some()
    }

    /// Counts a bad credential that was looked at elsewhere: at a sign-in.
    pub fn note_failure(&self, address: IpAddr) {
        self.failures.count(address, self.clock.now());
    }

    /// Loads `tenants` before the first call asks for them, so that no call pays for preparing a policy.
    pub async fn warm(&self, tenants: &[TenantId]) -> Result<(), Stop> {
        for id in tenants {
            self.tenants.get(&self.store, id).await?;
        }
        Ok(())
    }

    /// Does what waits behind the hot path (decisions, nonces and times of last use are written, shadows asked) until `stopped`, then once more.
    pub async fn write_behind(&self, stopped: impl Future<Output = ()>) {
        tokio::pin!(stopped);
        let mut every = tokio::time::interval(Duration::from_millis(limits::DECISION_FLUSH_MS));
        loop {
            let last = tokio::select! {
                _ = every.tick() => false,
                () = &mut stopped => true,
            };
            self.shadows.ask_aside();
            if let Err(error) = self.find_stand_ins().await {
                tracing::warn!(%error, "who stands in for a policy could not be found, and is looked for again");
            }
            if let Err(e) = self.write_waiting().await {
                tracing::error!(error = %e, "what waits could not all be written, and is tried again");
            }
            if last {
                return;
            }
        }
    }

    async fn write_waiting(&self) -> Result<(), StorageError> {
        self.store.flush().await?;
        let Uses { keys, origins } = self.usage.take();
        if !keys.is_empty() {
            self.store.touch_keys(&keys).await?;
        }
        if origins.is_empty() { Ok(()) } else { self.store.touch_request_origins(&origins).await }
    }

    /// What of `tenant`'s limits is taken now.
    pub fn taken(&self, tenant: &Tenant) -> Taken {
        self.tenants.taken(tenant, self.clock.now())
    }

    /// Decisions that wait to be written.
    pub fn decisions_waiting(&self) -> usize {
        self.store.decisions().waiting()
    }
}
