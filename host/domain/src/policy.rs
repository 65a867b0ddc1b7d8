//! Policies as they are kept: a tenant's named use of a module. How they run is the policy crate's affair.

use std::fmt;

use crate::id::{PolicyName, TenantId};
use crate::permission::Grants;

/// Names a module by the SHA-256 of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleDigest(pub [u8; 32]);

impl ModuleDigest {
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

/// A policy in use. The cluster's policies are guards: asked first, for every tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whose policy.
    pub tenant: TenantId,
    /// Unique inside the tenant.
    pub name: PolicyName,
    /// The code.
    pub module: ModuleDigest,
    /// The permissions it answers for.
    pub permissions: Grants,
    /// Its settings, as JSON text.
    pub settings: String,
}
