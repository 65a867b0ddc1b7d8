//! The users of a context: add, list, change, remove.

use serde_json::json;
use wardgate_domain::context::Member;
use wardgate_domain::{Area, ContextId, MemberId, TenantId, acl, limits};
use wardgate_storage::{Change, Mark, TenantStore, Visibility};

use super::{legal_id, within_reach};
use crate::caller::Access;
use crate::error::Refusal;
use crate::paging::{Listed, Page, Paging, Sieve, Value};
use crate::{Caller, ManageError, Manager};

/// What a user may do who is added without an access list.
const EVERYTHING: &str = "ALLOW ALL";

/// A user of a context, as a call names him.
#[derive(Debug, Clone, Copy)]
pub enum MemberRef<'a> {
    /// By his id.
    Id(&'a str),
    /// By his public key.
    PublicKey(&'a str),
}

impl Manager {
    /// Adds a user to a context, with a public key that no other user of it has. A user who is there under another key
    /// is replaced; one who is there under this key stays as he is.
    pub async fn put_member(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        context: &str,
        user: &str,
        key: &str,
        acl: Option<&str>,
    ) -> Result<(), ManageError> {
        caller.may_use(Area::Context, Access::Change, tenant)?;
        let acl = legal_acl(acl.unwrap_or(EVERYTHING))?;
        let (mut change, context) = self.open_context(caller, tenant, context).await?;
        let id = MemberId::parse(user).map_err(|e| Refusal::InvalidParams(format!("userId: {e}")))?;
        match change.member_by_key(&context.id, key).await? {
            Some(holder) if holder.id == id => return Ok(()),
            Some(_) => return Err(Refusal::PublicKeyInUse.into()),
            None => {}
        }
        let replaces = change.member(&context.id, &id).await?.is_some();
        if !replaces && change.count_members(&context.id).await? >= limits::MEMBERS_PER_CONTEXT {
            return Err(ManageError::LimitReached("the context has as many users as it may"));
        }
        let (public_key, created) = (key.to_owned(), self.clock.now());
        let member = Member { context: context.id, id, public_key, acl: acl.to_owned(), created };
        change.put_member(&member).await?;
        commit(change, caller, if replaces { "context.user-replaced" } else { "context.user-added" }, &member).await
    }

    /// Takes a user out of a context.
    pub async fn remove_member(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        context: &str,
        member: MemberRef<'_>,
    ) -> Result<(), ManageError> {
        let (mut change, context) = self.open_context(caller, tenant, context).await?;
        let member = meant(&mut change, &context.id, member).await?;
        change.delete_member(&context.id, &member.id).await?;
        commit(change, caller, "context.user-removed", &member).await
    }

    /// One user of a context.
    pub async fn get_member(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        context: &str,
        member: MemberRef<'_>,
    ) -> Result<Member, ManageError> {
        caller.may_use(Area::Context, Access::Read, tenant)?;
        let scoped = self.store.tenant(tenant);
        let context = within_reach(caller, scoped.context(&legal_id(context)?).await?)?.id;
        let found = match member {
            MemberRef::Id(id) => scoped.member(&context, &legal_member_id(id)?).await?,
            MemberRef::PublicKey(key) => scoped.member_by_key(&context, key).await?,
        };
        found.ok_or_else(|| Refusal::UserMissing.into())
    }

    /// The users of a context.
    pub async fn list_members(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        context: &str,
        paging: &Paging,
    ) -> Result<Page<Member>, ManageError> {
        caller.may_use(Area::Context, Access::Read, tenant)?;
        let scoped = self.store.tenant(tenant);
        let context = within_reach(caller, scoped.context(&legal_id(context)?).await?)?.id;
        let last = match &paging.last {
            None => None,
            Some(last) => Some(named(&scoped, &context, last).await?.ok_or(Refusal::LastIdMissing)?.mark()),
        };
        let Some(query) = &paging.query else {
            let (members, count) = scoped.member_page(&context, &paging.part(last)).await?;
            return Ok(Page { list: members, count });
        };
        let _turn = self.scans.turn(tenant).await?;
        let mut sieve = Sieve::new(paging, query, last);
        while let Some(part) = sieve.next() {
            let chunk = scoped.member_chunk(&context, part).await?;
            sieve.put(chunk);
        }
        Ok(sieve.page())
    }

    /// Gives a user of a context another access list.
    pub async fn set_member_acl(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        context: &str,
        user: &str,
        acl: &str,
    ) -> Result<(), ManageError> {
        caller.may_use(Area::Context, Access::Change, tenant)?;
        let acl = legal_acl(acl)?;
        let (mut change, context) = self.open_context(caller, tenant, context).await?;
        let member = meant(&mut change, &context.id, MemberRef::Id(user)).await?;
        let member = Member { acl: acl.to_owned(), ..member };
        change.put_member(&member).await?;
        commit(change, caller, "context.user-changed", &member).await
    }
}

impl Listed for Member {
    fn mark(&self) -> Mark {
        Mark { created: self.created, id: self.id.to_string() }
    }

    fn member(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "userId" => Value::Text(self.id.as_str()),
            "pubKey" => Value::Text(&self.public_key),
            "created" => Value::Number(self.created.as_ms()),
            "contextId" => Value::Text(self.context.as_str()),
            "acl" => Value::Text(&self.acl),
            _ => return None,
        })
    }
}

/// The user that a client means by the last id of a page. The dialect's own store names a user by his context and himself,
/// and some clients know it.
async fn named(scoped: &TenantStore, context: &ContextId, id: &str) -> Result<Option<Member>, ManageError> {
    let rest = id.strip_prefix(context.as_str()).and_then(|rest| rest.strip_prefix('-'));
    for id in [Some(id), rest].into_iter().flatten() {
        let Ok(id) = MemberId::parse(id) else { continue };
        if let Some(member) = scoped.member(context, &id).await? {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

async fn meant(change: &mut Change, context: &ContextId, member: MemberRef<'_>) -> Result<Member, ManageError> {
    let found = match member {
        MemberRef::Id(id) => change.member(context, &legal_member_id(id)?).await?,
        MemberRef::PublicKey(key) => change.member_by_key(context, key).await?,
    };
    found.ok_or_else(|| Refusal::UserMissing.into())
}

fn legal_acl(text: &str) -> Result<&str, Refusal> {
    acl::check(text).map(|()| text).map_err(|e| Refusal::InvalidAcl(e.to_string()))
}

/// What is no legal id names nobody.
fn legal_member_id(id: &str) -> Result<MemberId, Refusal> {
    MemberId::parse(id).map_err(|_| Refusal::UserMissing)
}

async fn commit(change: Change, caller: &Caller, action: &'static str, member: &Member) -> Result<(), ManageError> {
    let detail = json!({ "user": member.id.as_str(), "public_key": member.public_key, "acl": member.acl });
    Ok(change.commit(caller.event(action, member.context.as_str(), &detail), Visibility::Quiet).await?)
}
