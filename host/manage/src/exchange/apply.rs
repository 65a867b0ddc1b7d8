//! Storing what a plan says: one change, with one entry in the tenant's audit log.

use serde_json::json;
use wardgate_domain::TenantId;
use wardgate_domain::audit::AuditEvent;
use wardgate_storage::{Change, StorageError, Store, Visibility};

use super::plan::Plan;
use super::progress::Progress;

/// What was done in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Whose things these are.
    pub tenant: TenantId,
    /// Whether the tenant itself was made.
    pub made_tenant: bool,
    /// Things that were made.
    pub made: Counts,
    /// Things that were there and not as the file says.
    pub changed: Counts,
}

/// How many things of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Signing keys.
    pub keys: usize,
    /// Solutions.
    pub solutions: usize,
    /// Contexts.
    pub contexts: usize,
    /// Users of contexts.
    pub users: usize,
}

impl Imported {
    fn of(plan: &Plan) -> Self {
        let Plan { keys, solutions, contexts, users, .. } = plan;
        Self {
            tenant: plan.tenant.clone(),
            made_tenant: plan.make.is_some(),
            made: Counts {
                keys: keys.new.len(),
                solutions: solutions.new.len(),
                contexts: contexts.new.len(),
                users: users.new.len(),
            },
            changed: Counts {
                keys: keys.changed.len(),
                solutions: solutions.changed.len(),
                contexts: contexts.changed.len(),
                users: users.changed.len(),
            },
        }
    }

    /// Whether anything was to be done.
    pub fn is_nothing(&self) -> bool {
        !self.made_tenant && self.made == Counts::default() && self.changed == Counts::default()
    }

    fn event(&self) -> AuditEvent {
        let counts = |counts: &Counts| {
            let Counts { keys, solutions, contexts, users } = counts;
            json!({ "keys": keys, "solutions": solutions, "contexts": contexts, "users": users })
        };
        let detail =
            json!({ "tenant_made": self.made_tenant, "made": counts(&self.made), "changed": counts(&self.changed) });
        AuditEvent {
            actor: "system".to_owned(),
            action: "tenant.imported",
            target: self.tenant.to_string(),
            detail: detail.to_string(),
        }
    }
}

/// Stores what `plan` says; where it says nothing, nothing is touched.
pub(super) async fn apply(store: &Store, plan: Plan, progress: &Progress) -> Result<Imported, StorageError> {
    let imported = Imported::of(&plan);
    if imported.is_nothing() {
        return Ok(imported);
    }
    let mut change = store.tenant(&plan.tenant).change().await?;
    if let Some(tenant) = &plan.make {
        change.put_tenant(tenant).await?;
        progress.stored();
    }
    write(&mut change, &plan, progress).await?;
    change.commit(imported.event(), Visibility::Visible).await?;
    Ok(imported)
}

/// Solutions go before contexts, and contexts before their users, for each refers to the one before.
async fn write(change: &mut Change, plan: &Plan, progress: &Progress) -> Result<(), StorageError> {
    let Plan { keys, solutions, contexts, users, rekeyed, .. } = plan;
    for key in &keys.new {
        change.insert_signing_key(key).await?;
        progress.stored();
    }
    for key in &keys.changed {
        change.update_signing_key(key).await?;
        progress.stored();
    }
    for solution in &solutions.new {
        change.insert_solution(solution).await?;
        progress.stored();
    }
    for solution in &solutions.changed {
        change.update_solution(solution).await?;
        progress.stored();
    }
    for context in &contexts.new {
        change.insert_context(context).await?;
        progress.stored();
    }
    for context in &contexts.changed {
        change.update_context(context).await?;
        progress.stored();
    }
    for (context, user) in rekeyed {
        change.delete_member(context, user).await?;
    }
    for user in users.new.iter().chain(&users.changed) {
        change.put_member(user).await?;
        progress.stored();
    }
    Ok(())
}
