//! Contexts as they are kept, each with the solutions that it is shared with.

use std::collections::HashMap;

use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::{ContextId, SolutionId, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::part::Part;
use crate::row::{Row, json_list};
use crate::scope::TenantStore;
use crate::statement::Table;

const CONTEXTS: Table = Table { name: "contexts", key: "id" };
const SHARES: Table = Table { name: "context_shares", key: "context_id" };

/// How many contexts there are, of the solutions of a JSON list or of all.
const COUNT: &str = "SELECT count(*) AS contexts FROM contexts WHERE tenant_id = $1 AND ($2 IS NULL OR id IN
    (SELECT id FROM contexts WHERE tenant_id = $1 AND solution_id IN (SELECT value FROM json_each($2))
     UNION SELECT context_id FROM context_shares
     WHERE tenant_id = $1 AND solution_id IN (SELECT value FROM json_each($2))))";

/// A part of them. The ids are looked for first, in indexes alone: what is skipped is not read, and what is sorted is
/// short.
const ASCENDING: &str = "SELECT * FROM contexts WHERE tenant_id = $1 AND id IN
    (SELECT id FROM contexts WHERE tenant_id = $1 AND (created_ms, id) > ($3, $4) AND ($2 IS NULL OR id IN
     (SELECT id FROM contexts WHERE tenant_id = $1 AND solution_id IN (SELECT value FROM json_each($2))
      UNION SELECT context_id FROM context_shares
      WHERE tenant_id = $1 AND solution_id IN (SELECT value FROM json_each($2))))
     ORDER BY created_ms, id LIMIT $5 OFFSET $6)
    ORDER BY created_ms, id";
const DESCENDING: &str = "SELECT * FROM contexts WHERE tenant_id = $1 AND id IN
    (SELECT id FROM contexts WHERE tenant_id = $1 AND (created_ms, id) < ($3, $4) AND ($2 IS NULL OR id IN
     (SELECT id FROM contexts WHERE tenant_id = $1 AND solution_id IN (SELECT value FROM json_each($2))
      UNION SELECT context_id FROM context_shares
      WHERE tenant_id = $1 AND solution_id IN (SELECT value FROM json_each($2))))
     ORDER BY created_ms DESC, id DESC LIMIT $5 OFFSET $6)
    ORDER BY created_ms DESC, id DESC";

impl TenantStore {
    /// The context with this id.
    pub async fn context(&self, id: &ContextId) -> Result<Option<Context>> {
        by_id(&mut self.shared.backend.snapshot().await?, &self.tenant, id).await
    }

    /// All contexts of all solutions, oldest first: for what is written into a file or compared with one. There may be
    /// more than a caller may have the server hold.
    pub async fn contexts(&self) -> Result<Vec<Context>> {
        let mut session = self.shared.backend.list().await?;
        let part = Part { descending: false, after: None, skip: 0, limit: u32::MAX };
        select(&mut session, &self.tenant, None, &part).await
    }

    /// A part of the contexts, and how many there are in all: of all solutions, or of those that `solutions` name, to
    /// which they belong or with which they are shared.
    pub async fn context_page(&self, solutions: Option<&[&str]>, part: &Part) -> Result<(Vec<Context>, u64)> {
        let mut session = self.shared.backend.list().await?;
        let (solutions, tenant) = (solutions.map(json_list), &self.tenant);
        let contexts = select(&mut session, tenant, solutions.as_deref(), part).await?;
        let statement = CONTEXTS.sql(COUNT).bind(tenant.as_str()).bind(solutions);
        let count = session.one(statement).await?.map_or(Ok(0), |row| row.number("contexts"))?;
        Ok((contexts, count))
    }

    /// As [`Self::context_page`], without the count.
    pub async fn context_chunk(&self, solutions: Option<&[&str]>, part: &Part) -> Result<Vec<Context>> {
        let mut session = self.shared.backend.list().await?;
        select(&mut session, &self.tenant, solutions.map(json_list).as_deref(), part).await
    }
}

impl Change {
    /// The context with this id.
    pub async fn context(&mut self, id: &ContextId) -> Result<Option<Context>> {
        by_id(&mut self.session, &self.tenant, id).await
    }

    /// How many contexts there are.
    pub async fn count_contexts(&mut self) -> Result<u32> {
        let statement =
            CONTEXTS.sql("SELECT count(*) AS contexts FROM contexts WHERE tenant_id = $1").bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("contexts"))
    }

    /// How many shares all contexts have together.
    pub async fn count_shares(&mut self) -> Result<u32> {
        let statement =
            SHARES.sql("SELECT count(*) AS shares FROM context_shares WHERE tenant_id = $1").bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("shares"))
    }

    /// Whether a context belongs to the solution or is shared with it.
    pub async fn solution_has_contexts(&mut self, id: &SolutionId) -> Result<bool> {
        let statement = CONTEXTS
            .sql(
                "SELECT id FROM contexts WHERE tenant_id = $1 AND solution_id = $2
                 UNION ALL SELECT context_id FROM context_shares WHERE tenant_id = $1 AND solution_id = $2 LIMIT 1",
            )
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        Ok(self.session.one(statement).await?.is_some())
    }

    /// Adds a context. A second one with the same id, a solution that there is not, and a share that is named twice
    /// are conflicts.
    pub async fn insert_context(&mut self, context: &Context) -> Result<()> {
        debug_assert_eq!(context.tenant, self.tenant, "a change writes its own tenant only");
        let statement = CONTEXTS
            .sql(
                "INSERT INTO contexts
                 (tenant_id, id, solution_id, name, description, scope, policy, created_ms, modified_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(self.tenant.as_str())
            .bind(context.id.as_str())
            .bind(context.solution.as_str())
            .bind(context.name.as_str())
            .bind(context.description.as_str())
            .bind(context.scope.as_str())
            .bind(context.policy.as_str())
            .bind(context.created)
            .bind(context.modified);
        self.session.run(statement).await?;
        self.insert_shares(context).await
    }

    /// Replaces what may change about a context: all but its id, its solution and the time when it was made. `false`
    /// if there is no such context.
    pub async fn update_context(&mut self, context: &Context) -> Result<bool> {
        debug_assert_eq!(context.tenant, self.tenant, "a change writes its own tenant only");
        let statement = CONTEXTS
            .sql(
                "UPDATE contexts SET name = $3, description = $4, scope = $5, policy = $6, modified_ms = $7
                 WHERE tenant_id = $1 AND id = $2",
            )
            .bind(self.tenant.as_str())
            .bind(context.id.as_str())
            .bind(context.name.as_str())
            .bind(context.description.as_str())
            .bind(context.scope.as_str())
            .bind(context.policy.as_str())
            .bind(context.modified);
        if self.session.run(statement).await? == 0 {
            return Ok(false);
        }
        if shares(&mut self.session, &self.tenant, &context.id).await? != context.shares {
            let clear = SHARES
                .sql("DELETE FROM context_shares WHERE tenant_id = $1 AND context_id = $2")
                .bind(self.tenant.as_str())
                .bind(context.id.as_str());
            self.session.run(clear).await?;
            self.insert_shares(context).await?;
        }
        Ok(true)
    }

    /// Forgets a context, its shares and its members. `false` if there is no such context.
    pub async fn delete_context(&mut self, id: &ContextId) -> Result<bool> {
        let statement = CONTEXTS
            .sql("DELETE FROM contexts WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }

    async fn insert_shares(&mut self, context: &Context) -> Result<()> {
        for (solution, place) in context.shares.iter().zip(0_u32..) {
            let statement = SHARES
                .sql("INSERT INTO context_shares (tenant_id, context_id, solution_id, place) VALUES ($1, $2, $3, $4)")
                .bind(self.tenant.as_str())
                .bind(context.id.as_str())
                .bind(solution.as_str())
                .bind(place);
            self.session.run(statement).await?;
        }
        Ok(())
    }
}

/// The contexts of some solutions, as JSON, or of all, with the shares of these contexts alone.
async fn select(
    session: &mut Session,
    tenant: &TenantId,
    solutions: Option<&str>,
    part: &Part,
) -> Result<Vec<Context>> {
    let statement = CONTEXTS.sql(part.order(ASCENDING, DESCENDING)).bind(tenant.as_str()).bind(solutions);
    let rows = session.all(part.bind(statement)).await?;
    let ids = rows.iter().map(|row| row.text("id")).collect::<Result<Vec<_>>>()?;
    let statement = SHARES
        .sql(
            "SELECT * FROM context_shares WHERE tenant_id = $1 AND context_id IN (SELECT value FROM json_each($2))
             ORDER BY context_id, place",
        )
        .bind(tenant.as_str())
        .bind(json_list(&ids));
    let mut shares: HashMap<String, Vec<SolutionId>> = HashMap::new();
    for row in session.all(statement).await? {
        shares.entry(row.text("context_id")?).or_default().push(read_share(&row)?);
    }
    let contexts = rows.iter().zip(ids);
    contexts.map(|(row, id)| read(row, tenant, shares.remove(&id).unwrap_or_default())).collect()
}

async fn by_id(session: &mut Session, tenant: &TenantId, id: &ContextId) -> Result<Option<Context>> {
    let statement =
        CONTEXTS.sql("SELECT * FROM contexts WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id.as_str());
    let Some(row) = session.one(statement).await? else { return Ok(None) };
    read(&row, tenant, shares(session, tenant, id).await?).map(Some)
}

async fn shares(session: &mut Session, tenant: &TenantId, id: &ContextId) -> Result<Vec<SolutionId>> {
    let statement = SHARES
        .sql("SELECT * FROM context_shares WHERE tenant_id = $1 AND context_id = $2 ORDER BY place")
        .bind(tenant.as_str())
        .bind(id.as_str());
    session.all(statement).await?.iter().map(read_share).collect()
}

fn read_share(row: &Row) -> Result<SolutionId> {
    row.parse("solution_id", |text| SolutionId::parse(text).ok())
}

fn read(row: &Row, tenant: &TenantId, shares: Vec<SolutionId>) -> Result<Context> {
    Ok(Context {
        id: row.parse("id", |text| ContextId::parse(text).ok())?,
        tenant: tenant.clone(),
        solution: row.parse("solution_id", |text| SolutionId::parse(text).ok())?,
        shares,
        name: row.text("name")?,
        description: row.text("description")?,
        scope: row.parse("scope", ContextScope::parse)?,
        policy: row.text("policy")?,
        created: row.time("created_ms")?,
        modified: row.time("modified_ms")?,
    })
}
