//! Change what is kept: the control plane. One use case per verb, whatever door it was called through.
//!
//! A change is authorised, runs in one transaction of one tenant with its audit entry, and makes what others remember
//! of that tenant stale.

mod caller;
mod error;
mod passwords;
pub mod keys;
pub mod tokens;
pub mod declared;
mod tenants;
mod decisions;

use wardgate_domain::secret::SecretHasher;
use wardgate_domain::{Clock, Random};
use wardgate_policy::Library;
use wardgate_storage::Store;

pub use caller::Caller;
pub use error::ManageError;

use passwords::Passwords;

/// Changes things. One per process.
pub struct Manager {
    store: Store,
    library: Library,
    hasher: SecretHasher,
    passwords: Passwords,
    clock: Clock,
    random: Random,
}

impl Manager {
    /// Wires the control plane to what it changes.
    pub fn new(store: Store, library: Library, hasher: SecretHasher, clock: Clock, random: Random) -> Self {
        Self { passwords: Passwords::new(random.clone()), store, library, hasher, clock, random }
    }

    /// Whether the store answers.
    pub async fn ready(&self) -> Result<(), ManageError> {
        Ok(self.store.ping().await?)
    }
}
