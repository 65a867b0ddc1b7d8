//! Change what is kept: the control plane. One use case per verb, whatever door it was called through.
//!
//! A change is authorised, runs in one transaction of one tenant with its audit entry, and makes what others remember
//! of that tenant stale.

mod caller;
mod error;
mod passwords;
mod guesses;
mod held;
pub mod users;
pub mod keys;
pub mod communication_keys;
pub mod tokens;
pub mod clients;
pub mod browser;
pub mod app_spaces;
pub mod app_users;
pub mod request_origins;
pub mod signing_keys;
pub mod sessions;
pub mod paging;
pub mod solutions;
pub mod contexts;
mod containers;
pub mod declared;
pub mod tenants;
pub mod policies;
mod settings;
pub mod decisions;
pub mod audit;
pub mod usage;
pub mod exchange;
mod sweep;

#[cfg(test)]
mod tests;

use tokio::sync::Semaphore;
use wardgate_domain::origin::OriginSet;
use wardgate_domain::secret::{PlainSecret, SecretHasher, SharedSecret};
use wardgate_domain::{Clock, Random, TenantId, limits};
use wardgate_openid::Providers;
use wardgate_policy::Library;
use wardgate_storage::Store;

pub use caller::{Access, Caller};
pub use error::{Fault, ManageError, Refusal};

use communication_keys::CommunicationKeys;
use guesses::Guesses;
use held::Held;
use paging::Scans;
use passwords::Passwords;
use policies::Compiles;

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
    pub initialization_token: Option<SharedSecret>,
    /// Whose first signing key that is where no tenant is named.
    pub first_owner: Option<TenantId>,
    /// The communication key that the operator has given.
    pub communication_key: Option<PlainSecret>,
    /// Who is asked about people who sign in at identity providers.
    pub providers: Providers,
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
            communication_key: None,
            providers: Providers::default(),
        }
    }
}

/// Changes things. One per process.
pub struct Manager {
    store: Store,
    library: Library,
    hasher: SecretHasher,
    passwords: Passwords,
    guesses: Guesses,
    scans: Scans,
    prepares: Semaphore,
    compiles: Compiles,
    communication_keys: CommunicationKeys,
    /// The web pages that tenants in service let in.
    page_origins: Held<OriginSet>,
    /// Where clients in service have people sent to.
    redirect_uris: Held<Vec<String>>,
    clock: Clock,
    random: Random,
    options: ManagerOptions,
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
        let given = options.communication_key.as_ref();
        let communication_keys = CommunicationKeys::new(store.clone(), hasher.clone(), clock.clone(), given);
        Self {
            communication_keys,
            passwords: Passwords::new(random.clone()),
            guesses: Guesses::new(),
            scans: Scans::new(),
            prepares: Semaphore::new(limits::POLICY_PREPARES),
            compiles: Compiles::new(),
            page_origins: Held::default(),
            redirect_uris: Held::default(),
            store,
            library,
            hasher,
            clock,
            random,
            options,
        }
    }

    /// Whether the store answers.
    pub async fn ready(&self) -> Result<(), ManageError> {
        Ok(self.store.ping().await?)
    }
}
