//! A policy that fails again and again is not asked for a while: the version that was in force before answers for it, or,
//! where there is none, its calls are refused without asking. Now and then one call tries whether it is well again.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use wardgate_domain::{PolicyName, TenantId, Timestamp, limits};
use wardgate_policy::Policy;

use crate::Authorizer;
use crate::stop::{Stop, Unavailable};

/// The version that answers for another one.
pub(crate) struct StandIn {
    pub(crate) version: u32,
    pub(crate) policy: Arc<Policy>,
}

/// Counts the failures of one policy in force.
pub(crate) struct Breaker {
    owner: TenantId,
    name: PolicyName,
    trips: Arc<Trips>,
    /// When the present count began.
    began_ms: AtomicI64,
    /// Evaluations above, failures among them below.
    counts: AtomicU64,
    /// Until when the policy is not asked; 0 while it is.
    open_until_ms: AtomicI64,
    /// Looked for once it is needed, behind the calls.
    stand_in: OnceLock<Option<StandIn>>,
}

/// Whom a call asks.
pub(crate) enum Way<'a> {
    /// The policy itself; as a try, if it was not asked until now.
    Itself { tries: bool },
    /// Whoever stands in for it, if anybody does.
    StandIn(Option<&'a StandIn>),
}

/// The breakers that have just opened, and how many ever did.
#[derive(Default)]
pub(crate) struct Trips {
    waiting: Mutex<Vec<Arc<Breaker>>>,
    count: AtomicU64,
}

/// A policy that is not asked at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// When it is tried again.
    pub until: Timestamp,
    /// The version that answers for it; `None`: its calls are refused.
    pub answered_by: Option<u32>,
}

impl Breaker {
    pub(crate) fn new(owner: TenantId, name: PolicyName, trips: Arc<Trips>) -> Self {
        Self {
            owner,
            name,
            trips,
            began_ms: AtomicI64::new(0),
            counts: AtomicU64::new(0),
            open_until_ms: AtomicI64::new(0),
            stand_in: OnceLock::new(),
        }
    }

    /// Whom a call at `now` asks. Of those that come when the time is over, one tries.
    pub(crate) fn way(&self, now: Timestamp) -> Way<'_> {
        let until = self.open_until_ms.load(Ordering::Acquire);
        if until == 0 {
            return Way::Itself { tries: false };
        }
        let again = now.as_ms().saturating_add(limits::BREAKER_OPEN_MS);
        let tries = now.as_ms() >= until
            && self.open_until_ms.compare_exchange(until, again, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if tries { Way::Itself { tries } } else { self.stand_in() }
    }

    /// As [`Self::way`], for whoever only looks.
    pub(crate) fn look(&self, now: Timestamp) -> Way<'_> {
        let until = self.open_until_ms.load(Ordering::Acquire);
        if now.as_ms() >= until { Way::Itself { tries: false } } else { self.stand_in() }
    }

    fn stand_in(&self) -> Way<'_> {
        Way::StandIn(self.stand_in.get().and_then(Option::as_ref))
    }

    /// Takes account of an evaluation of the policy itself.
    pub(crate) fn note(self: &Arc<Self>, now: Timestamp, tries: bool, failed: bool) {
        match (tries, failed) {
            (true, true) => {}
            (true, false) => {
                self.counts.store(0, Ordering::Relaxed);
                self.open_until_ms.store(0, Ordering::Release);
                tracing::warn!(tenant = %self.owner, policy = %self.name, "a policy is asked again");
            }
            (false, _) => self.count(now, failed),
        }
    }

    fn count(self: &Arc<Self>, now: Timestamp, failed: bool) {
        let began = self.began_ms.load(Ordering::Relaxed);
        let over = now.as_ms().saturating_sub(began) >= limits::BREAKER_WINDOW_MS || now.as_ms() < began;
        let mine = || self.began_ms.compare_exchange(began, now.as_ms(), Ordering::AcqRel, Ordering::Relaxed);
        if over && mine().is_ok() {
            self.counts.store(0, Ordering::Relaxed);
        }
        let one = (1 << 32) | u64::from(failed);
        let counts = self.counts.fetch_add(one, Ordering::Relaxed).wrapping_add(one);
        let (evaluations, failures) = (counts >> 32, counts & u64::from(u32::MAX));
        if !failed
            || evaluations < limits::BREAKER_EVALUATIONS
            || failures * 100 < evaluations * limits::BREAKER_PERCENT
        {
            return;
        }
        let until = now.as_ms().saturating_add(limits::BREAKER_OPEN_MS);
        if self.open_until_ms.compare_exchange(0, until, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            tracing::error!(
                tenant = %self.owner, policy = %self.name, evaluations, failures,
                "a policy fails too often and is not asked for a while"
            );
            self.trips.count.fetch_add(1, Ordering::Relaxed);
            if self.stand_in.get().is_none() {
                self.trips.waiting.lock().push(Arc::clone(self));
            }
        }
    }
}

impl Authorizer {
    /// Finds who stands in for the policies that have just failed too often.
    pub(crate) async fn find_stand_ins(&self) -> Result<(), Unavailable> {
        let waiting = std::mem::take(&mut *self.tenants.trips().waiting.lock());
        for breaker in waiting {
            let found = self.tenants.replaced(&self.store, &breaker.owner, &breaker.name).await;
            let found = found.inspect_err(|_| self.tenants.trips().waiting.lock().push(Arc::clone(&breaker)))?;
            let version = found.as_ref().map(|found| found.version);
            tracing::warn!(tenant = %breaker.owner, policy = %breaker.name, version, "who answers for a policy");
            // Another may have looked as well, and found the same.
            let _ = breaker.stand_in.set(found);
        }
        Ok(())
    }

    /// Whether a policy is not asked at present because it failed too often.
    pub async fn broken_policy(&self, tenant: &TenantId, name: &PolicyName) -> Result<Option<Broken>, Stop> {
        let Some(live) = self.tenants.get(&self.store, tenant).await? else { return Ok(None) };
        let policy = live.policies.iter().find(|policy| policy.name == *name);
        Ok(policy.and_then(|policy| {
            let until = policy.breaker.open_until_ms.load(Ordering::Acquire);
            let stand_in = policy.breaker.stand_in.get().and_then(Option::as_ref);
            (until != 0).then(|| Broken {
                until: Timestamp::from_ms(until),
                answered_by: stand_in.map(|stand_in| stand_in.version),
            })
        }))
    }

    /// How often a policy was found to fail too often, since the process began.
    pub fn breaker_trips(&self) -> u64 {
        self.tenants.trips().count.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wardgate_domain::{PolicyName, TenantId, Timestamp, limits};

    use super::{Breaker, Trips, Way};

    fn breaker() -> (Arc<Breaker>, Arc<Trips>) {
        let (trips, name) = (Arc::<Trips>::default(), PolicyName::parse("hours").expect("a legal name"));
        (Arc::new(Breaker::new(TenantId::parse("a").expect("a legal id"), name, Arc::clone(&trips))), trips)
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(1_700_000_000_000 + ms)
    }

    fn asks_itself(breaker: &Breaker, now: Timestamp) -> bool {
        matches!(breaker.look(now), Way::Itself { .. })
    }

    #[test]
    fn half_of_enough_evaluations_must_fail_within_the_window() {
        let enough = limits::BREAKER_EVALUATIONS;
        // Of so many, so far apart, one in so many fails.
        let cases = [
            (enough, 0, 1, false),
            (enough - 1, 0, 1, true),
            (enough * 2, 0, 2, false),
            (enough * 10, 0, 3, true),
            (enough * 2, limits::BREAKER_WINDOW_MS / 10, 1, true),
        ];
        for (evaluations, apart_ms, one_in, asked) in cases {
            let (breaker, _) = breaker();
            let mut now = at(0);
            for number in 0..evaluations {
                now = at(i64::try_from(number).expect("few") * apart_ms);
                breaker.note(now, false, number % one_in == one_in - 1);
            }
            assert_eq!(asks_itself(&breaker, now), asked, "{evaluations} evaluations, {apart_ms} ms apart");
        }
    }

    #[test]
    fn one_call_tries_when_the_time_is_over_and_its_success_ends_it() {
        let (breaker, trips) = breaker();
        for _ in 0..limits::BREAKER_EVALUATIONS {
            breaker.note(at(0), false, true);
        }
        assert_eq!((trips.waiting.lock().len(), asks_itself(&breaker, at(1))), (1, false));
        let mut now = at(limits::BREAKER_OPEN_MS);
        for failed in [true, false] {
            assert!(matches!(breaker.way(now), Way::Itself { tries: true }));
            assert!(matches!(breaker.way(now), Way::StandIn(None)), "two try at a time");
            breaker.note(now, true, failed);
            assert_eq!(asks_itself(&breaker, now), !failed);
            now = Timestamp::from_ms(now.as_ms() + limits::BREAKER_OPEN_MS);
        }
        assert!(matches!(breaker.way(now), Way::Itself { tries: false }));
        breaker.note(now, false, true);
        assert!(asks_itself(&breaker, now), "a single failure opens it again");
    }
}
