//! A module with a tenant's settings: what is asked on the way of a call.

use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use wardgate_domain::attribute::CallFacts;
use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Failure, Verdict};
use wardgate_domain::{Permission, TenantId};

use crate::answer;
use crate::bindings::wardgate::policy::types;
use crate::convert;
use crate::cost::Cost;
use crate::failure;
use crate::given::{self, Given};
use crate::guest;
use crate::limits::{Bounds, REFUSAL_BYTES};
use crate::log::LogLine;
use crate::memo::{self, Memo};
use crate::module::{Module, World};
use crate::prepare::{self, PrepareError};
use crate::text::clean_and_cut;
use crate::time::Zone;

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

impl Policy {
    pub(crate) fn prepare(module: &Arc<Module>, settings_json: &str, bounds: Bounds) -> Result<Self, PrepareError> {
        let (prepared, zone) = prepare::prepare(module, settings_json, bounds)?;
        let settings = Sha256::digest(settings_json.as_bytes());
        let version = Sha256::new().chain_update(module.digest().0).chain_update(settings).finalize();
        Ok(Self {
            version: VersionDigest(version.into()),
            memorable: module.world() == World::Bare && module.description().is_repeatable(),
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
        let given = self.given(facts);
        if !self.memorable {
            return self.run(tenant, permission, &given);
        }
        let look = |key: &[u8]| memo.look(key).ok_or_else(|| Box::from(key));
        match memo::with_key(&self.version, tenant, permission, &given, look) {
            None => self.run(tenant, permission, &given),
            Some(Ok(verdict)) => Evaluation { outcome: Ok(verdict), remembered: true, cost_us: 0, log: Vec::new() },
            Some(Err(key)) => {
                memo.count_miss();
                let evaluation = self.run(tenant, permission, &given);
                // A failure may be gone the next time.
                if let Ok(verdict) = &evaluation.outcome {
                    memo.keep(key, verdict);
                }
                evaluation
            }
        }
    }

    /// Asks the policy itself, whatever is remembered.
    pub fn evaluate_fresh(&self, tenant: &TenantId, permission: &Permission, facts: &CallFacts<'_>) -> Evaluation {
        self.run(tenant, permission, &self.given(facts))
    }

    /// Asks the policy about attributes that somebody made up. It is told only those that it declared; time attributes
    /// are as given, too.
    pub fn evaluate_trial(
        &self,
        tenant: &TenantId,
        permission: &Permission,
        attributes: &[(String, Fact)],
    ) -> Evaluation {
        self.run(tenant, permission, &given::from_list(&self.module.description().reads, attributes))
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

    fn run(&self, tenant: &TenantId, permission: &Permission, given: &[Given<'_>]) -> Evaluation {
        let start = Instant::now();
        let (outcome, log) = match self.call(tenant, permission, given) {
            Ok((answer, log)) => (answer, log),
            Err(failure) => (Err(failure), Vec::new()),
        };
        let cost_us = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
        match &outcome {
            Err(Failure::Timeout) => self.cost.note_timeout(cost_us),
            // A full pool says nothing about the policy.
            Err(Failure::Host(_)) => {}
            _ => self.cost.note(cost_us),
        }
        Evaluation { outcome: outcome.map(Arc::new), remembered: false, cost_us, log }
    }

    /// One call into one new instance. The outer error is that there was no instance, and so no log.
    fn call(
        &self,
        tenant: &TenantId,
        permission: &Permission,
        given: &[Given<'_>],
    ) -> Result<(Result<Verdict, Failure>, Vec<LogLine>), Failure> {
        let (mut store, instance) = guest::start(self.module.pre(), self.bounds)?;
        let answer = convert::lend_ask(tenant, permission, given, |ask| {
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
        Ok((verdict, store.into_data().log.into_lines()))
    }
}
