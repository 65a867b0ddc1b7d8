//! People: a tenant's users and the cluster's ops users.

use crate::clock::Timestamp;
use crate::id::{TenantId, UserName};
use crate::permission::Grants;
use crate::scope::{Area, Authority};

/// What somebody may do to the things that Wardgate keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything inside his tenant; of the cluster, everything everywhere.
    Admin,
    /// Look, but change nothing.
    Viewer,
}

impl Role {
    /// The word kept in the database and in tenant files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "admin" => Some(Self::Admin),
            "viewer" => Some(Self::Viewer),
            _ => None,
        }
    }

    /// Whether the role includes `right`.
    pub fn may(self, right: Right) -> bool {
        match self {
            Self::Admin => true,
            Self::Viewer => matches!(right, Right::ReadKeys | Right::ReadDecisions),
        }
    }
}

/// What a caller may do with the things that Wardgate keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A person's.
    Role(Role),
    /// A signing key's or its token's.
    Scopes(Authority),
    /// A client's own token, or one whose scope was narrowed: nothing.
    None,
}

impl Standing {
    /// Whether it includes `right`. A signing key that is open to the keys' area may do there what an admin may.
    pub fn may(&self, right: Right) -> bool {
        match self {
            Self::Role(role) => role.may(right),
            Self::Scopes(authority) => authority.scopes.open(Area::ApiKey),
            Self::None => false,
        }
    }
}

/// A single thing that a role may allow. The key rights are the `Nexus.ApiKeys.*` of reference genesys.md, section 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// `Nexus.ApiKeys.canView` and `.canRead`.
    ReadKeys,
    /// `Nexus.ApiKeys.canCreate`.
    CreateKeys,
    /// `Nexus.ApiKeys.canUpdate`.
    UpdateKeys,
    /// `Nexus.ApiKeys.canDelete`.
    DeleteKeys,
    /// See why a call was let pass or not.
    ReadDecisions,
}

/// A password as it is kept: an Argon2id string in PHC form (security rule 3).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// Somebody who signs in with a name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Whose user; the cluster's are the ops users.
    pub tenant: TenantId,
    /// Unique inside the tenant.
    pub name: UserName,
    /// How the password is recognised.
    pub password: PasswordHash,
    /// What he may change.
    pub role: Role,
    /// What calls his tokens may make.
    pub grants: Grants,
    /// A disabled user cannot sign in, and his tokens are refused.
    pub enabled: bool,
    /// When he was made.
    pub created: Timestamp,
}
