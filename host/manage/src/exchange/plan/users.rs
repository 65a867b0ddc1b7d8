//! Users of contexts.

use std::collections::{HashMap, HashSet};

use wardgate_domain::context::{Context, Member};
use wardgate_domain::{ContextId, MemberId, limits};

use super::{Ground, Wanted, by_id, said};
use crate::exchange::ImportError;
use crate::exchange::file;
use crate::exchange::value::Object;

/// What a user may do of whom nothing is said: the dialect's own.
const EVERYTHING: &str = "ALLOW ALL";

type Users = (Wanted<Member>, Vec<(ContextId, MemberId)>);

impl Ground<'_> {
    /// Users that are new or change, and of these the ones with new public keys. `kept` are the contexts that there are.
    pub(super) async fn users(&self, kept: &HashMap<ContextId, Context>) -> Result<Users, ImportError> {
        let (mut wanted, mut rekeyed) = (Wanted::none(), Vec::new());
        for (index, Object(context)) in self.owner.contexts.iter().enumerate() {
            let place = format!("/contexts/{index}/users");
            let id = &context.id.0;
            let kept = if kept.contains_key(id) { self.scoped.members(id).await? } else { Vec::new() };
            self.users_of(&place, context, &by_id(kept, |user| user.id.clone()), &mut wanted, &mut rekeyed)?;
            self.progress.compared(context.users.len());
        }
        Ok((wanted, rekeyed))
    }

    fn users_of(
        &self,
        place: &str,
        context: &file::Context,
        kept: &HashMap<MemberId, Member>,
        wanted: &mut Wanted<Member>,
        rekeyed: &mut Vec<(ContextId, MemberId)>,
    ) -> Result<(), ImportError> {
        let named: HashSet<_> = context.users.iter().map(|Object(user)| &user.id.0).collect();
        // Whoever is named gets the key that the file says; these keep theirs.
        let others = kept.values().filter(|user| !named.contains(&user.id));
        let taken: HashMap<_, _> = others.map(|user| (user.public_key.as_str(), &user.id)).collect();
        let mut count = kept.len();
        for (index, Object(user)) in context.users.iter().enumerate() {
            let (id, public_key) = (&user.id.0, &user.public_key.0.0);
            if let Some(other) = taken.get(public_key.as_str()) {
                let message = format!("this is the public key of {other}, who is a user of this context already");
                return Err(self.fault(&format!("{place}/{index}/pubKey"), message).into());
            }
            let kept_one = kept.get(id);
            if kept_one.is_some_and(|kept| kept.public_key != *public_key) {
                rekeyed.push((context.id.0.clone(), id.clone()));
            }
            count += usize::from(kept_one.is_none());
            self.room(|| format!("{place}/{index}"), count, limits::MEMBERS_PER_CONTEXT, "users of one context")?;
            let member = Member {
                context: context.id.0.clone(),
                id: id.clone(),
                public_key: public_key.clone(),
                acl: said(user.acl.as_ref().map(|acl| &acl.0.0), kept_one.map(|kept| &kept.acl))
                    .unwrap_or_else(|| EVERYTHING.to_owned()),
                created: self.created(user.created, kept_one.map(|kept| kept.created)),
            };
            wanted.note(member, kept_one);
        }
        Ok(())
    }
}
