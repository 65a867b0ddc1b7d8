//! Contexts with their shares and policies.

use std::collections::{HashMap, HashSet};

use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::{ContextId, SolutionId, Timestamp, limits};

use super::{Ground, Wanted, said};
use crate::exchange::file;
use crate::exchange::policy::Policy;
use crate::exchange::read::Fault;
use crate::exchange::value::Object;

impl Ground<'_> {
    pub(super) fn contexts(
        &self,
        kept: &HashMap<ContextId, Context>,
        known: &HashSet<&SolutionId>,
    ) -> Result<Wanted<Context>, Fault> {
        let mut wanted = Wanted::none();
        let mut shares: usize = kept.values().map(|kept| kept.shares.len()).sum();
        for (index, Object(context)) in self.owner.contexts.iter().enumerate() {
            let place = format!("/contexts/{index}");
            let kept_one = kept.get(&context.id.0);
            if kept_one.is_some_and(|kept| kept.solution != context.solution.0) {
                return Err(self.fault(&place, "this context is there already, in another solution"));
            }
            if !known.contains(&context.solution.0) {
                return Err(self.fault(&format!("{place}/solution"), "there is no such solution"));
            }
            for (index, share) in context.shares.iter().flatten().enumerate() {
                let place = || format!("{place}/shares/{index}");
                if !known.contains(&share.0) {
                    return Err(self.fault(&place(), "there is no such solution"));
                }
                self.room(place, index + 1, limits::SHARES_PER_CONTEXT, "shares of one context")?;
            }
            let merged = self.merged(context, kept_one);
            if merged.scope == ContextScope::Private && !merged.shares.is_empty() {
                return Err(self.fault(&place, "a private context cannot be shared"));
            }
            shares = shares + merged.shares.len() - kept_one.map_or(0, |kept| kept.shares.len());
            wanted.note(merged, kept_one);
            let count = kept.len() + wanted.new.len();
            self.room(|| place, count, limits::CONTEXTS_PER_TENANT, "contexts of one tenant")?;
        }
        // Only here: what one context gains, a later one may lose.
        if shares > limits::SHARES_PER_TENANT as usize {
            let most = limits::SHARES_PER_TENANT;
            let message = format!("{shares} shares of one tenant, with those kept already: {most} are the most");
            return Err(self.fault("/contexts", message));
        }
        self.progress.compared(self.owner.contexts.len());
        Ok(wanted)
    }

    fn merged(&self, context: &file::Context, kept: Option<&Context>) -> Context {
        let shares = context.shares.as_ref().map(|shares| shares.iter().map(|share| share.0.clone()).collect());
        let (name, description) = (&context.name, &context.description);
        let created = self.created(context.created, kept.map(|kept| kept.created));
        let mut merged = Context {
            id: context.id.0.clone(),
            tenant: self.tenant.clone(),
            solution: context.solution.0.clone(),
            shares: said(shares.as_ref(), kept.map(|kept| &kept.shares)).unwrap_or_default(),
            name: said(name.as_ref().map(|name| &name.0.0), kept.map(|kept| &kept.name)).unwrap_or_default(),
            description: said(description.as_ref().map(|text| &text.0.0), kept.map(|kept| &kept.description))
                .unwrap_or_default(),
            scope: said(context.scope.as_ref().map(|scope| &scope.0), kept.map(|kept| &kept.scope))
                .unwrap_or(ContextScope::Private),
            policy: said(context.policy.as_ref().map(Policy::to_kept).as_ref(), kept.map(|kept| &kept.policy))
                .unwrap_or_else(|| "{}".to_owned()),
            created,
            modified: kept.map_or(created, |kept| kept.modified),
        };
        merged.modified = self.modified(context, &merged, kept);
        merged
    }

    /// What the file says; else a context that changes is modified now.
    fn modified(&self, context: &file::Context, merged: &Context, kept: Option<&Context>) -> Timestamp {
        let changes = kept.is_some_and(|kept| kept != merged);
        context.modified.map_or(if changes { self.now } else { merged.modified }, |time| time.0)
    }
}
