//! Failed credentials by network, so that guessing ends early (security rules 53, 54 and 67).

use std::net::IpAddr;
use std::sync::Arc;

use quick_cache::sync::Cache;
use wardgate_domain::Timestamp;
use wardgate_domain::address::network;
use wardgate_domain::denial::{Denial, DenialCode, Step};
use wardgate_domain::limits;
use wardgate_domain::rate::Gcra;

use crate::stop::Stop;

pub(crate) struct Failures(Cache<IpAddr, Arc<Gcra>>);

impl Failures {
    pub(crate) fn new() -> Self {
        Self(Cache::new(limits::COUNTED_NETWORKS))
    }

    /// The refusal that a network with too many failures gets.
    pub(crate) fn full(&self, address: IpAddr, now: Timestamp) -> Option<Denial> {
        let full = self.0.get(&network(address))?.full(limits::FAILURES_PER_NETWORK, now)?;
        Some(Denial { code: DenialCode::RateLimited, retry_after_s: Some(full.retry_after_s) })
    }

    /// Counts a refusal that was about the credential, and says it as a network with too many of them behind it is told:
    /// the same for every credential, known or not (security rule 17). Not counted where it was only rehearsed.
    pub(crate) fn weigh(&self, stop: Stop, address: Option<IpAddr>, now: Timestamp, counted: bool) -> Stop {
        let (Stop::Denied(denial), Some(address)) = (&stop, address) else { return stop };
        if !is_failure(denial.code) {
            return stop;
        }
        if let Some(full) = self.full(address, now) {
            return full.into();
        }
        if counted {
            self.count(address, now);
        }
        stop
    }

    /// Counts a failure of a network.
    pub(crate) fn count(&self, address: IpAddr, now: Timestamp) {
        // A proxy on this machine is not who guesses.
        if address.is_loopback() {
            return;
        }
        let counted =
            self.0.get_or_insert_with(&network(address), || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(gcra): Result<Arc<Gcra>, _> = counted;
        // Full is full: there is nothing more to count.
        let _ = gcra.take(limits::FAILURES_PER_NETWORK, now);
    }
}

/// Whether a refusal was about the credential that was presented.
fn is_failure(code: DenialCode) -> bool {
    code != DenialCode::CredentialMissing && matches!(code.step(), Step::Resolve | Step::Verify)
}
