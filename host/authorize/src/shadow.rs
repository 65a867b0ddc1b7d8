//! Shadows: versions of policies that are asked beside those in force, about a share of the calls, and never answer. What
//! they would change is counted, and a few examples are kept.
//!
//! A call hands over what its record keeps anyway, under a lock that is held for a push, and is answered without waiting.
//! Behind it, one thread at a time asks the shadows, for a bounded part of the time; what does not fit is dropped and
//! counted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::policy::{Binding, Shadow};
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::Failure;
use wardgate_domain::{DecisionId, Permission, PolicyName, TenantId, Timestamp, limits};
use wardgate_policy::{Bounds, Memo, Policy};

use crate::Authorizer;
use crate::flip::{Cost, Flip, FlipKind, Flips, Listed, Outcome, flip, reached};
use crate::stop::Stop;

/// Costs that the percentile of a shadow is taken from, the latest.
const COSTS: usize = 1_024;

/// A shadow, ready to be asked.
pub(crate) struct LiveShadow {
    binding: Binding,
    percent: u8,
    bounds: Bounds,
    ready: Result<Arc<Policy>, Failure>,
    /// Its own, so that it pushes out nothing that a call would be answered with.
    memo: Arc<Memo>,
    /// Lasts as long as the version is a shadow.
    watched: Arc<Watched>,
}

impl LiveShadow {
    pub(crate) fn new(shadow: Shadow, bounds: Bounds, ready: Result<Arc<Policy>, Failure>, memo: Memo) -> Self {
        let Shadow { binding, percent } = shadow;
        Self { binding, percent, bounds, ready, memo: Arc::new(memo), watched: Arc::default() }
    }

    /// The same version, for another share of the calls; `None` if `shadow` is another one.
    pub(crate) fn again(&self, shadow: &Shadow, bounds: Bounds) -> Option<Self> {
        (self.binding == shadow.binding && self.bounds == bounds).then(|| Self {
            binding: self.binding.clone(),
            percent: shadow.percent,
            bounds,
            ready: self.ready.clone(),
            memo: Arc::clone(&self.memo),
            watched: Arc::clone(&self.watched),
        })
    }

    pub(crate) fn covers(&self, permission: &Permission) -> bool {
        self.binding.permissions.cover(permission)
    }

    /// Whether it is asked about this decision, too: by chance, but the chance of the decision's own id.
    fn samples(&self, id: DecisionId) -> bool {
        let [.., a, b, c, d] = *id.0.as_bytes();
        u32::from_be_bytes([a, b, c, d]) % 100 < u32::from(self.percent)
    }
}

/// What was seen of one shadow.
#[derive(Default)]
struct Watched {
    waiting: AtomicU64,
    dropped: AtomicU64,
    seen: Mutex<ShadowSeen>,
}

#[derive(Default)]
struct ShadowSeen {
    since: Option<Timestamp>,
    evaluated: u64,
    same: u64,
    not_kept: u64,
    failed: u64,
    flips: Flips,
    /// By kind, the latest last.
    examples: [VecDeque<Listed>; FlipKind::ALL.len()],
    costs_before: Costs,
    costs_after: Costs,
}

/// The sum of all costs, and the latest ones.
#[derive(Default)]
struct Costs {
    all: Cost,
    latest: VecDeque<u32>,
}

impl Costs {
    fn note(&mut self, cost_us: u32) {
        self.all.evaluations += 1;
        self.all.sum_us += u64::from(cost_us);
        if self.latest.len() == COSTS {
            self.latest.pop_front();
        }
        self.latest.push_back(cost_us);
    }

    fn cost(&self) -> Cost {
        Cost { p99_us: Cost::of(self.latest.iter().copied().collect()).p99_us, ..self.all }
    }
}

/// What a shadow would have changed until now, in this process.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowReport {
    /// Which version.
    pub version: u32,
    /// Of how many calls in a hundred it is asked, too.
    pub percent: u8,
    /// When the first call was given that it was asked about.
    pub since: Option<Timestamp>,
    /// Calls that it was asked about.
    pub evaluated: u64,
    /// Of these: those that stay as they are.
    pub same: u64,
    /// Of these: those that it failed on.
    pub failed: u64,
    /// What changes.
    pub flips: Flips,
    /// Calls that it was to be asked about, and what it would have to be told was not kept.
    pub not_kept: u64,
    /// Calls that it was to be asked about, and there was no room or no time.
    pub dropped: u64,
    /// What the version in force cost on these calls, where it computed its answer.
    pub cost_before: Cost,
    /// What the shadow costs, where it computes its answer; the percentile is that of the latest thousand.
    pub cost_after: Cost,
    /// At most [`limits::SHADOW_EXAMPLES`] flips, the gravest first and of each kind the latest.
    pub examples: Vec<Flip>,
}

/// What all shadows came to since the process began, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShadowTotals {
    /// Calls that stay as they are.
    pub same: u64,
    /// Calls that change.
    pub changed: u64,
    /// Calls that could not be asked about: what a shadow would be told was not kept.
    pub not_kept: u64,
    /// Calls that were dropped.
    pub dropped: u64,
}

/// A call that a shadow is to be asked about.
struct Job {
    shadow: Arc<LiveShadow>,
    id: DecisionId,
    at: Timestamp,
    tenant: TenantId,
    permission: Permission,
    ask: RecordedAsk,
    before: Option<Outcome>,
    cost_before: Option<u32>,
}

/// All calls that wait for a shadow.
#[derive(Default)]
pub(crate) struct Shadows {
    waiting: Mutex<VecDeque<Job>>,
    busy: AtomicBool,
    totals: Totals,
}

#[derive(Default)]
struct Totals {
    same: AtomicU64,
    changed: AtomicU64,
    not_kept: AtomicU64,
    dropped: AtomicU64,
}

impl Shadows {
    /// Takes a decision for the shadows that had to do with its call. It never waits, and wakes nobody.
    pub(crate) fn hand(&self, record: &DecisionRecord, shadows: Vec<Arc<LiveShadow>>) {
        let Some(permission) = &record.permission else { return };
        for shadow in shadows {
            let Binding { tenant: owner, name, .. } = &shadow.binding;
            if !shadow.samples(record.id) || !reached(record, owner, name) {
                continue;
            }
            let opinion = record.opinions.iter().find(|opinion| opinion.owner == *owner && opinion.policy == *name);
            let job = Job {
                id: record.id,
                at: record.at,
                tenant: record.tenant.clone(),
                permission: permission.clone(),
                ask: record.ask.clone(),
                before: opinion.map(|opinion| opinion.outcome.clone()),
                cost_before: opinion.filter(|opinion| !opinion.remembered).map(|opinion| opinion.cost_us),
                shadow,
            };
            self.push(job);
        }
    }

    fn push(&self, job: Job) {
        let watched = Arc::clone(&job.shadow.watched);
        let mut waiting = self.waiting.lock();
        let mine = watched.waiting.load(Ordering::Relaxed);
        if waiting.len() < limits::SHADOW_WAITING && mine < limits::SHADOW_WAITING_EACH {
            watched.waiting.store(mine + 1, Ordering::Relaxed);
            waiting.push_back(job);
            return;
        }
        drop(waiting);
        watched.dropped.fetch_add(1, Ordering::Relaxed);
        self.totals.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Has what waits asked about, aside, for as long as one turn may take.
    pub(crate) fn ask_aside(self: &Arc<Self>) {
        if self.waiting.lock().is_empty() || self.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let shadows = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            wardgate_policy::aside(|| shadows.ask_waiting(Duration::from_millis(limits::SHADOW_TURN_MS)));
            shadows.busy.store(false, Ordering::Release);
        });
    }

    fn ask_waiting(&self, at_most: Duration) {
        let began = Instant::now();
        while began.elapsed() < at_most {
            let Some(job) = self.next() else { return };
            let total = match job.run() {
                Ran::NotKept => &self.totals.not_kept,
                Ran::Same => &self.totals.same,
                Ran::Changed => &self.totals.changed,
            };
            total.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.waiting.lock();
        let job = waiting.pop_front()?;
        job.shadow.watched.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(job)
    }

    fn totals(&self) -> ShadowTotals {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let Totals { same, changed, not_kept, dropped } = &self.totals;
        ShadowTotals { same: read(same), changed: read(changed), not_kept: read(not_kept), dropped: read(dropped) }
    }
}

enum Ran {
    NotKept,
    Same,
    Changed,
}

impl Job {
    fn run(self) -> Ran {
        let answer = self.answer();
        let mut seen = self.shadow.watched.seen.lock();
        let Some((outcome, cost_us)) = answer else {
            seen.not_kept += 1;
            return Ran::NotKept;
        };
        seen.since.get_or_insert(self.at);
        seen.evaluated += 1;
        seen.failed += u64::from(outcome.is_err());
        if let Some(cost_us) = cost_us {
            seen.costs_after.note(cost_us);
        }
        if let Some(cost_us) = self.cost_before {
            seen.costs_before.note(cost_us);
        }
        let Some(kind) = flip(self.before.as_ref(), Some(&outcome)) else {
            seen.same += 1;
            return Ran::Same;
        };
        seen.flips.count(&self.permission, kind);
        let examples = &mut seen.examples[kind as usize];
        if examples.len() == limits::SHADOW_EXAMPLES / FlipKind::ALL.len() {
            examples.pop_front();
        }
        let outcomes = (self.before, Some(outcome));
        examples.push_back(Listed::new((self.id, self.at), (self.tenant, self.permission), kind, outcomes, self.ask));
        Ran::Changed
    }

    /// What the shadow says, and what that cost where it was computed; `None` where it cannot be asked.
    fn answer(&self) -> Option<(Outcome, Option<u32>)> {
        let policy = match &self.shadow.ready {
            Ok(policy) => policy,
            Err(failure) => return Some((Err(failure.clone()), None)),
        };
        let facts = self.ask.kept()?.read(self.at).ok()?;
        let told = policy.evaluate_kept(&self.shadow.memo, &self.tenant, &self.permission, &facts).ok()?;
        // The host's trouble says nothing about the shadow.
        if matches!(told.outcome, Err(Failure::Host(_))) {
            return None;
        }
        Some((told.outcome, (!told.remembered).then_some(told.cost_us)))
    }
}

impl Authorizer {
    /// What the shadow of a policy would have changed until now; `None` if the policy has none.
    pub async fn shadow_report(&self, tenant: &TenantId, name: &PolicyName) -> Result<Option<ShadowReport>, Stop> {
        let Some(live) = self.tenants.get(&self.store, tenant).await? else { return Ok(None) };
        let shadow = live.shadows.iter().find(|shadow| shadow.binding.name == *name);
        Ok(shadow.map(|shadow| report(shadow)))
    }

    /// What all shadows came to since the process began.
    pub fn shadow_totals(&self) -> ShadowTotals {
        self.shadows.totals()
    }
}

fn report(shadow: &LiveShadow) -> ShadowReport {
    let seen = shadow.watched.seen.lock();
    ShadowReport {
        version: shadow.binding.version,
        percent: shadow.percent,
        since: seen.since,
        evaluated: seen.evaluated,
        same: seen.same,
        failed: seen.failed,
        flips: seen.flips.clone(),
        not_kept: seen.not_kept,
        dropped: shadow.watched.dropped.load(Ordering::Relaxed),
        cost_before: seen.costs_before.cost(),
        cost_after: seen.costs_after.cost(),
        examples: seen.examples.iter().flat_map(|of_kind| of_kind.iter().rev()).map(Listed::read).collect(),
    }
}
