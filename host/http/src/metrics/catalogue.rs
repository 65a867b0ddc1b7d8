//! The names and meanings of what is counted, as `docs/METRICS.md` lists them.

/// A metric's name on the wire and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// With unit and `_total`, as a query writes it.
    pub name: &'static str,
    /// One sentence without its full stop.
    pub help: &'static str,
}

pub(super) const DECISIONS: Described = Described {
    name: "wardgate_decisions_total",
    help: "Decisions by effect and by the true code of the denial, which callers may not see",
};
pub(super) const DECISION_DURATION: Described =
    Described { name: "wardgate_decision_duration_seconds", help: "Time from a read request to its decision" };
pub(super) const REQUESTS: Described =
    Described { name: "wardgate_http_requests_total", help: "Answered HTTP requests by door and class of status" };
pub(super) const CONNECTIONS_OPEN: Described =
    Described { name: "wardgate_connections_open", help: "Open HTTP connections" };
pub(super) const CONNECTIONS_REFUSED: Described = Described {
    name: "wardgate_connections_refused_total",
    help: "Connections refused because the server or the address had no seat left",
};
pub(super) const DOOR_REFUSALS: Described = Described {
    name: "wardgate_door_refusals_total",
    help: "Calls to the decision doors by peers that may not ask, by what they lack",
};
pub(super) const POLICY_MEMO: Described = Described {
    name: "wardgate_policy_memo_lookups_total",
    help: "Policies asked: answers that were remembered (hit) and answers that were computed (miss)",
};
pub(super) const POLICY_FAILURES: Described =
    Described { name: "wardgate_policy_failures_total", help: "Policies that could not decide, by kind of failure" };
pub(super) const LOG_WAITING: Described =
    Described { name: "wardgate_decision_log_waiting", help: "Decisions that wait to be written" };
pub(super) const LOGIN_FAILURES: Described =
    Described { name: "wardgate_login_failures_total", help: "Failed sign-ins of clients, users and signing keys" };

pub(super) const CSP_REPORTS: Described = Described {
    name: "wardgate_csp_reports_total",
    help: "Reports of browsers that a page of the portal tried what its policy forbids",
};
pub(super) const BREAKER_TRIPS: Described = Described {
    name: "wardgate_policy_breaker_trips_total",
    help: "Policies in force that failed so often that they were not asked for a while",
};
pub(super) const SHADOW_CALLS: Described = Described {
    name: "wardgate_shadow_calls_total",
    help: "Calls that shadows of policies were to be asked about, by what came of it",
};

pub(super) const TENANT_DECISIONS: Described = Described {
    name: "wardgate_tenant_decisions_total",
    help: "Decisions of the tenant since it was made, by effect and by the true code of the denial",
};
pub(super) const TENANT_LIMIT: Described =
    Described { name: "wardgate_tenant_limit", help: "Limits of the tenant, in the unit that the name of each says" };
pub(super) const TENANT_LIMIT_USED: Described =
    Described { name: "wardgate_tenant_limit_used", help: "What is taken of the limits of the tenant" };

/// Everything that is counted of all tenants together.
pub const METRICS: &[Described] = &[
    DECISIONS,
    DECISION_DURATION,
    REQUESTS,
    CONNECTIONS_OPEN,
    CONNECTIONS_REFUSED,
    DOOR_REFUSALS,
    POLICY_MEMO,
    POLICY_FAILURES,
    BREAKER_TRIPS,
    SHADOW_CALLS,
    LOG_WAITING,
    LOGIN_FAILURES,
    CSP_REPORTS,
];

/// What one tenant may read of itself.
pub const TENANT_METRICS: &[Described] = &[TENANT_DECISIONS, TENANT_LIMIT, TENANT_LIMIT_USED];
