//! Decisions counted by minute and hour, written with the batches that hold them: what is counted is what is kept, once.

use std::collections::BTreeMap;

use wardgate_domain::Timestamp;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::usage::{UsageCount, UsageSpan, UsageStep};

use crate::backend::Session;
use crate::decisions::{Batch, DecisionLog};
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const USAGE: Table = Table { name: "usage", key: "code" };

/// Counts that are pruned in one transaction, so that changes get their turn.
const COUNTS_PER_PRUNE: u32 = 1_000;

/// Counts the decisions of a batch. Whose tenant was deleted meanwhile leaves nothing behind.
pub(crate) async fn count(session: &mut Session, batch: &Batch<'_>) -> Result<()> {
    let Some(tenant) = batch.first().map(|first| &first.tenant) else { return Ok(()) };
    let mut counts: BTreeMap<(Timestamp, &'static str), u32> = BTreeMap::new();
    for record in batch {
        *counts.entry((UsageStep::Minute.begin(record.at), DenialCode::code_of(record.denial))).or_default() += 1;
    }
    for ((minute, code), decisions) in counts {
        let statement = USAGE
            .sql(
                "INSERT INTO usage (tenant_id, step, at_ms, code, decisions)
                 SELECT tenant_id, step, at_ms, $4, $5 FROM tenants, (SELECT 'minute' AS step, $2 AS at_ms
                 UNION ALL SELECT 'hour', $3 UNION ALL SELECT 'ever', 0) AS steps WHERE tenant_id = $1
                 ON CONFLICT (tenant_id, step, at_ms, code)
                 DO UPDATE SET decisions = usage.decisions + excluded.decisions",
            )
            .bind(tenant.as_str())
            .bind(minute)
            .bind(UsageStep::Hour.begin(minute))
            .bind(code)
            .bind(decisions);
        session.run(statement).await?;
    }
    Ok(())
}

impl TenantStore {
    /// The tenant's decisions of a span, the oldest first; what waits to be written is not among them.
    pub async fn usage(&self, span: UsageSpan) -> Result<Vec<UsageCount>> {
        let statement = USAGE
            .sql(
                "SELECT * FROM usage WHERE tenant_id = $1 AND step = $2 AND at_ms >= $3 AND at_ms < $4
                 ORDER BY at_ms, code",
            )
            .bind(self.tenant.as_str())
            .bind(span.step.as_str())
            .bind(span.from)
            .bind(span.to);
        self.shared.backend.list().await?.all(statement).await?.iter().map(read).collect()
    }

    /// All of the tenant's decisions since it was made; what waits to be written is not among them.
    pub async fn usage_ever(&self) -> Result<Vec<UsageCount>> {
        let statement = USAGE
            .sql("SELECT * FROM usage WHERE tenant_id = $1 AND step = 'ever' ORDER BY code")
            .bind(self.tenant.as_str());
        self.shared.backend.list().await?.all(statement).await?.iter().map(read).collect()
    }
}

impl DecisionLog {
    /// Forgets the counts of minutes and hours that are past their keeping. Says how many went.
    pub async fn prune_usage(&self, now: Timestamp) -> Result<u64> {
        let mut pruned = 0;
        for step in UsageStep::ALL {
            let old = || {
                let sql = "DELETE FROM usage WHERE (tenant_id, step, at_ms, code) IN
                           (SELECT tenant_id, step, at_ms, code FROM usage WHERE step = $1 AND at_ms < $2
                           ORDER BY at_ms LIMIT $3)";
                USAGE.sql(sql).bind(step.as_str()).bind(step.kept_since(now)).bind(COUNTS_PER_PRUNE)
            };
            pruned += self.delete_all(old, COUNTS_PER_PRUNE).await?;
        }
        Ok(pruned)
    }
}

fn read(row: &Row) -> Result<UsageCount> {
    Ok(UsageCount {
        at: row.time("at_ms")?,
        code: row.parse("code", DenialCode::parse_code)?,
        decisions: row.number("decisions")?,
    })
}
