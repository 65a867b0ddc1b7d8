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
mod credentials;
mod tenants;
mod failures;
mod usage;

use std::net::IpAddr;
use std::time::Duration;

use wardgate_domain::limits;
use wardgate_domain::secret::SecretHasher;
use wardgate_domain::{Clock, Random, TenantId};
use wardgate_policy::Library;
use wardgate_storage::{StorageError, Store};

pub use conclude::{Caller, Consulted, Decision};
pub use identify::{Identity, Verification};
pub use permit::Permit;
pub use stop::Stop;

use credentials::Credentials;
use failures::Failures;
use tenants::Tenants;
use usage::Usage;

/// How signatures are judged.
#[derive(Debug, Clone, Copy)]
pub struct SigningRules {
    /// How far a signature's time may be from ours, both ways, in milliseconds: less than this.
    pub window_ms: u64,
}

/// Decides calls. One per process; everything it needs on the hot path is in its memory.
pub struct Authorizer {
    store: Store,
    clock: Clock,
    random: Random,
    hasher: SecretHasher,
    rules: SigningRules,
    credentials: Credentials,
    tenants: Tenants,
    failures: Failures,
    usage: Usage,
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
    ) -> Self {
        Self {
            credentials: Credentials::new(),
            tenants: Tenants::new(library),
            failures: Failures::new(),
            usage: Usage::default(),
            store,
            clock,
            random,
            hasher,
            rules,
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

    /// Writes what waits behind the hot path (decisions, nonces and times of last use) until `stopped`, then once more.
    pub async fn write_behind(&self, stopped: impl Future<Output = ()>) {
        tokio::pin!(stopped);
        let mut every = tokio::time::interval(Duration::from_millis(limits::DECISION_FLUSH_MS));
        loop {
            let last = tokio::select! {
                _ = every.tick() => false,
                () = &mut stopped => true,
            };
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
        let uses = self.usage.take();
        if uses.is_empty() { Ok(()) } else { self.store.touch_keys(&uses).await }
    }

    /// Decisions that wait to be written.
    pub fn decisions_waiting(&self) -> usize {
        self.store.decisions().waiting()
    }
}
