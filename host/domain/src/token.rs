//! Tokens: short-lived credentials that grow from a sign-in and die with their family.

use std::net::IpAddr;

use uuid::Uuid;

use crate::address::is_at;
use crate::clock::Timestamp;
use crate::id::{ClientId, FamilyId, KeyId, TenantId, UserName};
use crate::scope::Scopes;
use crate::secret::SecretHash;

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A user of the family's tenant, by the client that he signed in with.
    User(UserName, ClientId),
    /// A client, for itself.
    Client(ClientId),
    /// A signing key of the family's tenant.
    Key(Session),
}

/// A signing key's session: what a PrivMX client calls by that name (reference privmx.md, section 2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The key.
    pub key: KeyId,
    /// What the client calls it; a sign-in by the same name takes its place.
    pub name: Option<String>,
    /// What its tokens may do, of what the key may.
    pub scopes: Scopes,
    /// The only address that its tokens may be used from, as the client wrote it.
    pub address: Option<String>,
    /// The WebSocket that its tokens are tied to.
    pub connection: Option<Uuid>,
    /// Life of an access token, in milliseconds.
    pub access_ms: u64,
}

impl Session {
    /// Whether a call over `connection` from `address` can have to do with it.
    pub fn is_reached(&self, connection: Option<Uuid>, address: Option<IpAddr>) -> bool {
        let over_its_own = self.connection.is_none() || self.connection == connection;
        over_its_own && self.address.as_deref().is_none_or(|bound| is_at(bound, address))
    }
}

/// All tokens that grew from one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub id: FamilyId,
    /// The tenant that the tokens belong to.
    pub tenant: TenantId,
    /// Who they speak for.
    pub holder: Holder,
    /// The OAuth scope as it was granted at the sign-in, space separated; no token of the family has more. Sessions of
    /// signing keys have all of it, which is `*`, and scopes of their own kind.
    pub scope: String,
    /// The sign-in.
    pub created: Timestamp,
    /// No token of the family outlives this (security rule 46).
    pub ends: Timestamp,
    /// Signed out, or a spent refresh token was used again.
    pub revoked: Option<Timestamp>,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Presented with calls.
    Access,
    /// Exchanged, once, for a new pair.
    Refresh,
}

impl TokenKind {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "access" => Some(Self::Access),
            "refresh" => Some(Self::Refresh),
            _ => None,
        }
    }
}

/// One token as it is kept: recognised, never shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// How it is recognised.
    pub hash: SecretHash,
    /// Access or refresh.
    pub kind: TokenKind,
    /// What it grew from.
    pub family: FamilyId,
    /// What it may do of what its holder may: `*` is all, else the grants that are named, space separated.
    pub scope: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// When a refresh token was exchanged.
    pub spent: Option<Timestamp>,
}
