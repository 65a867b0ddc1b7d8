//! The limits of a tenant, each with what is taken of it: what is known, and nothing that is guessed.

use serde::Serialize;
use serde_json::Number;
use wardgate_authorize::Taken;
use wardgate_domain::limits::POLICIES_PER_TENANT;
use wardgate_domain::tenant::TenantLimits;
use wardgate_manage::usage::Kept;

/// Bytes of a MiB: a power of two, by which nothing is rounded.
const MIB: f64 = 1_048_576.0;

/// One limit on the wire.
#[derive(Serialize)]
pub(super) struct UsedLimit {
    /// As in the tenant, with its unit.
    pub(super) name: &'static str,
    pub(super) limit: u32,
    /// For calls, the time that they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_seconds: Option<u32>,
    /// In the same unit; `null` where a limit is one of each evaluation, so that nothing of it is taken.
    used: Option<Number>,
}

impl UsedLimit {
    fn new(name: &'static str, limit: u32, used: impl Into<Number>) -> Self {
        Self { name, limit, window_seconds: None, used: Some(used.into()) }
    }

    fn in_parts(name: &'static str, limit: u32, used: f64) -> Self {
        Self { used: Number::from_f64(used), ..Self::of_each(name, limit) }
    }

    fn of_each(name: &'static str, limit: u32) -> Self {
        Self { name, limit, window_seconds: None, used: None }
    }

    /// What is taken, if something can be.
    pub(super) fn used(&self) -> Option<f64> {
        self.used.as_ref().and_then(Number::as_f64)
    }
}

/// Every limit of a tenant; of calls only if they have one.
pub(super) fn of(kept: &Kept, taken: Taken) -> Vec<UsedLimit> {
    let TenantLimits {
        calls,
        keys,
        policy_ms,
        policy_memory_mib,
        policy_concurrency,
        policy_module_mib,
        policy_versions,
        policy_compile_s,
        policy_shadow_percent,
    } = kept.tenant.limits;
    // Both far below what a number with fractions tells exactly.
    let [module_bytes, compile_ms] =
        [kept.module_bytes, kept.compile_ms].map(|n| f64::from(u32::try_from(n).unwrap_or(u32::MAX)));
    let calls = calls.map(|rate| UsedLimit {
        window_seconds: Some(rate.frequency_s),
        ..UsedLimit::new("calls", rate.capacity, taken.calls.unwrap_or(0))
    });
    let policies = u32::try_from(POLICIES_PER_TENANT).unwrap_or(u32::MAX);
    let others = [
        UsedLimit::new("keys", keys, kept.keys),
        UsedLimit::new("policies", policies, kept.policies),
        UsedLimit::new("policy_versions", policy_versions, kept.policy_versions),
        UsedLimit::in_parts("policy_module_mib", policy_module_mib, module_bytes / MIB),
        UsedLimit::in_parts("policy_compile_s", policy_compile_s, compile_ms / 1_000.0),
        UsedLimit::new("policy_shadow_percent", policy_shadow_percent, kept.shadow_percent),
        UsedLimit::new("policy_concurrency", policy_concurrency, taken.slow_turns),
        UsedLimit::of_each("policy_ms", policy_ms),
        UsedLimit::of_each("policy_memory_mib", policy_memory_mib),
    ];
    calls.into_iter().chain(others).collect()
}
