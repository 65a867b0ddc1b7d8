//! What is kept, as a file: complete and in one order, so that the same things give the same bytes.

use wardgate_domain::TenantId;
use wardgate_domain::context::{Context, Member};
use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::solution::Solution;
use wardgate_domain::tenant::TenantState;
use wardgate_storage::{StorageError, Store, TenantStore};

use super::file::{self, File, Owner};
use super::policy::Policy;
use super::text::{Acl, ContextText, KeyName, MemberKey, OwnerId, SolutionName, Text};
use super::value::{Object, ScopeList, Time, Version};

/// `only`, whatever it keeps, or every tenant that keeps anything; `None` if there is no tenant `only`.
pub(super) async fn export(store: &Store, only: Option<&TenantId>) -> Result<Option<File>, StorageError> {
    let mut owners = Vec::new();
    let tenants = match only {
        Some(only) => vec![only.clone()],
        None => store.directory().tenants().await?,
    };
    for tenant in tenants {
        let Some(owner) = owner(&store.tenant(&tenant)).await? else { return Ok(None) };
        if only.is_some() || !(owner.keys.is_empty() && owner.solutions.is_empty()) {
            owners.push(Object(owner));
        }
    }
    Ok(Some(File { version: Version, owners }))
}

async fn owner(scoped: &TenantStore) -> Result<Option<Owner>, StorageError> {
    let Some(tenant) = scoped.tenant().await? else { return Ok(None) };
    let mut contexts = Vec::new();
    for context in scoped.contexts().await? {
        let users = scoped.members(&context.id).await?;
        contexts.push(Object(context_of(context, users)?));
    }
    Ok(Some(Owner {
        id: Text(OwnerId(tenant.id.to_string())),
        tenant: None,
        enabled: Some(tenant.state == TenantState::Active),
        keys: scoped.signing_keys().await?.into_iter().map(key).map(Object).collect(),
        solutions: scoped.solutions().await?.into_iter().map(solution).map(Object).collect(),
        contexts,
    }))
}

fn key(key: SigningKey) -> file::Key {
    let (secret, public) = match key.verifier {
        Verifier::Secret(secret) => (Some(Text(secret)), None),
        Verifier::PublicKey(public_key) => (None, Some(Text(public_key))),
    };
    file::Key {
        id: Text(key.id),
        secret,
        public,
        name: Some(Text(KeyName(key.name))),
        scope: ScopeList(key.scopes),
        enabled: Some(key.enabled),
        created: Some(Time(key.created)),
    }
}

fn solution(solution: Solution) -> file::Solution {
    file::Solution {
        id: Text(solution.id),
        name: Some(Text(SolutionName(solution.name))),
        created: Some(Time(solution.created)),
    }
}

fn context_of(context: Context, users: Vec<Member>) -> Result<file::Context, StorageError> {
    let policy = Policy::from_kept(&context.policy).ok_or_else(|| StorageError::Corrupt {
        table: "contexts",
        id: context.id.to_string(),
        column: "policy",
    })?;
    Ok(file::Context {
        id: Text(context.id),
        solution: Text(context.solution),
        shares: Some(context.shares.into_iter().map(Text).collect()),
        name: Some(Text(ContextText(context.name))),
        description: Some(Text(ContextText(context.description))),
        scope: Some(Text(context.scope)),
        policy: Some(policy),
        created: Some(Time(context.created)),
        modified: Some(Time(context.modified)),
        users: users.into_iter().map(user).map(Object).collect(),
    })
}

fn user(user: Member) -> file::User {
    file::User {
        id: Text(user.id),
        public_key: Text(MemberKey(user.public_key)),
        acl: Some(Text(Acl(user.acl))),
        created: Some(Time(user.created)),
    }
}
