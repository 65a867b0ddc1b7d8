//! Signing keys: keys whose holder proves that he has them without sending them, by an HMAC or an Ed25519 signature, or
//! sends them as Basic credentials (reference privmx.md, sections 2.1 to 2.4).

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::id::{KeyId, TenantId};
use crate::public_key::PublicKey;
use crate::scope::Scopes;
use crate::secret::SharedSecret;

/// Length of a signing key's name, in UTF-16 units.
pub const NAME_UNITS: usize = 128;
/// Length of a secret, in UTF-16 units. Those that are made here have 32.
pub const SECRET_UNITS: usize = 128;

/// A record that verifies a caller's signatures.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// How it is found: the caller sends it with each signature. No two tenants have a key of the same id.
    pub id: KeyId,
    /// Whose key.
    pub tenant: TenantId,
    /// With what signatures are verified. It decides the algorithm; a request never does (security rule 21).
    pub verifier: Verifier,
    /// For people; may be empty.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Switched on or off.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
}

/// With what signatures are verified.
#[derive(Debug, Clone)]
pub enum Verifier {
    /// HMAC-SHA-256 under a secret that both sides know.
    Secret(Arc<SharedSecret>),
    /// Ed25519.
    PublicKey(Arc<PublicKey>),
}

/// What to change about a signing key; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct SigningKeyChange {
    /// For people.
    pub name: Option<String>,
    /// What it may do.
    pub scopes: Option<Scopes>,
    /// Switched on or off.
    pub enabled: Option<bool>,
}

impl SigningKey {
    /// Applies what a change names and leaves the rest.
    #[must_use]
    pub fn change(mut self, change: SigningKeyChange) -> Self {
        self.name = change.name.unwrap_or(self.name);
        self.scopes = change.scopes.unwrap_or(self.scopes);
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self
    }
}
