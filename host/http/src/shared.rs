//! What handlers share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use http::HeaderMap;
use wardgate_authorize::{Authorizer, Decision, Verification};
use wardgate_domain::Random;
use wardgate_domain::ask::Ask;
use wardgate_manage::Manager;

use crate::api::{ApiOptions, Backends};
use crate::issuer::Issuer;
use crate::metrics::Metrics;
use crate::request::own_page::is_own_page;
use crate::serve::Peer;
use crate::trust::Trust;

/// What a handler may use.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<SharedParts>);

pub(crate) struct SharedParts {
    pub(crate) authorizer: Arc<Authorizer>,
    pub(crate) manager: Arc<Manager>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) random: Random,
    pub(crate) trust: Trust,
    pub(crate) issuer: Issuer,
    pub(crate) api: ApiOptions,
    pub(crate) backends: Backends,
    pub(crate) draining: AtomicBool,
}

impl std::ops::Deref for Shared {
    type Target = SharedParts;

    fn deref(&self) -> &SharedParts {
        &self.0
    }
}

impl Shared {
    /// Decides, and counts the decision.
    pub(crate) async fn decide(&self, ask: &Ask<'_>) -> Decision {
        let began = Instant::now();
        let decision = self.authorizer.decide(ask).await;
        self.count(decision, began)
    }

    /// Goes on from a credential that was looked at, decides, and counts the decision.
    pub(crate) async fn decide_verified(&self, verification: Verification, ask: &Ask<'_>) -> Decision {
        let began = Instant::now();
        let decision = self.authorizer.decide_verified(verification, ask).await;
        self.count(decision, began)
    }

    /// Whether a peer may ask for decisions. One that may not is counted, and told no more than that there is no such door.
    pub(crate) fn may_ask(&self, peer: Peer, headers: &HeaderMap) -> bool {
        self.trust.check_asker(peer, headers).inspect_err(|why| self.metrics.door_refusal(*why)).is_ok()
    }

    /// Whether the request is no page's of another origin.
    pub(crate) fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let own = self.issuer.public_url.issuer(headers);
        // Where the host can be no issuer, nothing that a browser says is it.
        is_own_page(headers, own.as_deref().unwrap_or("no origin"))
    }

    fn count(&self, decision: Decision, began: Instant) -> Decision {
        self.metrics.decision(decision.denial.map(|denial| denial.code), began.elapsed());
        self.metrics.consulted(decision.consulted);
        decision
    }
}
