//! Keys and the life they lead.

pub mod format;

use crate::address::AddressRanges;
use crate::clock::Timestamp;
use crate::id::{KeyId, TenantId};
use crate::origin::Origins;
use crate::permission::Grants;
use crate::rate::Rate;
use crate::secret::SecretHash;

pub use format::KeyFormat;

/// A record that verifies a caller's `x-api-key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The public handle: safe to show, no use as a credential.
    pub id: KeyId,
    /// Whose key; `*` is a cluster key.
    pub tenant: TenantId,
    /// How the key itself is recognised.
    pub hash: SecretHash,
    /// What the key itself looks like.
    pub format: KeyFormat,
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
    /// How often it may be used, together with all keys of its line.
    pub rate: Rate,
    /// The pages that it may be used from; none is anywhere.
    pub origins: Origins,
    /// The addresses that it may be used from; none is anywhere.
    pub addresses: AddressRanges,
    /// The first key of its line: rotation adds to a line, and all of a line count against one rate.
    pub line: KeyId,
    /// The key that took its place by rotation.
    pub replaced_by: Option<KeyId>,
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

/// A key cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchangeable {
    /// It is gone for good.
    Revoked,
    /// Another has its place: its end stays where it is, or comes earlier.
    Replaced,
}

impl Unchangeable {
    /// What the caller is told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "a revoked key cannot be changed",
            Self::Replaced => "a key that was rotated cannot be given a later end",
        }
    }
}

/// A key cannot be rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrotatable {
    /// Another has its place already.
    Replaced,
    /// It is gone for good.
    Revoked,
    /// It is switched off.
    Disabled,
    /// It is past its expiry.
    Expired,
}

impl Unrotatable {
    /// What the caller is told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replaced => "the key was rotated before",
            Self::Revoked => "a revoked key cannot be rotated",
            Self::Disabled => "a disabled key cannot be rotated",
            Self::Expired => "an expired key cannot be rotated",
        }
    }
}

/// What a key that takes another's place does not have from it.
#[derive(Debug)]
pub struct Successor {
    /// Its own handle.
    pub id: KeyId,
    /// How it is recognised.
    pub hash: SecretHash,
    /// What it looks like.
    pub format: KeyFormat,
    /// Its last four characters.
    pub last4: String,
    /// Who rotated.
    pub created_by: String,
}

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
    pub fn change(mut self, change: KeyChange) -> Result<Self, Unchangeable> {
        if self.revoked.is_some() {
            return Err(Unchangeable::Revoked);
        }
        let expires = change.expires.map_or(self.expires, Expiry::end);
        let comes_later = match (self.expires, expires) {
            (Some(before), Some(after)) => after > before,
            (before, None) => before.is_some(),
            (None, Some(_)) => false,
        };
        if self.replaced_by.is_some() && comes_later {
            return Err(Unchangeable::Replaced);
        }
        self.expires = expires;
        self.name = change.name.unwrap_or(self.name);
        self.grants = change.grants.unwrap_or(self.grants);
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self.rate = change.rate.unwrap_or(self.rate);
        self.origins = change.origins.unwrap_or(self.origins);
        self.addresses = change.addresses.unwrap_or(self.addresses);
        Ok(self)
    }

    /// Gives the key's place to `successor`, which may do what this one may, for as long as it might have; this one ends
    /// at `ends`, or before if it would anyway. Answers with this one and the new one.
    pub fn rotate(self, successor: Successor, ends: Timestamp, now: Timestamp) -> Result<(Self, Self), Unrotatable> {
        if self.replaced_by.is_some() {
            return Err(Unrotatable::Replaced);
        }
        match self.state(now) {
            KeyState::Usable => {}
            KeyState::Revoked => return Err(Unrotatable::Revoked),
            KeyState::Disabled => return Err(Unrotatable::Disabled),
            KeyState::Expired => return Err(Unrotatable::Expired),
        }
        let Successor { id, hash, format, last4, created_by } = successor;
        let replaced_by = Some(id.clone());
        let new = Self { id, hash, format, last4, created_by, created: now, last_used: None, ..self.clone() };
        let end = self.expires.map_or(ends, |end| end.min(ends));
        Ok((Self { expires: Some(end), replaced_by, ..self }, new))
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
    /// The pages that it may be used from.
    pub origins: Option<Origins>,
    /// The addresses that it may be used from.
    pub addresses: Option<AddressRanges>,
}
