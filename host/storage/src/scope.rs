//! One tenant's part of the store. What is read through it is the tenant's own, by the text of every statement.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use wardgate_domain::TenantId;

use crate::change::Change;
use crate::error::Result;
use crate::store::Shared;

/// A tenant's things, to read. Each kind's reads stand in that kind's file.
#[derive(Clone)]
pub struct TenantStore {
    pub(crate) shared: Arc<Shared>,
    pub(crate) tenant: TenantId,
}

impl TenantStore {
    /// Whose things these are.
    pub fn id(&self) -> &TenantId {
        &self.tenant
    }

    /// A number that grows whenever copies of the tenant's things have become out of date. Read it before reading
    /// what is to be copied.
    pub fn version(&self) -> Arc<AtomicU64> {
        self.shared.versions.of(&self.tenant)
    }

    /// Begins a change: no other change runs until it is committed or dropped.
    pub async fn change(&self) -> Result<Change> {
        Change::begin(Arc::clone(&self.shared), self.tenant.clone()).await
    }
}
