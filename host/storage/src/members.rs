//! Members of contexts as they are kept.

use wardgate_domain::context::Member;
use wardgate_domain::{ContextId, MemberId, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::error::Result;
use crate::part::Part;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

const MEMBERS: Table = Table { name: "context_members", key: "id" };

/// A part of a context's members. The ids are looked for first, in an index alone: what is skipped is not read.
const ASCENDING: &str = "SELECT * FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND id IN
    (SELECT id FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND (created_ms, id) > ($3, $4)
     ORDER BY created_ms, id LIMIT $5 OFFSET $6)
    ORDER BY created_ms, id";
const DESCENDING: &str = "SELECT * FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND id IN
    (SELECT id FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND (created_ms, id) < ($3, $4)
     ORDER BY created_ms DESC, id DESC LIMIT $5 OFFSET $6)
    ORDER BY created_ms DESC, id DESC";

impl TenantStore {
    /// The member with this id in a context.
    pub async fn member(&self, context: &ContextId, id: &MemberId) -> Result<Option<Member>> {
        by_id(&mut self.shared.backend.read().await?, &self.tenant, context, id).await
    }

    /// The member of a context with this public key.
    pub async fn member_by_key(&self, context: &ContextId, public_key: &str) -> Result<Option<Member>> {
        by_key(&mut self.shared.backend.read().await?, &self.tenant, context, public_key).await
    }

    /// All members of a context, oldest first: for what is written into a file or compared with one.
    pub async fn members(&self, context: &ContextId) -> Result<Vec<Member>> {
        self.member_chunk(context, &Part { descending: false, after: None, skip: 0, limit: u32::MAX }).await
    }

    /// A part of the members of a context, and how many it has in all.
    pub async fn member_page(&self, context: &ContextId, part: &Part) -> Result<(Vec<Member>, u64)> {
        let mut session = self.shared.backend.list().await?;
        let members = select(&mut session, &self.tenant, context, part).await?;
        Ok((members, count(&mut session, &self.tenant, context).await?.into()))
    }

    /// As [`Self::member_page`], without the count.
    pub async fn member_chunk(&self, context: &ContextId, part: &Part) -> Result<Vec<Member>> {
        select(&mut self.shared.backend.list().await?, &self.tenant, context, part).await
    }
}

impl Change {
    /// The member with this id in a context.
    pub async fn member(&mut self, context: &ContextId, id: &MemberId) -> Result<Option<Member>> {
        by_id(&mut self.session, &self.tenant, context, id).await
    }

    /// The member of a context with this public key.
    pub async fn member_by_key(&mut self, context: &ContextId, public_key: &str) -> Result<Option<Member>> {
        by_key(&mut self.session, &self.tenant, context, public_key).await
    }

    /// How many members a context has.
    pub async fn count_members(&mut self, context: &ContextId) -> Result<u32> {
        count(&mut self.session, &self.tenant, context).await
    }

    /// Adds a member, or replaces the one with the same id in his context. A context that there is not, and another
    /// member's public key, are conflicts.
    pub async fn put_member(&mut self, member: &Member) -> Result<()> {
        let statement = MEMBERS
            .sql(
                "INSERT INTO context_members (tenant_id, context_id, id, public_key, acl, created_ms)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (tenant_id, context_id, id) DO UPDATE SET public_key = excluded.public_key,
                 acl = excluded.acl, created_ms = excluded.created_ms",
            )
            .bind(self.tenant.as_str())
            .bind(member.context.as_str())
            .bind(member.id.as_str())
            .bind(member.public_key.as_str())
            .bind(member.acl.as_str())
            .bind(member.created);
        self.session.run(statement).await.map(drop)
    }

    /// Forgets a member. `false` if the context has no such member.
    pub async fn delete_member(&mut self, context: &ContextId, id: &MemberId) -> Result<bool> {
        let statement = MEMBERS
            .sql("DELETE FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND id = $3")
            .bind(self.tenant.as_str())
            .bind(context.as_str())
            .bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }
}

async fn count(session: &mut Session, tenant: &TenantId, context: &ContextId) -> Result<u32> {
    let statement = MEMBERS
        .sql("SELECT count(*) AS members FROM context_members WHERE tenant_id = $1 AND context_id = $2")
        .bind(tenant.as_str())
        .bind(context.as_str());
    session.one(statement).await?.map_or(Ok(0), |row| row.number("members"))
}

async fn select(session: &mut Session, tenant: &TenantId, context: &ContextId, part: &Part) -> Result<Vec<Member>> {
    let statement = MEMBERS.sql(part.order(ASCENDING, DESCENDING)).bind(tenant.as_str()).bind(context.as_str());
    session.all(part.bind(statement)).await?.iter().map(read).collect()
}

async fn by_id(session: &mut Session, tenant: &TenantId, context: &ContextId, id: &MemberId) -> Result<Option<Member>> {
    let statement = MEMBERS
        .sql("SELECT * FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND id = $3")
        .bind(tenant.as_str())
        .bind(context.as_str())
        .bind(id.as_str());
    session.one(statement).await?.as_ref().map(read).transpose()
}

async fn by_key(session: &mut Session, tenant: &TenantId, context: &ContextId, key: &str) -> Result<Option<Member>> {
    let statement = MEMBERS
        .sql("SELECT * FROM context_members WHERE tenant_id = $1 AND context_id = $2 AND public_key = $3")
        .bind(tenant.as_str())
        .bind(context.as_str())
        .bind(key);
    session.one(statement).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Member> {
    Ok(Member {
        context: row.parse("context_id", |text| ContextId::parse(text).ok())?,
        id: row.parse("id", |text| MemberId::parse(text).ok())?,
        public_key: row.text("public_key")?,
        acl: row.text("acl")?,
        created: row.time("created_ms")?,
    })
}
