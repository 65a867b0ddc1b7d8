//! What has to be done to bring one tenant to what a file says. A member that is left out leaves what exists as it is, and
//! gives what is made the value that the JSON-RPC would give it. When a thing was made, whose key it is and where it belongs
//! do not change: the time of what exists stays, and a contradiction of the others is a fault.

mod contexts;
mod keys;
mod users;

use std::collections::HashMap;
use std::hash::Hash;

use wardgate_domain::context::{Context, Member};
use wardgate_domain::limits;
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::solution::Solution;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_domain::{ContextId, MemberId, SolutionId, TenantId, Timestamp};
use wardgate_storage::{Store, TenantStore};

use super::ImportError;
use super::check::tenant_of;
use super::file::{self, Owner};
use super::progress::Progress;
use super::read::Fault;
use super::value::{Object, Time};

/// What is to be done in one tenant.
pub(super) struct Plan {
    pub(super) tenant: TenantId,
    /// The tenant itself, where there is none yet.
    pub(super) make: Option<Tenant>,
    pub(super) keys: Wanted<SigningKey>,
    pub(super) solutions: Wanted<Solution>,
    pub(super) contexts: Wanted<Context>,
    pub(super) users: Wanted<Member>,
    /// Users whose public keys change. Each lets go of the old one first, for two of them may have swapped theirs.
    pub(super) rekeyed: Vec<(ContextId, MemberId)>,
}

impl Plan {
    /// Things to store.
    pub(super) fn len(&self) -> usize {
        let tenants = usize::from(self.make.is_some());
        tenants + self.keys.len() + self.solutions.len() + self.contexts.len() + self.users.len()
    }
}

/// Things of one kind that are not as the file says.
pub(super) struct Wanted<T> {
    /// To be made.
    pub(super) new: Vec<T>,
    /// To be brought to this.
    pub(super) changed: Vec<T>,
}

impl<T> Wanted<T> {
    fn none() -> Self {
        Self { new: Vec::new(), changed: Vec::new() }
    }

    fn len(&self) -> usize {
        self.new.len() + self.changed.len()
    }

    /// Notes `wanted`, of which `kept` is what there is.
    fn note(&mut self, wanted: T, kept: Option<&T>)
    where
        T: PartialEq,
    {
        match kept {
            None => self.new.push(wanted),
            Some(kept) if *kept != wanted => self.changed.push(wanted),
            Some(_) => {}
        }
    }
}

/// Compares `owner`, which stands at `index` of the file, with what is kept.
pub(super) async fn plan(
    store: &Store,
    now: Timestamp,
    index: usize,
    owner: &Owner,
    progress: &Progress,
) -> Result<Plan, ImportError> {
    let place = format!("/owners/{index}");
    let tenant = tenant_of(&place, owner)?;
    let ground = Ground { store, scoped: store.tenant(&tenant), tenant, now, place, owner, progress };
    let make = ground.make().await?;
    let keys = ground.keys().await?;
    let kept = by_id(ground.scoped.solutions().await?, |solution| solution.id.clone());
    let solutions = ground.solutions(&kept)?;
    let known = kept.keys().chain(solutions.new.iter().map(|new| &new.id)).collect();
    let kept = by_id(ground.scoped.contexts().await?, |context| context.id.clone());
    let contexts = ground.contexts(&kept, &known)?;
    let (users, rekeyed) = ground.users(&kept).await?;
    Ok(Plan { tenant: ground.tenant, make, keys, solutions, contexts, users, rekeyed })
}

/// What a plan is made of. Its methods are one for each kind of thing.
struct Ground<'a> {
    store: &'a Store,
    scoped: TenantStore,
    tenant: TenantId,
    now: Timestamp,
    /// Of the owner, as a JSON pointer.
    place: String,
    owner: &'a Owner,
    progress: &'a Progress,
}

impl Ground<'_> {
    /// The tenant, if it has to be made. Whether one that exists is in service is not for a file of things to say.
    async fn make(&self) -> Result<Option<Tenant>, ImportError> {
        let Some(kept) = self.scoped.tenant().await? else {
            let state = if self.owner.enabled == Some(false) { TenantState::Suspended } else { TenantState::Active };
            let (id, name) = (self.tenant.clone(), self.owner.id.0.0.clone());
            return Ok(Some(Tenant { id, name, state, limits: TenantLimits::default(), backend: None }));
        };
        let message = match (kept.state, self.owner.enabled) {
            (TenantState::Active, Some(false)) => "the tenant is in service; only its tenant file suspends it",
            (TenantState::Suspended, Some(true)) => "the tenant is suspended; only its tenant file changes that",
            _ => return Ok(None),
        };
        Err(self.fault("/enabled", message).into())
    }

    fn solutions(&self, kept: &HashMap<SolutionId, Solution>) -> Result<Wanted<Solution>, Fault> {
        let mut wanted = Wanted::none();
        for (index, Object(file::Solution { id, name, created })) in self.owner.solutions.iter().enumerate() {
            let kept_one = kept.get(&id.0);
            let solution = Solution {
                id: id.0.clone(),
                tenant: self.tenant.clone(),
                name: said(name.as_ref().map(|name| &name.0.0), kept_one.map(|kept| &kept.name)).unwrap_or_default(),
                created: self.created(*created, kept_one.map(|kept| kept.created)),
            };
            wanted.note(solution, kept_one);
            let place = || format!("/solutions/{index}");
            self.room(place, kept.len() + wanted.new.len(), limits::SOLUTIONS_PER_TENANT, "solutions of one tenant")?;
        }
        self.progress.compared(self.owner.solutions.len());
        Ok(wanted)
    }

    /// When a thing was made.
    fn created(&self, said: Option<Time>, kept: Option<Timestamp>) -> Timestamp {
        kept.or(said.map(|time| time.0)).unwrap_or(self.now)
    }

    /// Fails if there would be more things than a bound allows.
    fn room(&self, place: impl FnOnce() -> String, count: usize, most: u32, what: &str) -> Result<(), Fault> {
        if count <= most as usize {
            return Ok(());
        }
        Err(self.fault(&place(), format!("this is one too many: {most} {what} are the most, with those kept already")))
    }

    /// A fault at a place below the owner's.
    fn fault(&self, place: &str, message: impl Into<String>) -> Fault {
        Fault::new(format_args!("{}{place}", self.place), message)
    }
}

/// What the file says, or else what is kept.
fn said<T: Clone>(said: Option<&T>, kept: Option<&T>) -> Option<T> {
    said.or(kept).cloned()
}

fn by_id<T, I: Hash + Eq>(things: Vec<T>, id: impl Fn(&T) -> I) -> HashMap<I, T> {
    things.into_iter().map(|thing| (id(&thing), thing)).collect()
}
