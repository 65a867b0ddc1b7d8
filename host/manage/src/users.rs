//! Users: make, list, change, take away. Nobody hands on more than he has, nor takes hold of somebody who has more, and a
//! tenant keeps an admin.

pub(crate) mod generated;
mod own;
mod passwords;

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::{Reach, Right, Rights, Role, Standing, User};
use wardgate_domain::{AppSpaceId, Grants, TenantId, Timestamp, UserId, UserName, limits};
use wardgate_storage::{Change, TenantStore, Visibility};

use crate::passwords::check_new;
use crate::{Caller, ManageError, Manager};

/// What a new user is to be.
#[derive(Debug)]
pub struct NewUser {
    /// What he signs in as.
    pub name: String,
    /// What he is.
    pub role: Role,
    /// What he may do beyond his role.
    pub privileges: Rights,
    /// The App Spaces that he is given, by a role that is about such.
    pub app_spaces: Vec<AppSpaceId>,
    /// What calls his tokens may make, as permission patterns.
    pub grants: Vec<String>,
    /// Whether he may sign in.
    pub enabled: bool,
    /// Where he is written to.
    pub email: Option<String>,
    /// For people.
    pub given_name: Option<String>,
    /// For people.
    pub family_name: Option<String>,
    /// What he signs in with; without one, one is made.
    pub password: Option<PlainSecret>,
}

/// What to change about a user; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// His name, which stays as it is: to say that it is he.
    pub name: Option<String>,
    /// What he is.
    pub role: Option<Role>,
    /// What he may do beyond his role.
    pub privileges: Option<Rights>,
    /// The App Spaces that he is given.
    pub app_spaces: Option<Vec<AppSpaceId>>,
    /// What calls his tokens may make, as permission patterns.
    pub grants: Option<Vec<String>>,
    /// Whether he may sign in.
    pub enabled: Option<bool>,
    /// Where he is written to, or nowhere.
    pub email: Option<Told>,
    /// For people.
    pub given_name: Option<Told>,
    /// For people.
    pub family_name: Option<Told>,
}

/// What is told of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing, from now on.
    Nothing,
    /// This.
    Text(String),
}

impl Told {
    fn text(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl Manager {
    /// Makes a user. A password that was made is in the answer and nowhere else.
    pub async fn create_user(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        new: NewUser,
    ) -> Result<(User, Option<PlainSecret>), ManageError> {
        let everybody = sees_everybody(caller, Right::ManageUsers, tenant)?;
        let scoped = self.store.tenant(tenant);
        scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        let name = UserName::parse(&new.name).map_err(|e| ManageError::invalid("name", e))?;
        let grants = legal_grants(&new.grants)?;
        let (email, given_name, family_name) = legal_person(new.email, new.given_name, new.family_name)?;
        if everybody {
            self.may_give(caller, new.role.rights_anywhere().and(new.privileges), &grants).await?;
        } else if !looks_after(caller, (new.role, new.privileges), &grants, &new.app_spaces) {
            return Err(ManageError::Forbidden);
        }
        let chosen = self.chosen(new.password);
        let password = self.new_password(&name, &chosen.plain).await?;
        let now = self.clock.now();
        let user = User {
            id: self.random.user_id(),
            tenant: tenant.clone(),
            name,
            password,
            password_set: now,
            role: new.role,
            privileges: new.privileges,
            app_spaces: new.app_spaces.into(),
            grants,
            enabled: new.enabled,
            email,
            given_name,
            family_name,
            created: now,
        };
        let mut change = scoped.change().await?;
        legal_app_spaces(&mut change, &user, &[]).await?;
        if change.user(&user.name).await?.is_some() {
            return Err(ManageError::Conflict("a user of this name is there already"));
        }
        if change.count_users().await? >= limits::USERS_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant has as many users as it may"));
        }
        change.put_user(&user).await?;
        change.commit(event(caller, "user.created", &user), Visibility::Visible).await?;
        Ok((user, chosen.shown()))
    }

    /// At most `limit` users of `tenant` after the one who was made at a time and has an id, oldest first.
    pub async fn list_users(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        after: Option<(Timestamp, UserId)>,
        limit: u32,
    ) -> Result<Vec<User>, ManageError> {
        caller.may(Right::ReadUsers, tenant)?;
        Ok(self.store.tenant(tenant).users(after, limit).await?)
    }

    /// One user of `tenant`, by his id or his name.
    pub async fn get_user(&self, caller: &Caller, tenant: &TenantId, named: &str) -> Result<User, ManageError> {
        let everybody = sees_everybody(caller, Right::ReadUsers, tenant)?;
        let found = named_user(&self.store.tenant(tenant), named).await?;
        if everybody || is_looked_after(caller, &found) { Ok(found) } else { Err(ManageError::NotFound) }
    }

    /// Changes a user. Whom it disables, all of his tokens and sessions end.
    pub async fn change_user(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        named: &str,
        patch: UserPatch,
    ) -> Result<User, ManageError> {
        let everybody = sees_everybody(caller, Right::ManageUsers, tenant)?;
        let scoped = self.store.tenant(tenant);
        let id = named_user(&scoped, named).await?.id;
        let mut change = scoped.change().await?;
        let kept = self.within_reach(caller, &mut change, id).await?;
        let changed = legal_change(patch, kept.clone())?;
        if everybody {
            self.may_give(caller, changed.rights_anywhere(), &changed.grants).await?;
        } else if !is_looked_after(caller, &changed) {
            return Err(ManageError::Forbidden);
        }
        legal_app_spaces(&mut change, &changed, &kept.app_spaces).await?;
        if is_admin(&kept) && !is_admin(&changed) {
            keep_an_admin(&mut change, id).await?;
        }
        change.put_user(&changed).await?;
        if kept.enabled && !changed.enabled {
            change.revoke_families_of_user(&changed.name, self.clock.now()).await?;
        }
        change.commit(event(caller, "user.changed", &changed), Visibility::Visible).await?;
        Ok(changed)
    }

    /// Takes a user away, and with him all of his tokens and sessions.
    pub async fn delete_user(&self, caller: &Caller, tenant: &TenantId, named: &str) -> Result<(), ManageError> {
        sees_everybody(caller, Right::ManageUsers, tenant)?;
        let scoped = self.store.tenant(tenant);
        let id = named_user(&scoped, named).await?.id;
        let mut change = scoped.change().await?;
        let kept = self.within_reach(caller, &mut change, id).await?;
        if is_admin(&kept) {
            keep_an_admin(&mut change, id).await?;
        }
        // They name him by his name, which may be somebody else's tomorrow.
        change.revoke_families_of_user(&kept.name, self.clock.now()).await?;
        change.delete_user(id).await?;
        change.commit(event(caller, "user.deleted", &kept), Visibility::Visible).await?;
        Ok(())
    }

    /// Whether `rights` and `grants` may come from `caller`. Whoever may make keys could make one for any grant, and so may
    /// give any; others give of their own.
    pub(crate) async fn may_give(&self, caller: &Caller, rights: Rights, grants: &Grants) -> Result<(), ManageError> {
        let held = match &caller.standing {
            Standing::Rights(held) => held,
            Standing::InSpaces(reach) => &reach.everywhere,
            Standing::Scopes(_) | Standing::None => return Err(ManageError::Forbidden),
        };
        if !held.cover(rights) {
            return Err(ManageError::Forbidden);
        }
        if grants.iter().next().is_none() || held.has(Right::CreateKeys) {
            return Ok(());
        }
        let name = UserName::parse(&caller.subject).map_err(|_| ManageError::Forbidden)?;
        let own = self.store.tenant(&caller.tenant).user(&name).await?.ok_or(ManageError::Forbidden)?.grants;
        let covered = |wanted| own.iter().any(|held| held.covers_pattern(wanted));
        if grants.iter().all(covered) { Ok(()) } else { Err(ManageError::Forbidden) }
    }

    /// The user, if `caller` has all that he has: whoever could give another one a password, or take him away, would else
    /// have it, too, or keep it from him.
    async fn within_reach(&self, caller: &Caller, change: &mut Change, id: UserId) -> Result<User, ManageError> {
        let kept = change.user_by_id(id).await?.ok_or(ManageError::NotFound)?;
        if caller.may(Right::ManageUsers, &kept.tenant).is_err() {
            return if is_looked_after(caller, &kept) { Ok(kept) } else { Err(ManageError::NotFound) };
        }
        self.may_give(caller, kept.rights_anywhere(), &kept.grants).await?;
        Ok(kept)
    }
}

/// An id goes before a name of the same form.
async fn named_user(scoped: &TenantStore, named: &str) -> Result<User, ManageError> {
    let id = Uuid::try_parse(named).ok().filter(|_| named.len() == 36);
    let by_id = match id {
        Some(id) => scoped.user_by_id(UserId(id)).await?,
        None => None,
    };
    let found = match (by_id, UserName::parse(named)) {
        (Some(user), _) => Some(user),
        (None, Ok(name)) => scoped.user(&name).await?,
        (None, Err(_)) => None,
    };
    found.ok_or(ManageError::NotFound)
}

/// Whether `caller` may use `right` on all users of `tenant`; else he must be an App Space admin, who looks after the
/// supporters of his App Spaces.
fn sees_everybody(caller: &Caller, right: Right, tenant: &TenantId) -> Result<bool, ManageError> {
    match caller.may(right, tenant) {
        Ok(()) => Ok(true),
        Err(_) if reach_of_admin(caller).is_some() && caller.tenant == *tenant => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_looked_after(caller: &Caller, user: &User) -> bool {
    looks_after(caller, (user.role, user.privileges), &user.grants, &user.app_spaces)
}

/// Whether somebody who is such is a supporter of App Spaces of the caller's, and nothing else.
fn looks_after(caller: &Caller, (role, privileges): (Role, Rights), grants: &Grants, spaces: &[AppSpaceId]) -> bool {
    let is_bare = role == Role::Support && privileges == Rights::NONE && grants.iter().next().is_none();
    let within = |reach: &Reach| spaces.iter().all(|space| reach.spaces.contains(space));
    is_bare && !spaces.is_empty() && reach_of_admin(caller).is_some_and(within)
}

fn reach_of_admin(caller: &Caller) -> Option<&Reach> {
    match &caller.standing {
        Standing::InSpaces(reach) if reach.inside.has(Right::ManageOrigins) => Some(reach),
        _ => None,
    }
}

fn is_admin(user: &User) -> bool {
    user.enabled && user.role == Role::Admin
}

/// Refuses what would leave a tenant without anybody who may do everything in it.
async fn keep_an_admin(change: &mut Change, but: UserId) -> Result<(), ManageError> {
    if change.has_other_admin(but).await? {
        return Ok(());
    }
    Err(ManageError::Conflict("the last enabled admin of a tenant stays one"))
}

fn event(caller: &Caller, action: &'static str, user: &User) -> AuditEvent {
    let detail = json!({
        "name": user.name.as_str(),
        "role": user.role.as_str(),
        "app_spaces": user.app_spaces.iter().map(ToString::to_string).collect::<Value>(),
        "privileges": user.privileges.iter().map(Right::privilege).collect::<Value>(),
        "grants": user.grants.to_texts(),
        "enabled": user.enabled,
    });
    caller.event(action, &user.id.to_string(), &detail)
}

/// Whether the App Spaces that somebody is given are there, and his role is about such. Those that he has may be gone.
async fn legal_app_spaces(change: &mut Change, user: &User, kept: &[AppSpaceId]) -> Result<(), ManageError> {
    let invalid = |rule: &str| Err(ManageError::invalid("app_spaces", rule));
    if !user.app_spaces.is_empty() && user.role.rights_inside().is_none() {
        return invalid("only the roles app-space-admin and support have some");
    }
    let mut seen = HashSet::new();
    for space in user.app_spaces.iter() {
        let is_there = kept.contains(space) || change.app_space(*space).await?.is_some();
        if !seen.insert(space) || !is_there {
            return invalid("must be ids of App Spaces of the tenant, each once");
        }
    }
    Ok(())
}

fn legal_grants(grants: &[String]) -> Result<Grants, ManageError> {
    Grants::parse(grants).map_err(|e| ManageError::invalid("grants", e))
}

fn legal_change(patch: UserPatch, user: User) -> Result<User, ManageError> {
    if patch.name.is_some_and(|name| name != user.name.as_str()) {
        return Err(ManageError::invalid("name", "cannot be changed"));
    }
    let (email, given_name, family_name) = legal_person(
        patch.email.map_or(user.email, Told::text),
        patch.given_name.map_or(user.given_name, Told::text),
        patch.family_name.map_or(user.family_name, Told::text),
    )?;
    Ok(User {
        role: patch.role.unwrap_or(user.role),
        privileges: patch.privileges.unwrap_or(user.privileges),
        app_spaces: patch.app_spaces.map_or(user.app_spaces, Into::into),
        grants: patch.grants.as_deref().map_or(Ok(user.grants), legal_grants)?,
        enabled: patch.enabled.unwrap_or(user.enabled),
        email,
        given_name,
        family_name,
        ..user
    })
}

type Person = (Option<String>, Option<String>, Option<String>);

fn legal_person(email: Option<String>, given: Option<String>, family: Option<String>) -> Result<Person, ManageError> {
    if email.as_deref().is_some_and(|email| !is_address(email)) {
        let rule = format!("must be an address such as name@example.com, at most {} bytes", limits::EMAIL_BYTES);
        return Err(ManageError::invalid("email", rule));
    }
    for (field, name) in [("given_name", &given), ("family_name", &family)] {
        let illegal = |name: &String| {
            name.trim().is_empty()
                || name.chars().count() > limits::PERSON_NAME_CHARS
                || name.chars().any(char::is_control)
        };
        if name.as_ref().is_some_and(illegal) {
            let rule = format!("must be 1 to {} characters, none a control character", limits::PERSON_NAME_CHARS);
            return Err(ManageError::invalid(field, rule));
        }
    }
    Ok((email, given, family))
}

/// Whether it looks like one: only a letter that arrives proves more.
fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    text.len() <= limits::EMAIL_BYTES
        && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}
