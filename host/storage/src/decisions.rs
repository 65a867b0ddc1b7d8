//! The log of decisions. Recording one is a push into memory; what waits is written together, one row per tenant and
//! flush, because a row per decision would cost more than the decision itself.

use std::fmt;
use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;
use wardgate_domain::fact::Fact;
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::{DecisionId, TenantId, Timestamp, limits};

use crate::backend::{Backend, Session};
use crate::decision_rows::{decode, decode_all, encode};
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::{Statement, Table};
use crate::usage;

const BATCHES: Table = Table { name: "decision_batches", key: "batch_id" };

/// Decisions in one row at most.
const DECISIONS_PER_BATCH: usize = 4_096;
/// Text in one row at most, in bytes, beside that of its last decision: far below what any database takes, so that no
/// verdict can make a row that is refused for ever.
const BATCH_TEXT_BYTES: usize = 4 * 1024 * 1024;
/// Time between the first and the last decision of one row at most, in milliseconds. A look-up relies on it.
const BATCH_SPAN_MS: i64 = 60_000;
/// Rows that are read together at most.
const BATCHES_PER_READ: i64 = 512;
/// What is read together at most, in bytes, beside the last row.
const READ_BYTES: i64 = 4 * 1024 * 1024;
/// Rows that are pruned in one transaction, so that changes get their turn.
const BATCHES_PER_PRUNE: u32 = 256;

/// As many decisions wait to be written as may wait. A decision that cannot be recorded must not be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many decisions wait to be written")]
pub struct LogFull;

/// Takes decisions at once and writes them behind.
pub struct DecisionLog {
    backend: Backend,
    buffer: Mutex<Buffer>,
    /// Held by whoever writes, so that there is one flush at a time.
    flushing: tokio::sync::Mutex<()>,
}

/// What is not known to be written yet.
#[derive(Default)]
struct Buffer {
    waiting: Vec<DecisionRecord>,
    /// What the asks of all that is not written take, in bytes.
    ask_bytes: usize,
    /// Taken by a flush. It stays until it is written, whether the flush ends, fails or is given up: the next one
    /// writes it again into the same rows.
    in_flight: Arc<Vec<DecisionRecord>>,
}

impl DecisionLog {
    pub(crate) fn new(backend: Backend) -> Self {
        Self { backend, buffer: Mutex::default(), flushing: tokio::sync::Mutex::default() }
    }

    /// Takes a decision. It never waits, and wakes nobody. Where too many asks wait, it goes without its own.
    pub fn record(&self, mut record: DecisionRecord) -> Result<(), LogFull> {
        let ask_bytes = record.ask.len_bytes();
        let mut buffer = self.buffer.lock();
        if buffer.waiting.len() + buffer.in_flight.len() >= limits::DECISIONS_WAITING {
            return Err(LogFull);
        }
        if buffer.ask_bytes + ask_bytes > limits::KEPT_ASKS_WAITING_BYTES {
            record.ask = RecordedAsk::Crowded;
        } else {
            buffer.ask_bytes += ask_bytes;
        }
        buffer.waiting.push(record);
        Ok(())
    }

    /// How many decisions are not written yet.
    pub fn waiting(&self) -> usize {
        let buffer = self.buffer.lock();
        buffer.waiting.len() + buffer.in_flight.len()
    }

    /// Writes what waits. After a failure it still waits.
    pub async fn flush(&self) -> Result<()> {
        let _turn = self.flushing.lock().await;
        self.write_in_flight().await?;
        {
            let mut buffer = self.buffer.lock();
            // As much room as was needed last time, so that no push of the next round has to move the records.
            let room = Vec::with_capacity(buffer.waiting.len());
            buffer.in_flight = Arc::new(mem::replace(&mut buffer.waiting, room));
        }
        self.write_in_flight().await
    }

    /// Forgets the decisions of rows that ended before `before`, and of each tenant the oldest beyond `bytes`. Says how
    /// many rows went.
    pub async fn prune(&self, before: Timestamp, bytes: u64) -> Result<u64> {
        let old = || {
            let sql = "DELETE FROM decision_batches WHERE (tenant_id, first_ms, batch_id) IN
                       (SELECT tenant_id, first_ms, batch_id FROM decision_batches WHERE last_ms < $1
                       ORDER BY last_ms LIMIT $2)";
            BATCHES.sql(sql).bind(before).bind(BATCHES_PER_PRUNE)
        };
        let beyond = || {
            let sql = "DELETE FROM decision_batches WHERE (tenant_id, first_ms, batch_id) IN
                       (SELECT tenant_id, first_ms, batch_id FROM
                       (SELECT tenant_id, first_ms, batch_id, SUM(length(records)) OVER
                       (PARTITION BY tenant_id ORDER BY first_ms DESC, batch_id DESC) AS kept FROM decision_batches)
                       AS newest_first WHERE kept > $1 LIMIT $2)";
            BATCHES.sql(sql).bind(i64::try_from(bytes).unwrap_or(i64::MAX)).bind(BATCHES_PER_PRUNE)
        };
        let (old, beyond) = (self.delete_all(old, BATCHES_PER_PRUNE), self.delete_all(beyond, BATCHES_PER_PRUNE));
        Ok(old.await? + beyond.await?)
    }

    /// Runs a statement that deletes at most `most` rows until it finds fewer, and says how many went.
    pub(crate) async fn delete_all(&self, statement: impl Fn() -> Statement, most: u32) -> Result<u64> {
        let mut pruned = 0;
        loop {
            let mut session = self.backend.write_behind().await?;
            let deleted = session.run(statement()).await?;
            session.commit().await?;
            pruned += deleted;
            if deleted < u64::from(most) {
                return Ok(pruned);
            }
        }
    }

    async fn write_in_flight(&self) -> Result<()> {
        let records = Arc::clone(&self.buffer.lock().in_flight);
        if records.is_empty() {
            return Ok(());
        }
        let mut session = self.backend.write_behind().await?;
        for batch in batches(&records) {
            // What an earlier try wrote without being told so is counted already.
            if insert(&mut session, &batch).await? {
                usage::count(&mut session, &batch).await?;
            }
        }
        session.commit().await?;
        let ask_bytes: usize = records.iter().map(|record| record.ask.len_bytes()).sum();
        let mut buffer = self.buffer.lock();
        buffer.ask_bytes -= ask_bytes;
        // Bound to a name so that the records are freed after the lock, not under it.
        let _written = mem::take(&mut buffer.in_flight);
        drop(buffer);
        Ok(())
    }

    fn unwritten(&self, tenant: &TenantId, id: DecisionId) -> Option<DecisionRecord> {
        let wanted = |record: &&DecisionRecord| record.id == id && record.tenant == *tenant;
        let in_flight = {
            let buffer = self.buffer.lock();
            if let Some(record) = buffer.waiting.iter().rev().find(wanted) {
                return Some(record.clone());
            }
            Arc::clone(&buffer.in_flight)
        };
        in_flight.iter().find(wanted).cloned()
    }
}

impl TenantStore {
    /// The tenant's decision with this id, also while it waits to be written.
    pub async fn decision(&self, id: DecisionId) -> Result<Option<DecisionRecord>> {
        // In the order in which a record moves, so that it cannot be missed in between.
        if let Some(record) = self.shared.decisions.unwritten(&self.tenant, id) {
            return Ok(Some(record));
        }
        let statement = BATCHES
            .sql(
                "SELECT batch_id, records FROM decision_batches
                 WHERE tenant_id = $1 AND first_ms BETWEEN $2 AND $3 AND last_ms >= $3",
            )
            .bind(self.tenant.as_str())
            .bind(id.at_ms() - BATCH_SPAN_MS)
            .bind(id.at_ms());
        let rows = self.shared.backend.list().await?.all(statement).await?;
        for row in rows {
            let records = row.bytes("records")?;
            let found = decode(&records, &self.tenant, id).map_err(|_| row.corrupt("records"))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// Where [`TenantStore::decisions_before`] goes on: the batches before this one are older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPlace {
    first_ms: i64,
    batch_id: String,
}

impl BatchPlace {
    /// The place of which a text tells, as [`fmt::Display`] makes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (first_ms, batch_id) = text.split_once('/')?;
        Some(Self { first_ms: first_ms.parse().ok()?, batch_id: batch_id.to_owned() })
    }

    /// The place before which the batch of this place is the first.
    #[must_use]
    pub fn including(&self) -> Self {
        // An id is hexadecimal: no other one lies between it and this.
        Self { first_ms: self.first_ms, batch_id: format!("{}~", self.batch_id) }
    }
}

impl fmt::Display for BatchPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first_ms, self.batch_id)
    }
}

/// Decisions that were written together, not read yet: reading them takes its time, so whoever wants them chooses where.
pub struct DecisionBatch {
    tenant: TenantId,
    row: Row,
    /// Where to go on after it.
    pub place: BatchPlace,
}

impl DecisionBatch {
    /// Its decisions, the newest first.
    pub fn read(&self) -> Result<Vec<DecisionRecord>> {
        let mut records =
            decode_all(&self.row.bytes("records")?, &self.tenant).map_err(|_| self.row.corrupt("records"))?;
        records.reverse();
        Ok(records)
    }
}

impl TenantStore {
    /// Some of the tenant's decisions before `place`, or its latest, the newest batch first; none if there are no more.
    /// What waits to be written is not among them.
    pub async fn decisions_before(&self, place: Option<&BatchPlace>) -> Result<Vec<DecisionBatch>> {
        let mut session = self.shared.backend.list().await?;
        let (first_ms, batch_id) = place.map_or((i64::MAX, ""), |place| (place.first_ms, place.batch_id.as_str()));
        // A row is as long as four million bytes or as short as sixty: so many as are about that long together.
        let sizes = BATCHES
            .sql(
                "SELECT batch_id, length(records) AS bytes FROM decision_batches
                 WHERE tenant_id = $1 AND (first_ms, batch_id) < ($2, $3)
                 ORDER BY first_ms DESC, batch_id DESC LIMIT $4",
            )
            .bind(self.tenant.as_str())
            .bind(first_ms)
            .bind(batch_id)
            .bind(BATCHES_PER_READ);
        let sizes = session.all(sizes).await?;
        let (mut rows, mut bytes) = (0_i64, 0);
        for row in &sizes {
            if bytes >= READ_BYTES {
                break;
            }
            bytes += row.integer("bytes")?;
            rows += 1;
        }
        let statement = BATCHES
            .sql(
                "SELECT batch_id, first_ms, records FROM decision_batches
                 WHERE tenant_id = $1 AND (first_ms, batch_id) < ($2, $3)
                 ORDER BY first_ms DESC, batch_id DESC LIMIT $4",
            )
            .bind(self.tenant.as_str())
            .bind(first_ms)
            .bind(batch_id)
            .bind(rows);
        let read = |row: Row| {
            let place = BatchPlace { first_ms: row.integer("first_ms")?, batch_id: row.text("batch_id")? };
            Ok(DecisionBatch { tenant: self.tenant.clone(), row, place })
        };
        session.all(statement).await?.into_iter().map(read).collect()
    }
}

/// Decisions of one tenant, by id and so by time.
pub(crate) type Batch<'a> = Vec<&'a DecisionRecord>;

/// Cuts records into batches: always the same ones for the same records, so that they can be written twice.
fn batches(records: &[DecisionRecord]) -> Vec<Batch<'_>> {
    let mut sorted: Vec<_> = records.iter().collect();
    sorted.sort_unstable_by_key(|record| (&record.tenant, record.id));
    let mut batches: Vec<Batch<'_>> = Vec::new();
    let mut text = 0;
    for record in sorted {
        match batches.last_mut() {
            Some(batch) if text < BATCH_TEXT_BYTES && belongs(record, batch) => batch.push(record),
            _ => {
                batches.push(vec![record]);
                text = 0;
            }
        }
        text += text_bytes(record);
    }
    batches
}

/// What policies said and were asked in a decision, the only parts whose length others choose within wide bounds.
fn text_bytes(record: &DecisionRecord) -> usize {
    let fact = |fact: &Fact| match fact {
        Fact::Text(text) => text.len(),
        Fact::Texts(texts) => texts.iter().map(String::len).sum(),
        Fact::Number(_) | Fact::Flag(_) => 0,
    };
    let verdicts = record.opinions.iter().filter_map(|opinion| opinion.outcome.as_ref().ok());
    let said = verdicts.map(|verdict| {
        let reasons = verdict.reasons.iter().map(|reason| reason.code.len() + reason.message.len());
        let arguments = verdict.obligations.iter().flat_map(|obligation| &obligation.arguments);
        reasons.sum::<usize>() + arguments.map(|(name, value)| name.len() + fact(value)).sum::<usize>()
    });
    said.sum::<usize>() + record.ask.len_bytes()
}

fn belongs(record: &DecisionRecord, batch: &Batch<'_>) -> bool {
    batch.len() < DECISIONS_PER_BATCH
        && batch
            .first()
            .is_some_and(|first| first.tenant == record.tenant && record.id.at_ms() - first.id.at_ms() <= BATCH_SPAN_MS)
}

/// Writes a batch, unless it is there already. Whether it was not.
async fn insert(session: &mut Session, batch: &Batch<'_>) -> Result<bool> {
    let (Some(first), Some(last)) = (batch.first(), batch.last()) else { return Ok(false) };
    let statement = BATCHES
        .sql(
            "INSERT INTO decision_batches (tenant_id, first_ms, batch_id, last_ms, records)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, first_ms, batch_id) DO NOTHING",
        )
        .bind(first.tenant.as_str())
        .bind(first.id.at_ms())
        .bind(first.id.to_string())
        .bind(last.id.at_ms())
        .bind(encode(batch));
    Ok(session.run(statement).await? > 0)
}
