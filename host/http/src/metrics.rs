//! What the process counts. Every counter is found by index, never by hashing labels, because some are touched by each
//! decision. Tenants and keys are never labels: their number has no bound, and an outsider would learn who is there.

use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry, Unit};
use wardgate_authorize::{Consulted, ShadowTotals};
use wardgate_domain::denial::{ALLOWED, DenialCode};
use wardgate_domain::verdict::Failure;

use crate::trust::NoAsker;

mod catalogue;
mod durations;
mod of_tenant;

pub use catalogue::{Described, METRICS, TENANT_METRICS};
use durations::Durations;
pub(crate) use of_tenant::tenant_figures;

/// The format of what is scraped.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Which kind of caller a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Proxies that ask before they pass a request on.
    Forward,
    /// Services that ask with a check or an `AuthZEN` evaluation.
    Check,
    /// The Nexus API.
    Nexus,
    /// The PrivMX API.
    Rpc,
    /// Token, revocation and introspection endpoints.
    OAuth,
    /// The rest of GWS: users, clients and contact centers.
    Gws,
    /// Our own REST API.
    Manage,
    /// The pages for people and the sessions behind them.
    Portal,
    /// Health, metrics, documents and whatever has no route.
    Other,
}

impl Door {
    /// All doors.
    pub const ALL: [Self; 9] = [
        Self::Forward,
        Self::Check,
        Self::Nexus,
        Self::Rpc,
        Self::OAuth,
        Self::Gws,
        Self::Manage,
        Self::Portal,
        Self::Other,
    ];

    /// The label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Check => "check",
            Self::Nexus => "nexus",
            Self::Rpc => "rpc",
            Self::OAuth => "oauth",
            Self::Gws => "gws",
            Self::Manage => "manage",
            Self::Portal => "portal",
            Self::Other => "other",
        }
    }
}

/// Classes of HTTP statuses, by the first digit.
const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What comes of a call that a shadow is to be asked about.
const SHADOW_RESULTS: [&str; 4] = ["same", "changed", "not_kept", "dropped"];

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Connections of all listeners. A clone counts into the same numbers.
#[derive(Debug, Clone, Default)]
pub struct ConnectionMetrics {
    /// Open now.
    pub open: Gauge,
    /// Refused because the house or the address was full.
    pub refused: Counter,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    allowed: Counter,
    denied: [Counter; DenialCode::ALL.len()],
    decision_durations: Durations,
    requests: [[Counter; STATUS_CLASSES.len()]; Door::ALL.len()],
    policy_failures: [Counter; Failure::CODES.len()],
    memo_hits: Counter,
    memo_misses: Counter,
    breaker_trips: Counter,
    /// By [`SHADOW_RESULTS`].
    shadow_calls: [Counter; SHADOW_RESULTS.len()],
    log_waiting: Gauge,
    login_failures: Counter,
    door_refusals: [Counter; NoAsker::ALL.len()],
    csp_reports: Counter,
    connections: ConnectionMetrics,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let decisions = Family::<Labels<2>, Counter>::default();
        let requests = Family::<Labels<2>, Counter>::default();
        let policy_failures = Family::<Labels<1>, Counter>::default();
        let memo = Family::<Labels<1>, Counter>::default();
        let shadow_calls = Family::<Labels<1>, Counter>::default();
        let door_refusals = Family::<Labels<1>, Counter>::default();
        let metrics = Self {
            allowed: decisions.get_or_create_owned(&[("effect", "allow"), ("code", ALLOWED)]),
            denied: std::array::from_fn(|at| {
                decisions.get_or_create_owned(&[("effect", "deny"), ("code", DenialCode::ALL[at].as_str())])
            }),
            requests: Door::ALL.map(|door| {
                STATUS_CLASSES.map(|class| requests.get_or_create_owned(&[("door", door.as_str()), ("status", class)]))
            }),
            policy_failures: Failure::CODES.map(|kind| policy_failures.get_or_create_owned(&[("kind", kind)])),
            shadow_calls: SHADOW_RESULTS.map(|result| shadow_calls.get_or_create_owned(&[("result", result)])),
            door_refusals: NoAsker::ALL.map(|why| door_refusals.get_or_create_owned(&[("reason", why.as_str())])),
            memo_hits: memo.get_or_create_owned(&[("result", "hit")]),
            memo_misses: memo.get_or_create_owned(&[("result", "miss")]),
            registry: Registry::default(),
            breaker_trips: Counter::default(),
            decision_durations: Durations::default(),
            log_waiting: Gauge::default(),
            login_failures: Counter::default(),
            csp_reports: Counter::default(),
            connections: ConnectionMetrics::default(),
        };
        register(&mut registry, &catalogue::DECISIONS, decisions);
        register(&mut registry, &catalogue::DECISION_DURATION, metrics.decision_durations.clone());
        register(&mut registry, &catalogue::REQUESTS, requests);
        register(&mut registry, &catalogue::CONNECTIONS_OPEN, metrics.connections.open.clone());
        register(&mut registry, &catalogue::CONNECTIONS_REFUSED, metrics.connections.refused.clone());
        register(&mut registry, &catalogue::DOOR_REFUSALS, door_refusals);
        register(&mut registry, &catalogue::POLICY_MEMO, memo);
        register(&mut registry, &catalogue::POLICY_FAILURES, policy_failures);
        register(&mut registry, &catalogue::BREAKER_TRIPS, metrics.breaker_trips.clone());
        register(&mut registry, &catalogue::SHADOW_CALLS, shadow_calls);
        register(&mut registry, &catalogue::LOG_WAITING, metrics.log_waiting.clone());
        register(&mut registry, &catalogue::LOGIN_FAILURES, metrics.login_failures.clone());
        register(&mut registry, &catalogue::CSP_REPORTS, metrics.csp_reports.clone());
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts a decision: no code for an allow.
    pub fn decision(&self, denied: Option<DenialCode>, took: Duration) {
        match denied {
            None => &self.allowed,
            Some(code) => &self.denied[code as usize],
        }
        .inc();
        self.decision_durations.observe(took);
    }

    /// Counts an answered request.
    pub fn request(&self, door: Door, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).clamp(1, STATUS_CLASSES.len()) - 1;
        self.requests[door as usize][class].inc();
    }

    /// Counts how the policies of a decision were asked.
    pub fn consulted(&self, consulted: Consulted) {
        self.memo_hits.inc_by(consulted.remembered.into());
        self.memo_misses.inc_by(consulted.fresh.into());
        if let Some(at) = consulted.failure.and_then(|code| Failure::CODES.iter().position(|known| *known == code)) {
            self.policy_failures[at].inc();
        }
    }

    /// Counts a failed sign-in, of a client or a user.
    pub fn login_failure(&self) {
        self.login_failures.inc();
    }

    /// Counts a call to a decision door by a peer that may not ask.
    pub(crate) fn door_refusal(&self, why: NoAsker) {
        self.door_refusals[why as usize].inc();
    }

    /// Counts a browser's report that a page of ours tried what its policy forbids.
    pub fn csp_report(&self) {
        self.csp_reports.inc();
    }

    /// Sets how many policies were found to fail too often since the process began.
    pub fn set_breaker_trips(&self, total: u64) {
        self.breaker_trips.inc_by(total.saturating_sub(self.breaker_trips.get()));
    }

    /// Sets what shadows came to since the process began.
    pub fn set_shadow_totals(&self, totals: ShadowTotals) {
        let ShadowTotals { same, changed, not_kept, dropped } = totals;
        for (counter, total) in self.shadow_calls.iter().zip([same, changed, not_kept, dropped]) {
            counter.inc_by(total.saturating_sub(counter.get()));
        }
    }

    /// Sets how many decisions wait to be written.
    pub fn set_decisions_waiting(&self, waiting: usize) {
        self.log_waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// Where listeners count their connections.
    pub fn connections(&self) -> ConnectionMetrics {
        self.connections.clone()
    }

    /// All of it in the `OpenMetrics` text format.
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes all that is written to it");
        text
    }
}

/// Registers a metric under its catalogue name; the library appends the unit and `_total` again.
fn register(registry: &mut Registry, described: &Described, metric: impl Metric) {
    let name = described.name.strip_suffix("_total").unwrap_or(described.name);
    match name.strip_suffix("_seconds") {
        Some(name) => registry.register_with_unit(name, described.help, Unit::Seconds, metric),
        None => registry.register(name, described.help, metric),
    }
}

#[cfg(test)]
mod tests;
