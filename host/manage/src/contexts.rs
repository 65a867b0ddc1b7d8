//! Contexts: create, list, change, share, delete. Whoever is limited to some solutions reaches the contexts of these and
//! those that are shared with them, to change and to delete as well: existing clients rely on it (reference privmx.md,
//! section 2.7). So whoever shares a context trusts the keys of the other solution with it.

pub mod members;
pub mod policy;

use serde_json::json;
use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::{Area, ContextId, SolutionId, TenantId, Timestamp, limits};
use wardgate_storage::{Change, Visibility};

use crate::caller::Access;
use crate::error::Refusal;
use crate::paging::{Listed, Page, Paging, Value};
use crate::solutions;
use crate::{Caller, ManageError, Manager};

/// What a new context is to be.
#[derive(Debug, Clone)]
pub struct NewContext<'a> {
    /// The id of its own solution.
    pub solution: &'a str,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether it may be shared.
    pub scope: ContextScope,
    /// Who may do what in it, as the text of a JSON object that the door has checked.
    pub policy: Option<String>,
}

/// What to change about a context; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ContextChange {
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether it may be shared.
    pub scope: Option<ContextScope>,
    /// Who may do what in it, as the text of a JSON object that the door has checked.
    pub policy: Option<String>,
}

impl Manager {
    /// Makes a context in a solution that is within the caller's reach.
    pub async fn create_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        new: NewContext<'_>,
    ) -> Result<ContextId, ManageError> {
        caller.may_use(Area::Context, Access::Change, tenant)?;
        let solution = own_solution(caller, new.solution)?;
        let now = self.clock.now();
        let context = Context {
            id: ContextId::parse(&self.random.uuid().to_string()).expect("a UUID is a legal context id"),
            tenant: tenant.clone(),
            solution,
            shares: Vec::new(),
            name: new.name,
            description: new.description,
            scope: new.scope,
            policy: new.policy.unwrap_or_else(|| "{}".to_owned()),
            created: now,
            modified: now,
        };
        let mut change = self.store.tenant(tenant).change().await?;
        change.solution(&context.solution).await?.ok_or(Refusal::SolutionMissing)?;
        if change.count_contexts().await? >= limits::CONTEXTS_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant has as many contexts as it may"));
        }
        change.insert_context(&context).await?;
        commit(change, caller, "context.created", &context).await?;
        Ok(context.id)
    }

    /// One context of `tenant`.
    pub async fn get_context(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<Context, ManageError> {
        caller.may_use(Area::Context, Access::Read, tenant)?;
        within_reach(caller, self.store.tenant(tenant).context(&legal_id(id)?).await?)
    }

    /// The contexts of `tenant` that are within reach: all of them, or those that `solution` owns or shares.
    pub async fn list_contexts(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        solution: Option<&str>,
        paging: &Paging,
    ) -> Result<Page<Context>, ManageError> {
        caller.may_use(Area::Context, Access::Read, tenant)?;
        let scoped = self.store.tenant(tenant);
        let solution = match solution {
            None => None,
            Some(solution) => {
                let id = own_solution(caller, solution)?;
                Some(scoped.solution(&id).await?.ok_or(Refusal::SolutionMissing)?.id)
            }
        };
        let mut contexts = scoped.contexts().await?;
        contexts.retain(|context| {
            reaches(caller, context) && solution.as_ref().is_none_or(|solution| is_of(context, solution))
        });
        paging.cut(contexts)
    }

    /// Changes what `wanted` names about a context; nothing, if it names nothing.
    pub async fn update_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        wanted: ContextChange,
    ) -> Result<(), ManageError> {
        let (mut change, mut context) = self.open_context(caller, tenant, id).await?;
        if wanted.scope == Some(ContextScope::Private) && !context.shares.is_empty() {
            return Err(Refusal::SharedContext.into());
        }
        let ContextChange { name, description, scope, policy } = wanted;
        if name.is_none() && description.is_none() && scope.is_none() && policy.is_none() {
            return Ok(());
        }
        context.name = name.unwrap_or(context.name);
        context.description = description.unwrap_or(context.description);
        context.scope = scope.unwrap_or(context.scope);
        context.policy = policy.unwrap_or(context.policy);
        context.modified = self.clock.now();
        change.update_context(&context).await?;
        commit(change, caller, "context.changed", &context).await
    }

    /// Takes a context out of the store, with its users.
    pub async fn delete_context(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<(), ManageError> {
        let (mut change, context) = self.open_context(caller, tenant, id).await?;
        change.delete_context(&context.id).await?;
        commit(change, caller, "context.deleted", &context).await
    }

    /// Lets another solution use a context. It is nothing new to one that uses it already.
    pub async fn share_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        solution: &str,
    ) -> Result<(), ManageError> {
        let (mut change, mut context) = self.open_context(caller, tenant, id).await?;
        let solution = solutions::legal_id(solution)?;
        change.solution(&solution).await?.ok_or(Refusal::SolutionMissing)?;
        if context.scope == ContextScope::Private {
            return Err(Refusal::PrivateContext.into());
        }
        if is_of(&context, &solution) {
            return Ok(());
        }
        if u32::try_from(context.shares.len()).is_ok_and(|shares| shares >= limits::SHARES_PER_CONTEXT) {
            return Err(ManageError::LimitReached("the context is shared with as many solutions as it may be"));
        }
        context.shares.push(solution);
        context.modified = self.clock.now();
        change.update_context(&context).await?;
        commit(change, caller, "context.shared", &context).await
    }

    /// Lets another solution use a context no longer.
    pub async fn unshare_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        solution: &str,
    ) -> Result<(), ManageError> {
        let (mut change, mut context) = self.open_context(caller, tenant, id).await?;
        let solution = solutions::legal_id(solution)?;
        change.solution(&solution).await?.ok_or(Refusal::SolutionMissing)?;
        if context.solution == solution {
            return Err(Refusal::ParentSolution.into());
        }
        let before = context.shares.len();
        context.shares.retain(|share| *share != solution);
        if context.shares.len() == before {
            return Ok(());
        }
        context.modified = self.clock.now();
        change.update_context(&context).await?;
        commit(change, caller, "context.unshared", &context).await
    }

    /// Begins a change of a context that is within the caller's reach.
    async fn open_context(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
    ) -> Result<(Change, Context), ManageError> {
        caller.may_use(Area::Context, Access::Change, tenant)?;
        let id = legal_id(id)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let context = within_reach(caller, change.context(&id).await?)?;
        Ok((change, context))
    }
}

impl Listed for Context {
    fn created(&self) -> Timestamp {
        self.created
    }

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn member(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "id" => Value::Text(self.id.as_str()),
            "created" => Value::Number(self.created.as_ms()),
            "modified" => Value::Number(self.modified.as_ms()),
            "solution" => Value::Text(self.solution.as_str()),
            "shares" => Value::Texts(self.shares.iter().map(SolutionId::as_str).collect()),
            "name" => Value::Text(&self.name),
            "description" => Value::Text(&self.description),
            "scope" => Value::Text(self.scope.as_str()),
            _ => return None,
        })
    }
}

/// A solution that the caller is at home in. Whether it exists is asked later: he must not learn it of others.
fn own_solution(caller: &Caller, id: &str) -> Result<SolutionId, Refusal> {
    if caller.contexts().contain(id) { solutions::legal_id(id) } else { Err(Refusal::OutOfReach(None)) }
}

fn within_reach(caller: &Caller, found: Option<Context>) -> Result<Context, ManageError> {
    let context = found.ok_or(Refusal::ContextMissing)?;
    if reaches(caller, &context) { Ok(context) } else { Err(Refusal::OutOfReach(None).into()) }
}

fn reaches(caller: &Caller, context: &Context) -> bool {
    let mine = |solution: &SolutionId| caller.contexts().contain(solution.as_str());
    mine(&context.solution) || context.shares.iter().any(mine)
}

/// Whether `solution` may use the context.
fn is_of(context: &Context, solution: &SolutionId) -> bool {
    context.solution == *solution || context.shares.contains(solution)
}

/// What is no legal id names nothing.
fn legal_id(id: &str) -> Result<ContextId, Refusal> {
    ContextId::parse(id).map_err(|_| Refusal::ContextMissing)
}

async fn commit(change: Change, caller: &Caller, action: &'static str, context: &Context) -> Result<(), ManageError> {
    let detail = json!({
        "name": context.name,
        "solution": context.solution.as_str(),
        "shares": context.shares.iter().map(SolutionId::as_str).collect::<Vec<_>>(),
        "scope": context.scope.as_str(),
        "policy": context.policy,
    });
    Ok(change.commit(caller.event(action, context.id.as_str(), &detail), Visibility::Quiet).await?)
}
