//! Tenants and their limits.

use sha2::{Digest, Sha256};

use crate::id::TenantId;
use crate::limits;
use crate::rate::Rate;

/// The one environment that there is, by the name that GWS's services ask for: this installation.
pub const ENVIRONMENT_ID: &str = "00000000-0000-4000-8000-000000000001";

/// May a tenant's credentials be used at all?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantState {
    /// In service.
    Active,
    /// Every decision for it is a refusal (`tenant_suspended`).
    Suspended,
}

impl TenantState {
    /// The word kept in the database and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "suspended" => Some(Self::Suspended),
            _ => None,
        }
    }
}

/// An owner of keys, users, routes and policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its ccId.
    pub id: TenantId,
    /// For people.
    pub name: String,
    /// In service or not.
    pub state: TenantState,
    /// What it may use at most.
    pub limits: TenantLimits,
    /// Where its PrivMX data is kept: the address of a JSON-RPC server, `http://…`.
    pub backend: Option<String>,
}

/// What one tenant may use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLimits {
    /// All calls of the tenant together; `None` leaves the limit to its keys.
    pub calls: Option<Rate>,
    /// Keys kept at a time.
    pub keys: u32,
    /// Time for which one policy evaluation may run, in milliseconds.
    pub policy_ms: u32,
    /// One policy instance's linear memory, in MiB.
    pub policy_memory_mib: u32,
    /// Evaluations of slow policies at a time.
    pub policy_concurrency: u32,
    /// Length of an uploaded module, in MiB.
    pub policy_module_mib: u32,
    /// Versions kept of one policy.
    pub policy_versions: u32,
    /// Time for which its modules are compiled on one day, in seconds.
    pub policy_compile_s: u32,
    /// Calls in a hundred that a shadow may be asked about.
    pub policy_shadow_percent: u32,
}

/// A limit that no tenant may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {rule}")]
pub struct InvalidLimit {
    /// Which one, by its name in files and on the wire.
    pub member: &'static str,
    /// What it must be.
    pub rule: String,
}

impl TenantLimits {
    /// The limits, if each is within what may be set.
    pub fn legal(self) -> Result<Self, InvalidLimit> {
        for (member, value, most) in [
            ("keys", self.keys, 1_000_000),
            ("policy_ms", self.policy_ms, 1_000),
            ("policy_memory_mib", self.policy_memory_mib, 64),
            ("policy_concurrency", self.policy_concurrency, 64),
            ("policy_module_mib", self.policy_module_mib, 32),
            ("policy_versions", self.policy_versions, 1_000),
            ("policy_compile_s", self.policy_compile_s, 86_400),
            ("policy_shadow_percent", self.policy_shadow_percent, 100),
        ] {
            if !(1..=most).contains(&value) {
                return Err(InvalidLimit { member, rule: format!("must be 1 to {most}") });
            }
        }
        if self.calls.is_some_and(|rate| rate.capacity == 0 || !(1..=86_400).contains(&rate.frequency_s)) {
            let rule = "capacity must be at least 1 and frequency 1 to 86400 seconds".to_owned();
            return Err(InvalidLimit { member: "calls", rule });
        }
        Ok(self)
    }
}

/// Names what a file declares, so that the same declaration is not applied a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclarationDigest(pub [u8; 32]);

impl DeclarationDigest {
    /// The digest of a declaration in its one spelling.
    pub fn of(spelling: &str) -> Self {
        Self(Sha256::digest(spelling).into())
    }
}

impl Default for TenantLimits {
    fn default() -> Self {
        Self {
            calls: None,
            keys: limits::KEYS_PER_TENANT,
            policy_ms: limits::POLICY_MS,
            policy_memory_mib: limits::POLICY_MEMORY_MIB,
            policy_concurrency: limits::POLICY_CONCURRENCY_PER_TENANT,
            policy_module_mib: limits::POLICY_MODULE_MIB,
            policy_versions: limits::POLICY_VERSIONS,
            policy_compile_s: limits::POLICY_COMPILE_S,
            policy_shadow_percent: limits::POLICY_SHADOW_PERCENT,
        }
    }
}
