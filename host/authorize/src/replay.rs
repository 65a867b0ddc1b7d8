//! Replay: what a changed policy would have said to the calls of the past. The tenant's latest decisions are read from
//! the log, those that came as far as the policy are asked about again, and whatever changes is listed.
//!
//! The calls are read in one task and asked about on a few threads where blocking is allowed, so that memory holds some
//! thousands of decisions at a time, however many are looked at. Whoever no longer waits for the answer ends it.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc;
use wardgate_domain::kept::{LeftOut, RecordedAsk, Unreadable};
use wardgate_domain::policy::Binding;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::verdict::{Failure, Opinion};
use wardgate_domain::{Grants, Permission, PolicyName, TenantId, Timestamp, limits};
use wardgate_policy::{Evaluation, Memo, Policy};
use wardgate_storage::{DecisionBatch, StorageError};

use crate::Authorizer;
use crate::flip::{Cost, Flip, FlipKind, Flips, Listed, Outcome, flip, reached};
use crate::stop::Unavailable;

/// Decisions that a thread takes at a time, beside those of the last row.
const CHUNK: usize = 1_024;

/// What a replay found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// Decisions that were looked at, the latest first.
    pub looked_at: u64,
    /// When the oldest of them was given.
    pub oldest: Option<Timestamp>,
    /// Those whose permission the policy answers for, as it was or as it would be.
    pub covered: u64,
    /// Of these: those that ended before the policy was asked.
    pub not_reached: u64,
    /// Of these: those that cannot be asked about again, for what it would be told was not kept.
    pub not_kept: NotKept,
    /// Of these: those that the engine could not run for want of room.
    pub not_run: u64,
    /// Of these: those that were asked about again, or need no asking because the version leaves them alone.
    pub compared: u64,
    /// What changes.
    pub flips: Flips,
    /// At most [`limits::REPLAY_FLIPS`] of them, the gravest first and of each kind the latest.
    pub list: Vec<Flip>,
    /// What asking cost then, where the answer was computed.
    pub cost_before: Cost,
    /// What asking costs now, where the answer was computed.
    pub cost_after: Cost,
    /// Whether it came to its end within [`limits::REPLAY_WALL_S`].
    pub finished: bool,
}

/// Why asks were not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotKept {
    /// No policy had to do with the call then.
    pub unneeded: u64,
    /// They were too long.
    pub too_long: u64,
    /// The policy reads something that may have been a credential.
    pub left_out: u64,
    /// Too much waited to be written.
    pub crowded: u64,
}

/// Why there is no replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// One of the tenant's is under way, or as many as there may be of all tenants.
    #[error("as many replays are under way as may be")]
    Busy,
    /// Whose version it is is not there.
    #[error("there is no such tenant")]
    NotFound,
    /// The version cannot run.
    #[error("the version cannot run: {0}")]
    Unusable(Failure),
    /// The decisions could not be read.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<StorageError> for ReplayError {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// The replays that are under way: whose.
#[derive(Default)]
pub(crate) struct Replays(Mutex<HashSet<TenantId>>);

/// A turn, given back when it is dropped.
struct Turn<'a>(&'a Replays, TenantId);

impl Replays {
    fn begin(&self, tenant: &TenantId) -> Result<Turn<'_>, ReplayError> {
        let mut running = self.0.lock();
        if running.len() >= limits::REPLAYS_AT_A_TIME || !running.insert(tenant.clone()) {
            return Err(ReplayError::Busy);
        }
        Ok(Turn(self, tenant.clone()))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.0.lock().remove(&self.1);
    }
}

impl Authorizer {
    /// Asks `version` about the latest `last` decisions of `tenant`: the owner itself, or any tenant for a guard. What is
    /// in force under its name is what it would stand in for.
    pub async fn replay(&self, version: &Binding, tenant: &TenantId, last: u32) -> Result<Replay, ReplayError> {
        let _turn = self.replays.begin(&version.tenant)?;
        let wall = Duration::from_secs(limits::REPLAY_WALL_S);
        let deadline = tokio::time::Instant::now() + wall;
        self.store.decisions().flush().await?;
        let owner = self.tenants.get(&self.store, &version.tenant).await?.ok_or(ReplayError::NotFound)?;
        let policy = self.tenants.candidate(&self.store, &owner, version).await?.map_err(ReplayError::Unusable)?;
        let active = owner.policies.iter().find(|policy| policy.name == version.name);
        let job = Arc::new(Job {
            owner: version.tenant.clone(),
            name: version.name.clone(),
            policy,
            before: active.map(|policy| policy.permissions.clone()).unwrap_or_default(),
            after: version.permissions.clone(),
            memo: self.tenants.memo(),
            ends: Instant::now() + wall,
            given_up: AtomicBool::new(false),
        });
        let _stop = StopOnDrop(Arc::clone(&job));
        let (send, receive) = mpsc::channel(1);
        let left = usize::try_from(last).unwrap_or(usize::MAX).min(limits::REPLAY_DECISIONS);
        let source = Arc::new(Mutex::new(Source { receive, at_hand: Vec::new(), left }));
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(limits::REPLAY_THREADS);
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (job, source) = (Arc::clone(&job), Arc::clone(&source));
                tokio::task::spawn_blocking(move || wardgate_policy::aside(|| job.work(&source)))
            })
            .collect();
        drop(source);
        let read = tokio::time::timeout_at(deadline, self.read_back(tenant, send)).await;
        let mut found = Found::default();
        for worker in workers {
            let part = worker.await.map_err(|error| Unavailable::Engine(error.to_string()))?;
            found.add(part.map_err(ReplayError::from)?);
        }
        if let Ok(read) = read {
            read?;
        }
        Ok(found.conclude(job.is_over()))
    }

    /// Sends the tenant's decisions, the latest first, until there are no more or nobody takes any.
    async fn read_back(&self, tenant: &TenantId, send: mpsc::Sender<Vec<DecisionBatch>>) -> Result<(), StorageError> {
        let (scoped, mut place) = (self.store.tenant(tenant), None);
        loop {
            let mut batches = scoped.decisions_before(place.as_ref()).await?;
            let Some(last) = batches.last() else { return Ok(()) };
            place = Some(last.place.clone());
            // The newest is taken from the end.
            batches.reverse();
            if send.send(batches).await.is_err() {
                return Ok(());
            }
        }
    }
}

struct StopOnDrop(Arc<Job>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.given_up.store(true, Ordering::Relaxed);
    }
}

/// Where the threads take their decisions from.
struct Source {
    receive: mpsc::Receiver<Vec<DecisionBatch>>,
    /// The newest last.
    at_hand: Vec<DecisionBatch>,
    /// Decisions yet to be looked at.
    left: usize,
}

impl Source {
    /// The next decisions; none at the end.
    fn next(&mut self) -> Result<Vec<DecisionRecord>, StorageError> {
        let mut records = Vec::new();
        while self.left > 0 && records.len() < CHUNK {
            let Some(batch) = self.at_hand.pop() else {
                match self.receive.blocking_recv() {
                    Some(batches) => self.at_hand = batches,
                    None => break,
                }
                continue;
            };
            let mut read = batch.read()?;
            read.truncate(self.left);
            self.left -= read.len();
            records.append(&mut read);
        }
        Ok(records)
    }
}

/// What all threads of one replay share.
struct Job {
    owner: TenantId,
    name: PolicyName,
    policy: Arc<Policy>,
    /// The permissions that the policy in force answers for.
    before: Grants,
    /// Those that the version would answer for.
    after: Grants,
    memo: Memo,
    ends: Instant,
    given_up: AtomicBool,
}

impl Job {
    fn is_over(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) || Instant::now() >= self.ends
    }

    fn work(&self, source: &Mutex<Source>) -> Result<Found, StorageError> {
        let mut found = Found::default();
        loop {
            let records = source.lock().next()?;
            if records.is_empty() {
                return Ok(found);
            }
            for record in &records {
                if self.is_over() {
                    return Ok(found);
                }
                self.look_at(record, &mut found);
            }
        }
    }

    fn look_at(&self, record: &DecisionRecord, found: &mut Found) {
        let replay = &mut found.replay;
        replay.looked_at += 1;
        replay.oldest = replay.oldest.map_or(Some(record.at), |oldest| Some(oldest.min(record.at)));
        let Some(permission) = &record.permission else { return };
        let would_be_asked = self.after.cover(permission);
        if !would_be_asked && !self.before.cover(permission) {
            return;
        }
        replay.covered += 1;
        if !reached(record, &self.owner, &self.name) {
            replay.not_reached += 1;
            return;
        }
        let of_mine = |opinion: &&Opinion| opinion.owner == self.owner && opinion.policy == self.name;
        let before = record.opinions.iter().find(of_mine);
        let mut after = None;
        if would_be_asked {
            after = self.ask(record, permission, found);
            if after.is_none() {
                return;
            }
        }
        if let Some(before) = before.filter(|before| !before.remembered) {
            found.costs_before.push(before.cost_us);
        }
        found.replay.compared += 1;
        let before = before.map(|before| &before.outcome);
        let Some(kind) = flip(before, after.as_ref()) else { return };
        found.replay.flips.count(permission, kind);
        if found.lists[kind as usize].len() < limits::REPLAY_FLIPS {
            let (before, ask) = (before.cloned(), record.ask.clone());
            let whose = (record.tenant.clone(), permission.clone());
            let listed = Listed::new((record.id, record.at), whose, kind, (before, after), ask);
            found.lists[kind as usize].push(listed);
        }
    }

    /// What the version says to a call of the past; `None`, and counted, where it cannot be asked.
    fn ask(&self, record: &DecisionRecord, permission: &Permission, found: &mut Found) -> Option<Outcome> {
        let not_kept = &mut found.replay.not_kept;
        let reason = match &record.ask {
            RecordedAsk::Kept(kept) => match kept.read(record.at) {
                Ok(facts) => match self.policy.evaluate_kept(&self.memo, &record.tenant, permission, &facts) {
                    Ok(Evaluation { outcome: Err(Failure::Host(_)), .. }) => &mut found.replay.not_run,
                    Ok(evaluation) => {
                        if !evaluation.remembered {
                            found.costs_after.push(evaluation.cost_us);
                        }
                        return Some(evaluation.outcome);
                    }
                    Err(LeftOut(_)) => &mut not_kept.left_out,
                },
                Err(Unreadable) => &mut not_kept.unneeded,
            },
            RecordedAsk::Unneeded => &mut not_kept.unneeded,
            RecordedAsk::TooLong => &mut not_kept.too_long,
            RecordedAsk::Withheld => &mut not_kept.left_out,
            RecordedAsk::Crowded => &mut not_kept.crowded,
        };
        *reason += 1;
        None
    }
}

/// What one thread has found.
#[derive(Default)]
struct Found {
    replay: Replay,
    /// By kind.
    lists: [Vec<Listed>; FlipKind::ALL.len()],
    costs_before: Vec<u32>,
    costs_after: Vec<u32>,
}

impl Found {
    fn add(&mut self, other: Self) {
        let (mine, theirs) = (&mut self.replay, other.replay);
        mine.looked_at += theirs.looked_at;
        mine.oldest = mine.oldest.into_iter().chain(theirs.oldest).min();
        mine.covered += theirs.covered;
        mine.not_reached += theirs.not_reached;
        mine.not_kept.unneeded += theirs.not_kept.unneeded;
        mine.not_kept.too_long += theirs.not_kept.too_long;
        mine.not_kept.left_out += theirs.not_kept.left_out;
        mine.not_kept.crowded += theirs.not_kept.crowded;
        mine.not_run += theirs.not_run;
        mine.compared += theirs.compared;
        mine.flips.add(theirs.flips);
        self.lists.iter_mut().zip(other.lists).for_each(|(mine, theirs)| mine.extend(theirs));
        self.costs_before.extend(other.costs_before);
        self.costs_after.extend(other.costs_after);
    }

    fn conclude(self, cut_off: bool) -> Replay {
        let mut lists = self.lists;
        for list in &mut lists {
            list.sort_unstable_by_key(|listed| Reverse(listed.flip.id));
        }
        let listed = lists.into_iter().flatten().take(limits::REPLAY_FLIPS);
        Replay {
            list: listed.map(|listed| listed.read()).collect(),
            cost_before: Cost::of(self.costs_before),
            cost_after: Cost::of(self.costs_after),
            finished: !cut_off,
            ..self.replay
        }
    }
}
