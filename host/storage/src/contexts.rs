//! Contexts as they are kept, each with the solutions that it is shared with.

use std::collections::HashMap;

use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::{ContextId, SolutionId, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const CONTEXTS: Table = Table { name: "contexts", key: "id" };
const SHARES: Table = Table { name: "context_shares", key: "context_id" };

impl TenantStore {
    /// The context with this id.
    pub async fn context(&self, id: &ContextId) -> Result<Option<Context>> {
        by_id(&mut self.shared.backend.snapshot().await?, &self.tenant, id).await
    }

    /// All contexts of all solutions, oldest first.
    pub async fn contexts(&self) -> Result<Vec<Context>> {
        let mut session = self.shared.backend.snapshot().await?;
        let shares = SHARES
            .sql("SELECT * FROM context_shares WHERE tenant_id = $1 ORDER BY context_id, place")
            .bind(self.tenant.as_str());
        let mut shares_by_context: HashMap<String, Vec<SolutionId>> = HashMap::new();
        for row in session.all(shares).await? {
            shares_by_context.entry(row.text("context_id")?).or_default().push(read_share(&row)?);
        }
        let contexts = CONTEXTS
            .sql("SELECT * FROM contexts WHERE tenant_id = $1 ORDER BY created_ms, id")
            .bind(self.tenant.as_str());
        let rows = session.all(contexts).await?;
        rows.iter()
            .map(|row| {
                let shares = shares_by_context.remove(&row.text("id")?).unwrap_or_default();
                read(row, &self.tenant, shares)
            })
            .collect()
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
