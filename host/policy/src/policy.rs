//! A module with a tenant's settings: what is asked on the way of a call.

use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use wardgate_domain::attribute::CallFacts;
use wardgate_domain::fact::Fact;
use wardgate_domain::kept::{KeptFacts, LeftOut};
use wardgate_domain::verdict::{Failure, Verdict};
use wardgate_domain::{Permission, TenantId, Timestamp};
use wasmtime::component::InstancePre;

use crate::answer;
use crate::bindings::wardgate::policy::types;
use crate::convert;
use crate::cost::Cost;
use crate::failure;
use crate::given::{self, Given};
use crate::guest::{self, Guest, Left, Occupant};
use crate::limits::{Bounds, REFUSAL_BYTES};
use crate::log::LogLine;
use crate::memo::{self, Memo};
use crate::module::{Module, Pre, World};
use crate::prepare::{self, PrepareError};
use crate::text::clean_and_cut;
use crate::time::Zone;
use crate::wasi::{Moment, Sealed, Seed};

/// The attribute that is the time in Unix milliseconds.
const NOW_MS: &str = "time.now-ms";

/// Names a module together with its settings, by SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionDigest(pub [u8; 32]);

/// What asking a policy gave.
#[derive(Debug)]
pub struct Evaluation {
    /// The verdict, or how the policy failed.
    pub outcome: Result<Arc<Verdict>, Failure>,
    /// Whether the answer was remembered rather than computed.
    pub remembered: bool,
    /// What computing it took, in microseconds.
    pub cost_us: u32,
    /// What the policy wrote, at most 1,000 bytes.
    pub log: Vec<LogLine>,
}

/// A policy that is ready to be asked, from any thread.
#[derive(Debug)]
pub struct Policy {
    module: Arc<Module>,
    version: VersionDigest,
    prepared: Box<[u8]>,
    zone: Zone,
    bounds: Bounds,
    memorable: bool,
    cost: Cost,
}

/// What a policy is asked.
struct Ask<'a> {
    tenant: &'a TenantId,
    permission: &'a Permission,
    given: &'a [Given<'a>],
    now: Timestamp,
}

impl Ask<'_> {
    /// A digest of what a policy is told, whatever its version. Asks that are too long to be remembered share one.
    fn seed(&self) -> Seed {
        let digest = |told: &[u8]| Sha256::digest(told).into();
        memo::with_key(&VersionDigest([0; 32]), self.tenant, self.permission, self.given, digest).unwrap_or_default()
    }
}

impl Policy {
    pub(crate) fn prepare(module: &Arc<Module>, settings_json: &str, bounds: Bounds) -> Result<Self, PrepareError> {
        let (prepared, zone) = prepare::prepare(module, settings_json, bounds)?;
        let settings = Sha256::digest(settings_json.as_bytes());
        let version = Sha256::new().chain_update(module.digest().0).chain_update(settings).finalize();
        Ok(Self {
            version: VersionDigest(version.into()),
            memorable: module.world() != World::Standard && module.description().is_repeatable(),
            module: Arc::clone(module),
            prepared,
            zone,
            bounds,
            cost: Cost::default(),
        })
    }

    /// The module behind it.
    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }

    /// Which module with which settings this is.
    pub fn version(&self) -> VersionDigest {
        self.version
    }

    /// Asks the policy, unless `memo` knows what it would answer. Blocks for as long as the policy may run: ask
    /// [`Self::is_slow`] before doing so on a request's thread.
    pub fn evaluate(
        &self,
        memo: &Memo,
        tenant: &TenantId,
        permission: &Permission,
        facts: &CallFacts<'_>,
    ) -> Evaluation {
        self.answer(memo, &Ask { tenant, permission, given: &self.given(facts), now: facts.now })
    }

    /// Asks the policy about a call that was kept, as [`Self::evaluate`] does about one that is here. It is told the
    /// time that it was then. Nothing that it reads may have been left out.
    pub fn evaluate_kept(
        &self,
        memo: &Memo,
        tenant: &TenantId,
        permission: &Permission,
        facts: &KeptFacts<'_>,
    ) -> Result<Evaluation, LeftOut> {
        let given = given::from_kept(&self.module.description().reads, facts, &self.zone)?;
        Ok(self.answer(memo, &Ask { tenant, permission, given: &given, now: facts.at() }))
    }

    /// What the policy is told about a call, by the names of the attributes, in the order of its `reads`.
    pub fn told(&self, facts: &CallFacts<'_>) -> Vec<(String, Fact)> {
        self.given(facts).into_iter().map(|given| (given.name.into_owned(), given.value.into())).collect()
    }

    fn answer(&self, memo: &Memo, ask: &Ask<'_>) -> Evaluation {
        if !self.memorable {
            return self.run(ask).0;
        }
        let look = |key: &[u8]| memo.look(key).ok_or_else(|| Box::from(key));
        match memo::with_key(&self.version, ask.tenant, ask.permission, ask.given, look) {
            None => self.run(ask).0,
            Some(Ok(verdict)) => Evaluation { outcome: Ok(verdict), remembered: true, cost_us: 0, log: Vec::new() },
            Some(Err(key)) => {
                memo.count_miss();
                let (evaluation, is_repeatable) = self.run(ask);
                // A failure may be gone the next time.
                if let (true, Ok(verdict)) = (is_repeatable, &evaluation.outcome) {
                    memo.keep(key, verdict);
                }
                evaluation
            }
        }
    }

    /// Asks the policy itself, whatever is remembered.
    pub fn evaluate_fresh(&self, tenant: &TenantId, permission: &Permission, facts: &CallFacts<'_>) -> Evaluation {
        self.run(&Ask { tenant, permission, given: &self.given(facts), now: facts.now }).0
    }

    /// Asks the policy about attributes that somebody made up. It is told only those that it declared; time attributes
    /// are as given, too, and WASI's clocks show `time.now-ms`, or the beginning of 1970.
    pub fn evaluate_trial(
        &self,
        tenant: &TenantId,
        permission: &Permission,
        attributes: &[(String, Fact)],
    ) -> Evaluation {
        let given = given::from_list(&self.module.description().reads, attributes);
        let now_ms = attributes.iter().find_map(|(name, fact)| match fact {
            Fact::Number(now_ms) if name == NOW_MS => Some(*now_ms),
            _ => None,
        });
        let now = Timestamp::from_ms(now_ms.unwrap_or(0));
        self.run(&Ask { tenant, permission, given: &given, now }).0
    }

    /// What `memo` knows, without asking the policy.
    pub fn remembered(
        &self,
        memo: &Memo,
        tenant: &TenantId,
        permission: &Permission,
        facts: &CallFacts<'_>,
    ) -> Option<Arc<Verdict>> {
        if !self.memorable {
            return None;
        }
        memo::with_key(&self.version, tenant, permission, &self.given(facts), |key| memo.look(key)).flatten()
    }

    /// Whether the policy took so long lately that it must not be asked on a request's thread.
    pub fn is_slow(&self) -> bool {
        self.cost.is_slow()
    }

    fn given<'a>(&'a self, facts: &CallFacts<'a>) -> Vec<Given<'a>> {
        given::from_call(&self.module.description().reads, facts, &self.zone)
    }

    /// Says besides whether the answer follows from what was asked.
    fn run(&self, ask: &Ask<'_>) -> (Evaluation, bool) {
        let start = Instant::now();
        let (outcome, Left { log, is_repeatable }) = match self.call(ask) {
            Ok((answer, left)) => (answer, left),
            Err(failure) => (Err(failure), Left { log: Vec::new(), is_repeatable: false }),
        };
        let cost_us = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
        match &outcome {
            Err(Failure::Timeout) => self.cost.note_timeout(cost_us),
            // A full pool says nothing about the policy.
            Err(Failure::Host(_)) => {}
            _ => self.cost.note(cost_us),
        }
        (Evaluation { outcome: outcome.map(Arc::new), remembered: false, cost_us, log }, is_repeatable)
    }

    /// One call into one new instance. The outer error is that there was no instance, and so no log.
    fn call(&self, ask: &Ask<'_>) -> Result<(Result<Verdict, Failure>, Left), Failure> {
        match self.module.pre() {
            Pre::Plain(pre) => self.call_in(pre, ask, |guest| guest),
            Pre::Sealed(pre) => {
                let moment = Moment::of(ask.now, ask.seed());
                self.call_in(pre, ask, |guest| Sealed::new(guest, moment))
            }
        }
    }

    fn call_in<T: Occupant>(
        &self,
        pre: &InstancePre<T>,
        ask: &Ask<'_>,
        furnish: impl FnOnce(Guest) -> T,
    ) -> Result<(Result<Verdict, Failure>, Left), Failure> {
        let (mut store, instance) = guest::start(pre, self.bounds, furnish)?;
        let answer = convert::lend_ask(ask.tenant, ask.permission, ask.given, |ask| {
            // Not the generated lookup, which would compare the types of all three exports at every call.
            instance
                .get_typed_func::<(&[u8], types::Ask<'_>), (Result<types::Verdict, String>,)>(
                    &mut store,
                    self.module.evaluate(),
                )
                .and_then(|evaluate| evaluate.call(&mut store, (&self.prepared, ask)))
        });
        let verdict = match answer {
            Ok((Ok(verdict),)) => answer::check(verdict.into()),
            Ok((Err(message),)) => Err(Failure::Refused(clean_and_cut(message, REFUSAL_BYTES))),
            Err(error) => Err(failure::of_call(&error)),
        };
        Ok((verdict, store.into_data().leave()))
    }
}
