//! Why calls were let pass or not, for the tenant's people: one by its id, or the latest ones that are wanted.

use std::fmt;

use wardgate_domain::denial::DenialCode;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::user::Right;
use wardgate_domain::{DecisionId, Grants, TenantId, limits};
use wardgate_storage::BatchPlace;

use crate::{Caller, ManageError, Manager};

/// Which decisions are wanted: those that meet all that is named.
#[derive(Debug, Default)]
pub struct DecisionFilter {
    /// What was asked for is covered by one of these.
    pub permissions: Option<Grants>,
    /// Whether the call was let pass.
    pub allowed: Option<bool>,
    /// The true code of the refusal, or none for calls that were let pass.
    pub code: Option<Option<DenialCode>>,
    /// Who asked: a key's handle or a token's holder.
    pub subject: Option<String>,
}

impl DecisionFilter {
    fn lets_through(&self, record: &DecisionRecord) -> bool {
        let covers = |grants: &Grants| record.permission.as_ref().is_some_and(|permission| grants.cover(permission));
        self.permissions.as_ref().is_none_or(covers)
            && self.allowed.is_none_or(|allowed| record.denial.is_none() == allowed)
            && self.code.is_none_or(|code| record.denial == code)
            && self.subject.as_deref().is_none_or(|subject| record.subject.as_deref() == Some(subject))
    }
}

/// Where a list of decisions goes on: behind this decision of this batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionPlace {
    batch: BatchPlace,
    id: DecisionId,
}

impl DecisionPlace {
    /// The place of which a text tells, as [`fmt::Display`] makes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (batch, id) = text.split_once(' ')?;
        Some(Self { batch: BatchPlace::parse(batch)?, id: DecisionId::parse(id)? })
    }
}

impl fmt::Display for DecisionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.batch, self.id)
    }
}

/// Some of a tenant's decisions, the newest first.
#[derive(Debug, Default)]
pub struct DecisionPage {
    /// Those that were wanted.
    pub decisions: Vec<DecisionRecord>,
    /// Where to go on; `None` if nothing older is kept.
    pub next: Option<DecisionPlace>,
    /// How many were looked at to find them.
    pub looked_at: u32,
}

impl Manager {
    /// The record of one decision of `tenant`.
    pub async fn get_decision(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: DecisionId,
    ) -> Result<DecisionRecord, ManageError> {
        caller.may(Right::ReadDecisions, tenant)?;
        self.store.tenant(tenant).decision(id).await?.ok_or(ManageError::NotFound)
    }

    /// At most `limit` decisions of `tenant` behind `after`, or its latest. A page may be shorter although there are more:
    /// no more than [`limits::LISTED_DECISIONS`] are looked at for it.
    pub async fn list_decisions(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        filter: &DecisionFilter,
        after: Option<&DecisionPlace>,
        limit: usize,
    ) -> Result<DecisionPage, ManageError> {
        caller.may(Right::ReadDecisions, tenant)?;
        let _turn = self.scans.turn(tenant).await?;
        if after.is_none() {
            self.store.decisions().flush().await?;
        }
        let scoped = self.store.tenant(tenant);
        let mut page = DecisionPage::default();
        let mut place = after.map(|after| after.batch.including());
        loop {
            let batches = scoped.decisions_before(place.as_ref()).await?;
            let Some(last) = batches.last() else {
                page.next = None;
                return Ok(page);
            };
            place = Some(last.place.clone());
            for batch in batches {
                let at = batch.place.clone();
                let read = tokio::task::spawn_blocking(move || batch.read()).await;
                let records = read.map_err(|e| ManageError::Unavailable(e.into()))??;
                let begun = after.filter(|after| after.batch == at);
                for record in records.into_iter().filter(|record| begun.is_none_or(|after| record.id < after.id)) {
                    let wanted = filter.lets_through(&record);
                    if page.looked_at == limits::LISTED_DECISIONS || (wanted && page.decisions.len() == limit) {
                        return Ok(page);
                    }
                    page.looked_at += 1;
                    page.next = Some(DecisionPlace { batch: at.clone(), id: record.id });
                    if wanted {
                        page.decisions.push(record);
                    }
                }
            }
        }
    }
}
