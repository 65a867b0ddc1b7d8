//! What a policy answered, and how it can fail to.

use std::sync::Arc;

use crate::fact::Fact;
use crate::id::{PolicyName, TenantId};

/// A policy's opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The call stops here.
    Deny,
    /// Nothing against it.
    Allow,
    /// No opinion.
    Abstain,
}

impl Effect {
    /// The word for people and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Abstain => "abstain",
        }
    }
}

/// Why, in the policy's own words. Already cut to its bounds and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// For machines.
    pub code: String,
    /// For people.
    pub message: String,
}

/// What the enforcing side must do if it lets the call pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// What to do.
    pub name: String,
    /// With what.
    pub arguments: Vec<(String, Fact)>,
}

/// A policy's whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its opinion.
    pub effect: Effect,
    /// Why.
    pub reasons: Vec<Reason>,
    /// On what conditions.
    pub obligations: Vec<Obligation>,
}

/// How an evaluation failed. All but [`Failure::Host`] are the guest's fault and are shown to the tenant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It ran longer than it may.
    #[error("the policy ran longer than its limit")]
    Timeout,
    /// It asked for more memory or tables than its limit.
    #[error("the policy needed more memory than its limit")]
    Memory,
    /// It trapped.
    #[error("the policy trapped: {0}")]
    Trap(String),
    /// It said itself that it could not decide.
    #[error("the policy could not decide: {0}")]
    Refused(String),
    /// Its answer broke a bound.
    #[error("the policy's answer was not acceptable: {0}")]
    BadAnswer(&'static str),
    /// Trouble on our side.
    #[error("the host could not run the policy")]
    Host(String),
}

impl Failure {
    /// Every [`Self::code`].
    pub const CODES: [&str; 6] = ["timeout", "memory", "trap", "refused", "bad_answer", "host"];

    /// A stable word for records and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Trap(_) => "trap",
            Self::Refused(_) => "refused",
            Self::BadAnswer(_) => "bad_answer",
            Self::Host(_) => "host",
        }
    }
}

/// One policy's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// Whose policy; the cluster's are guards.
    pub owner: TenantId,
    /// Which policy.
    pub policy: PolicyName,
    /// Which version of it answered; 0 where that was not written down.
    pub version: u32,
    /// Whether the version in force was not asked, because it had failed too often.
    pub fell_back: bool,
    /// What it said, or how it failed.
    pub outcome: Result<Arc<Verdict>, Failure>,
    /// Whether the answer was remembered rather than computed.
    pub remembered: bool,
    /// What computing it took, in microseconds.
    pub cost_us: u32,
}
