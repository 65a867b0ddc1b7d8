//! The audit log: a chain of keyed hashes per tenant. Without the key nobody can alter, take out or put in an entry
//! so that [`TenantStore::verify_audit`] would not find it.
//!
//! What no chain inside the database can show is the whole file put back to an earlier state of itself.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wardgate_domain::audit::{AuditEntry, AuditEvent};
use wardgate_domain::{TenantId, Timestamp};

use crate::backend::Session;
use crate::error::{Result, StorageError};
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;
use crate::tenants;

const AUDIT: Table = Table { name: "audit", key: "seq" };
const HEADS: Table = Table { name: "audit_heads", key: "tenant_id" };

/// Entries that a check of the chain holds in memory at a time.
const ENTRIES_PER_PAGE: u32 = 1_000;
/// What the first entry follows.
const NOTHING: [u8; 32] = [0; 32];

/// What a walk along a tenant's chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditCheck {
    /// Every entry is as it was written, and none is missing.
    Intact {
        /// How many there are.
        entries: u64,
    },
    /// The first place that is not as it was written.
    Broken {
        /// The place in the chain.
        seq: i64,
        /// What is wrong there.
        why: &'static str,
    },
}

impl TenantStore {
    /// At most `limit` entries after the place `after_seq`, in the order of the chain.
    pub async fn audit(&self, after_seq: i64, limit: u32) -> Result<Vec<AuditEntry>> {
        let rows = page(&mut self.shared.backend.list().await?, &self.tenant, after_seq, limit).await?;
        rows.iter().map(|row| read(row, &self.tenant)).collect()
    }

    /// At most `limit` entries before the place `before_seq`, the latest first.
    pub async fn audit_before(&self, before_seq: i64, limit: u32) -> Result<Vec<AuditEntry>> {
        let statement = AUDIT
            .sql("SELECT * FROM audit WHERE tenant_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3")
            .bind(self.tenant.as_str())
            .bind(before_seq)
            .bind(limit);
        let rows = self.shared.backend.list().await?.all(statement).await?;
        rows.iter().map(|row| read(row, &self.tenant)).collect()
    }

    /// Walks the whole chain and compares every entry with its hash, and the end with the sealed head.
    pub async fn verify_audit(&self) -> Result<AuditCheck> {
        let chain = &self.shared.chain;
        let mut session = self.shared.backend.list().await?;
        let mut end = Head { seq: 0, hash: NOTHING };
        loop {
            let rows = page(&mut session, &self.tenant, end.seq, ENTRIES_PER_PAGE).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let entry = read(row, &self.tenant)?;
                let seq = end.seq + 1;
                if entry.seq != seq {
                    return Ok(AuditCheck::Broken { seq, why: "the entry is missing" });
                }
                let hash = chain.hash(&end.hash, &entry);
                if row.hash("hash")?.0 != hash {
                    return Ok(AuditCheck::Broken { seq, why: "the entry is not as it was written" });
                }
                end = Head { seq, hash };
            }
        }
        let exists = tenants::exists(&mut session, &self.tenant).await?;
        let kept = SealedHead::load(&mut session, &self.tenant).await?;
        Ok(match kept {
            None if end.seq == 0 && !exists => AuditCheck::Intact { entries: 0 },
            // No tenant comes to be without an entry.
            None => AuditCheck::Broken { seq: end.seq, why: "the head of the chain is missing" },
            Some(kept) if kept.seal != chain.seal(&self.tenant, &kept.head) => {
                AuditCheck::Broken { seq: kept.head.seq, why: "the head of the chain is not as it was written" }
            }
            Some(kept) if kept.head != end => {
                AuditCheck::Broken { seq: end.seq + 1, why: "the chain does not end at its head" }
            }
            Some(_) => AuditCheck::Intact { entries: end.seq.unsigned_abs() },
        })
    }
}

/// Seals entries and heads under the audit key.
pub(crate) struct AuditChain(Hmac<Sha256>);

impl AuditChain {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// Adds the event to the tenant's chain, in the transaction of the change that it tells of. A chain that `begins`
    /// has no head; any other must end at a head that we sealed, or a cut would be sealed anew with the next change.
    pub(crate) async fn append(
        &self,
        session: &mut Session,
        tenant: &TenantId,
        begins: bool,
        at: Timestamp,
        event: AuditEvent,
    ) -> Result<()> {
        let last = match SealedHead::load(session, tenant).await? {
            None if begins => Head { seq: 0, hash: NOTHING },
            Some(kept) if kept.seal == self.seal(tenant, &kept.head) => kept.head,
            _ => return Err(StorageError::corrupt("audit_heads", tenant.as_str(), "seal")),
        };
        let entry = AuditEntry {
            tenant: tenant.clone(),
            seq: last.seq + 1,
            at,
            actor: event.actor,
            action: event.action.to_owned(),
            target: event.target,
            detail: event.detail,
        };
        let head = Head { seq: entry.seq, hash: self.hash(&last.hash, &entry) };
        session.run(insertion(entry, head.hash)).await?;
        let statement = HEADS
            .sql(
                "INSERT INTO audit_heads (tenant_id, seq, hash, seal) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal",
            )
            .bind(tenant.as_str())
            .bind(head.seq)
            .bind(head.hash)
            .bind(self.seal(tenant, &head));
        session.run(statement).await.map(drop)
    }

    /// An entry's hash covers the hash before it and so, step by step, the whole chain up to it.
    fn hash(&self, before: &[u8; 32], entry: &AuditEntry) -> [u8; 32] {
        self.mac(&[
            b"entry",
            before,
            entry.tenant.as_str().as_bytes(),
            &entry.seq.to_be_bytes(),
            &entry.at.as_ms().to_be_bytes(),
            entry.actor.as_bytes(),
            entry.action.as_bytes(),
            entry.target.as_bytes(),
            entry.detail.as_bytes(),
        ])
    }

    /// Without a seal, the end of a chain could be cut off by naming an earlier entry as the head.
    fn seal(&self, tenant: &TenantId, head: &Head) -> [u8; 32] {
        self.mac(&[b"head", tenant.as_str().as_bytes(), &head.seq.to_be_bytes(), &head.hash])
    }

    // Each part goes in with its length, so that no two lists of parts give the same bytes.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The last entry of a chain.
#[derive(PartialEq, Eq)]
struct Head {
    seq: i64,
    hash: [u8; 32],
}

struct SealedHead {
    head: Head,
    seal: [u8; 32],
}

impl SealedHead {
    async fn load(session: &mut Session, tenant: &TenantId) -> Result<Option<Self>> {
        let statement = HEADS.sql("SELECT * FROM audit_heads WHERE tenant_id = $1").bind(tenant.as_str());
        let Some(row) = session.one(statement).await? else { return Ok(None) };
        let head = Head { seq: row.integer("seq")?, hash: row.hash("hash")?.0 };
        Ok(Some(Self { head, seal: row.hash("seal")?.0 }))
    }
}

fn insertion(entry: AuditEntry, hash: [u8; 32]) -> crate::statement::Statement {
    AUDIT
        .sql(
            "INSERT INTO audit (tenant_id, seq, at_ms, actor, action, target, detail, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(entry.tenant.as_str())
        .bind(entry.seq)
        .bind(entry.at)
        .bind(entry.actor)
        .bind(entry.action)
        .bind(entry.target)
        .bind(entry.detail)
        .bind(hash)
}

async fn page(session: &mut Session, tenant: &TenantId, after_seq: i64, limit: u32) -> Result<Vec<Row>> {
    let statement = AUDIT
        .sql("SELECT * FROM audit WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3")
        .bind(tenant.as_str())
        .bind(after_seq)
        .bind(limit);
    session.all(statement).await
}

fn read(row: &Row, tenant: &TenantId) -> Result<AuditEntry> {
    Ok(AuditEntry {
        tenant: tenant.clone(),
        seq: row.integer("seq")?,
        at: row.time("at_ms")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        target: row.text("target")?,
        detail: row.text("detail")?,
    })
}
