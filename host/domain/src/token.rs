//! Tokens: short-lived credentials that grow from a sign-in and die with their family.

use crate::clock::Timestamp;
use crate::id::{ClientId, FamilyId, TenantId, UserName};
use crate::secret::SecretHash;

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A user of the family's tenant.
    User(UserName),
    /// The client itself.
    Client,
}

/// All tokens that grew from one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub id: FamilyId,
    /// The tenant that the tokens belong to.
    pub tenant: TenantId,
    /// The client that fetched them.
    pub client: ClientId,
    /// Who they speak for.
    pub holder: Holder,
    /// The scope as it was granted at the sign-in, space separated; no token of the family has more.
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
