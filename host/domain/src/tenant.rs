//! Tenants and their limits.

use crate::id::TenantId;
use crate::limits;
use crate::rate::Rate;

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
}

impl Default for TenantLimits {
    fn default() -> Self {
        Self {
            calls: None,
            keys: limits::KEYS_PER_TENANT,
            policy_ms: limits::POLICY_MS,
            policy_memory_mib: limits::POLICY_MEMORY_MIB,
            policy_concurrency: limits::POLICY_CONCURRENCY_PER_TENANT,
        }
    }
}
