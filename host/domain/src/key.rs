//! Keys and the life they lead.

use crate::clock::Timestamp;
use crate::id::{KeyId, TenantId};
use crate::permission::Grants;
use crate::rate::Rate;
use crate::secret::SecretHash;

/// A record that verifies a caller's `x-api-key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The public handle: safe to show, no use as a credential.
    pub id: KeyId,
    /// Whose key; `*` is a cluster key.
    pub tenant: TenantId,
    /// How the key itself is recognised.
    pub hash: SecretHash,
    /// The last four characters of the key, so that people tell keys apart (security rule 11).
    pub last4: String,
    /// For people.
    pub name: String,
    /// What it may do.
    pub grants: Grants,
    /// Switched on or off.
    pub enabled: bool,
    /// When it stops working by itself.
    pub expires: Option<Timestamp>,
    /// When it was revoked, for good.
    pub revoked: Option<Timestamp>,
    /// How often it may be used.
    pub rate: Rate,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it last let a call pass, as far as it is known on disk.
    pub last_used: Option<Timestamp>,
}

/// When something is to stop working by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    Never,
    /// From that moment on.
    At(Timestamp),
}

impl Expiry {
    /// The end, if there is one.
    pub fn end(self) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::At(end) => Some(end),
        }
    }
}

/// What a key's record says about using it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Works.
    Usable,
    /// Switched off; may be switched on again.
    Disabled,
    /// Past its expiry; a later expiry revives it.
    Expired,
    /// Gone for good.
    Revoked,
}

/// A revoked key cannot be changed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a revoked key cannot be changed")]
pub struct RevokedForGood;

impl Key {
    /// The state at `now`. A key is refused from the very millisecond of its expiry on.
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked.is_some() {
            KeyState::Revoked
        } else if !self.enabled {
            KeyState::Disabled
        } else if self.expires.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else {
            KeyState::Usable
        }
    }

    /// Ends the key for good; revoking twice keeps the first time.
    #[must_use]
    pub fn revoke(mut self, at: Timestamp) -> Self {
        self.revoked.get_or_insert(at);
        self
    }

    /// Applies what a change names and leaves the rest.
    pub fn change(mut self, change: KeyChange) -> Result<Self, RevokedForGood> {
        if self.revoked.is_some() {
            return Err(RevokedForGood);
        }
        self.name = change.name.unwrap_or(self.name);
        self.grants = change.grants.unwrap_or(self.grants);
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self.expires = change.expires.map_or(self.expires, Expiry::end);
        self.rate = change.rate.unwrap_or(self.rate);
        Ok(self)
    }
}

/// What to change about a key; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// For people.
    pub name: Option<String>,
    /// What it may do.
    pub grants: Option<Grants>,
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// When it stops working.
    pub expires: Option<Expiry>,
    /// How often it may be used.
    pub rate: Option<Rate>,
}
