//! Policies as they are kept: a tenant's named uses of modules, in versions. How they run is the policy crate's affair.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::id::{PolicyName, TenantId};
use crate::permission::Grants;

/// Names a module by the SHA-256 of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleDigest(pub [u8; 32]);

impl ModuleDigest {
    /// The digest of a component.
    pub fn of(component: &[u8]) -> Self {
        Self(Sha256::digest(component).into())
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(digest))
    }
}

impl fmt::Display for ModuleDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ModuleDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModuleDigest({self})")
    }
}

/// A policy's module with what it is told and asked about: what runs. The cluster's policies are guards: asked first, for
/// every tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whose policy.
    pub tenant: TenantId,
    /// Unique inside the tenant.
    pub name: PolicyName,
    /// Which version of the policy; 0 where it is yet to get its number.
    pub version: u32,
    /// The code.
    pub module: ModuleDigest,
    /// The permissions it answers for.
    pub permissions: Grants,
    /// Its settings, as JSON text.
    pub settings: String,
}

impl Binding {
    /// Whether `other` is the same code with the same settings for the same permissions, whatever its number.
    pub fn is_same_as(&self, other: &Self) -> bool {
        *self == Self { version: self.version, ..other.clone() }
    }
}

/// A version of a policy. It never changes; what changes is which one is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// What runs.
    pub binding: Binding,
    /// The version that was in force before this one, where this one was ever put into force.
    pub replaced: Option<u32>,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it, as the audit log names people.
    pub author: String,
}

/// Which versions of a policy do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The version in force; a policy that was uploaded and never activated has none.
    pub active: Option<u32>,
    /// The version that is evaluated beside it and never answers.
    pub shadow: Option<ShadowShare>,
    /// The highest number that was ever given. None is given twice.
    pub newest: u32,
}

/// A version that is evaluated beside the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShadowShare {
    /// Which one.
    pub version: u32,
    /// Of how many calls in a hundred it is asked, too.
    pub percent: u8,
}

/// A shadow, ready to be made to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// What runs.
    pub binding: Binding,
    /// Of how many calls in a hundred it is asked, too.
    pub percent: u8,
}
