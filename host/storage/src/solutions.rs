//! Solutions as they are kept.

use wardgate_domain::solution::Solution;
use wardgate_domain::{SolutionId, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const SOLUTIONS: Table = Table { name: "solutions", key: "id" };

impl TenantStore {
    /// The solution with this id.
    pub async fn solution(&self, id: &SolutionId) -> Result<Option<Solution>> {
        by_id(&mut self.shared.backend.read().await?, &self.tenant, id).await
    }

    /// All solutions, oldest first.
    pub async fn solutions(&self) -> Result<Vec<Solution>> {
        let statement = SOLUTIONS
            .sql("SELECT * FROM solutions WHERE tenant_id = $1 ORDER BY created_ms, id")
            .bind(self.tenant.as_str());
        let rows = self.shared.backend.read().await?.all(statement).await?;
        rows.iter().map(|row| read(row, &self.tenant)).collect()
    }
}

impl Change {
    /// The solution with this id.
    pub async fn solution(&mut self, id: &SolutionId) -> Result<Option<Solution>> {
        by_id(&mut self.session, &self.tenant, id).await
    }

    /// How many solutions there are.
    pub async fn count_solutions(&mut self) -> Result<u32> {
        let statement = SOLUTIONS
            .sql("SELECT count(*) AS solutions FROM solutions WHERE tenant_id = $1")
            .bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("solutions"))
    }

    /// Adds a solution. A second one with the same id is a conflict.
    pub async fn insert_solution(&mut self, solution: &Solution) -> Result<()> {
        debug_assert_eq!(solution.tenant, self.tenant, "a change writes its own tenant only");
        let statement = SOLUTIONS
            .sql("INSERT INTO solutions (tenant_id, id, name, created_ms) VALUES ($1, $2, $3, $4)")
            .bind(self.tenant.as_str())
            .bind(solution.id.as_str())
            .bind(solution.name.as_str())
            .bind(solution.created);
        self.session.run(statement).await.map(drop)
    }

    /// Replaces what may change about a solution, which is what people call it. `false` if there is no such solution.
    pub async fn update_solution(&mut self, solution: &Solution) -> Result<bool> {
        debug_assert_eq!(solution.tenant, self.tenant, "a change writes its own tenant only");
        let statement = SOLUTIONS
            .sql("UPDATE solutions SET name = $3 WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(solution.id.as_str())
            .bind(solution.name.as_str());
        Ok(self.session.run(statement).await? == 1)
    }

    /// Forgets a solution. `false` if there is no such solution; a conflict if a context belongs to it or is shared
    /// with it.
    pub async fn delete_solution(&mut self, id: &SolutionId) -> Result<bool> {
        let statement = SOLUTIONS
            .sql("DELETE FROM solutions WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }
}

async fn by_id(session: &mut Session, tenant: &TenantId, id: &SolutionId) -> Result<Option<Solution>> {
    let statement = SOLUTIONS
        .sql("SELECT * FROM solutions WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.as_str())
        .bind(id.as_str());
    session.one(statement).await?.map(|row| read(&row, tenant)).transpose()
}

fn read(row: &Row, tenant: &TenantId) -> Result<Solution> {
    Ok(Solution {
        id: row.parse("id", |text| SolutionId::parse(text).ok())?,
        tenant: tenant.clone(),
        name: row.text("name")?,
        created: row.time("created_ms")?,
    })
}
