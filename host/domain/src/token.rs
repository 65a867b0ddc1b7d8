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
    /// A user of the family's tenant, in the browser that he signed in with.
    Browser(UserName),
    /// A signing key of the family's tenant.
    Key(Session),
}

/// What a user's token says beside who may do what: that it speaks for him, by whose hand, and of how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The user.
    pub user: UserName,
    /// The client that he signed in with.
    pub client: ClientId,
    /// The scope that was granted, space separated.
    pub scope: String,
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

/// Whether a scope takes nothing from what the holder may do.
pub fn is_whole(scope: &str) -> bool {
    has_word(scope, "*")
}

/// Whether a scope names `word`.
pub fn has_word(scope: &str, word: &str) -> bool {
    scope.split(' ').any(|named| named == word)
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Presented with calls.
    Access,
    /// Exchanged, once, for a new pair.
    Refresh,
    /// An authorisation code: exchanged, once, for the first pair of its family (RFC 6749 section 4.1).
    Code,
    /// A browser's session: in its cookie.
    Session,
    /// A link by which somebody signs in without his password: exchanged, once, for a session.
    Link,
    /// A session of the portal: in its cookie, and no other kind's. Begun or confirmed by a password when it was issued.
    Portal,
}

impl TokenKind {
    const ALL: [Self; 6] = [Self::Access, Self::Refresh, Self::Code, Self::Session, Self::Link, Self::Portal];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Code => "code",
            Self::Session => "session",
            Self::Link => "link",
            Self::Portal => "portal",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What whoever exchanges an authorisation code must show beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBinding {
    /// Where the code was sent to; `None` where the request for it named no address.
    pub redirect_uri: Option<String>,
    /// The PKCE challenge, of method `S256` (RFC 7636 section 4.2).
    pub challenge: Option<String>,
    /// What the ID token is to repeat (`OpenID` Connect Core section 3.1.2.1).
    pub nonce: Option<String>,
    /// When the user showed who he is, which may be long before the code.
    pub signed_in: Timestamp,
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
    /// When a refresh token or code was exchanged, or an access token revoked.
    pub spent: Option<Timestamp>,
    /// A code's.
    pub code: Option<CodeBinding>,
}
