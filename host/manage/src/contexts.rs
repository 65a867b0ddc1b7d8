//! Contexts: create, list, change, delete. Whoever is limited to some solutions reaches the contexts of these and
//! those that are shared with them, to change and to delete as well: existing clients rely on it (reference privmx.md,
//! section 2.7). So whoever shares a context trusts the keys of the other solution with it.

pub mod members;
pub mod policy;
mod sharing;

use serde_json::{Value as Json, json};
use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::scope::SolutionSet;
use wardgate_domain::{Area, ContextId, SolutionId, TenantId, limits};
use wardgate_storage::{Change, Mark, TenantStore, Visibility};

use crate::caller::Access;
use crate::error::Refusal;
use crate::paging::{Listed, Page, Paging, Sieve, Value};
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
        commit(change, caller, "context.created", &context, &detail(&context)).await?;
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
        // Whoever names a solution is at home in it, so that it alone counts.
        let wanted: Option<Vec<&str>> = match (&solution, caller.contexts()) {
            (Some(solution), _) => Some(vec![solution.as_str()]),
            (None, SolutionSet::Only(ids)) => Some(ids.iter().map(|id| &**id).collect()),
            (None, SolutionSet::All) => None,
        };
        let last = match &paging.last {
            None => None,
            Some(last) => Some(named(&scoped, wanted.as_deref(), last).await?.ok_or(Refusal::LastIdMissing)?.mark()),
        };
        let Some(query) = &paging.query else {
            let (contexts, count) = scoped.context_page(wanted.as_deref(), &paging.part(last)).await?;
            return Ok(Page { list: contexts, count });
        };
        let _turn = self.scans.turn(tenant).await?;
        let mut sieve = Sieve::new(paging, query, last);
        while let Some(part) = sieve.next() {
            let chunk = scoped.context_chunk(wanted.as_deref(), part).await?;
            sieve.put(chunk);
        }
        Ok(sieve.page())
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
        let policy_changed = policy.as_ref().is_some_and(|policy| *policy != context.policy);
        context.policy = policy.unwrap_or(context.policy);
        context.modified = self.clock.now();
        change.update_context(&context).await?;
        let mut detail = detail(&context);
        detail["policy_changed"] = json!(policy_changed);
        commit(change, caller, "context.changed", &context, &detail).await
    }

    /// Takes a context out of the store, with its users.
    pub async fn delete_context(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<(), ManageError> {
        let (mut change, context) = self.open_context(caller, tenant, id).await?;
        change.delete_context(&context.id).await?;
        commit(change, caller, "context.deleted", &context, &detail(&context)).await
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
    fn mark(&self) -> Mark {
        Mark { created: self.created, id: self.id.to_string() }
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

/// The context that a client means by the last id of a page, if it is on the list.
async fn named(scoped: &TenantStore, wanted: Option<&[&str]>, id: &str) -> Result<Option<Context>, ManageError> {
    let Ok(id) = ContextId::parse(id) else { return Ok(None) };
    let is_listed = |context: &Context| {
        let of = |solution: &SolutionId| wanted.is_none_or(|wanted| wanted.contains(&solution.as_str()));
        of(&context.solution) || context.shares.iter().any(of)
    };
    Ok(scoped.context(&id).await?.filter(is_listed))
}

/// What is no legal id names nothing.
pub(crate) fn legal_id(id: &str) -> Result<ContextId, Refusal> {
    ContextId::parse(id).map_err(|_| Refusal::ContextMissing)
}

/// What the audit log says of a context. Not its shares and its policy: with a thousand of the one, each small change would
/// fill the log with what stood there before.
fn detail(context: &Context) -> Json {
    json!({
        "name": context.name,
        "solution": context.solution.as_str(),
        "scope": context.scope.as_str(),
        "shares": context.shares.len(),
    })
}

async fn commit(
    change: Change,
    caller: &Caller,
    action: &'static str,
    context: &Context,
    detail: &Json,
) -> Result<(), ManageError> {
    Ok(change.commit(caller.event(action, context.id.as_str(), detail), Visibility::Quiet).await?)
}
