//! Change what is kept: the control plane. One use case per verb, whatever door it was called through.
//!
//! A change is authorised, runs in one transaction of one tenant with its audit entry, and makes what others remember
//! of that tenant stale.

mod caller;
mod error;
mod passwords;
pub mod keys;
pub mod tokens;
pub mod signing_keys;
pub mod sessions;
pub mod paging;
pub mod solutions;
pub mod contexts;
mod containers;
pub mod declared;
mod tenants;
mod decisions;
pub mod exchange;

#[cfg(test)]
mod tests;

use wardgate_domain::secret::{PlainSecret, SecretHasher, SharedSecret};
use wardgate_domain::{Clock, Random, TenantId, limits};
use wardgate_policy::Library;
use wardgate_storage::Store;

pub use caller::{Access, Caller};
pub use error::{ManageError, Refusal};

use paging::Scans;
use passwords::Passwords;

/// What an operator may set.
#[derive(Debug)]
pub struct ManagerOptions {
    /// How far the time of a signature may be from ours, both ways, in milliseconds: less than this.
    pub window_ms: u64,
    /// Life of a signing key's access token, in milliseconds.
    pub access_ms: u64,
    /// Life of a signing key's refresh token from its last use, in milliseconds.
    pub refresh_ms: u64,
    /// Whether the run that makes the first declared tenant makes a signing key of it, too. A later run makes none.
    pub make_first_key: bool,
    /// What whoever makes a tenant's first signing key must know; without one nobody does.
    pub initialization_token: Option<PlainSecret>,
    /// Whose first signing key that is where no tenant is named.
    pub first_owner: Option<TenantId>,
}

impl Default for ManagerOptions {
    fn default() -> Self {
        Self {
            window_ms: limits::CLOCK_WINDOW_MS,
            access_ms: limits::ACCESS_TOKEN_MS,
            refresh_ms: limits::REFRESH_TOKEN_MS,
            make_first_key: false,
            initialization_token: None,
            first_owner: None,
        }
    }
}

/// Changes things. One per process.
pub struct Manager {
    store: Store,
    library: Library,
    hasher: SecretHasher,
    passwords: Passwords,
    scans: Scans,
    clock: Clock,
    random: Random,
    window_ms: u64,
    access_ms: u64,
    refresh_ms: u64,
    make_first_key: bool,
    initialization_token: Option<SharedSecret>,
    first_owner: Option<TenantId>,
}

impl Manager {
    /// Wires the control plane to what it changes.
    pub fn new(
        store: Store,
        library: Library,
        hasher: SecretHasher,
        clock: Clock,
        random: Random,
        options: ManagerOptions,
    ) -> Self {
        Self {
            passwords: Passwords::new(random.clone()),
            scans: Scans::new(),
            store,
            library,
            hasher,
            clock,
            random,
            window_ms: options.window_ms,
            access_ms: options.access_ms,
            refresh_ms: options.refresh_ms,
            make_first_key: options.make_first_key,
            initialization_token: options.initialization_token.map(SharedSecret::new),
            first_owner: options.first_owner,
        }
    }

    /// Whether the store answers.
    pub async fn ready(&self) -> Result<(), ManageError> {
        Ok(self.store.ping().await?)
    }
}
