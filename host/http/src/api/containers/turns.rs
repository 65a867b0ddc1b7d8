//! How many calls may be under way at a time: for all backends together, and for each tenant's, so that one that is slow
//! holds up nobody else.

use std::collections::HashMap;

use parking_lot::Mutex;
use wardgate_domain::{TenantId, limits};

/// The calls that are under way.
#[derive(Default)]
pub(super) struct Turns(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    all: usize,
    /// A tenant without any is not in it.
    of_tenant: HashMap<TenantId, usize>,
}

/// One call that is under way, until it is dropped.
pub(in crate::api) struct Turn<'a> {
    turns: &'a Turns,
    tenant: TenantId,
}

impl Turns {
    /// A turn, if there is one now: nobody waits for it.
    pub(super) fn take(&self, tenant: &TenantId) -> Option<Turn<'_>> {
        let mut calls = self.0.lock();
        let own = calls.of_tenant.get(tenant).copied().unwrap_or_default();
        if calls.all >= limits::BACKEND_CALLS || own >= limits::BACKEND_CALLS_PER_TENANT {
            return None;
        }
        calls.all += 1;
        calls.of_tenant.insert(tenant.clone(), own + 1);
        Some(Turn { turns: self, tenant: tenant.clone() })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut calls = self.turns.0.lock();
        calls.all -= 1;
        let left = calls.of_tenant.get(&self.tenant).map_or(0, |own| own - 1);
        if left == 0 {
            calls.of_tenant.remove(&self.tenant);
        } else {
            calls.of_tenant.insert(self.tenant.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use wardgate_domain::{TenantId, limits};

    use super::Turns;

    #[test]
    fn a_tenant_that_takes_all_of_its_turns_leaves_those_of_others() {
        let turns = Turns::default();
        let tenant = |number: usize| TenantId::parse(&format!("t{number}")).expect("a tenant id");
        let take = |number| (0..limits::BACKEND_CALLS).map_while(|_| turns.take(&tenant(number))).collect::<Vec<_>>();
        let first = take(1);
        assert_eq!(first.len(), limits::BACKEND_CALLS_PER_TENANT);
        let others: Vec<_> = (2..limits::BACKEND_CALLS).map(take).take_while(|taken| !taken.is_empty()).collect();
        assert_eq!(first.len() + others.iter().map(Vec::len).sum::<usize>(), limits::BACKEND_CALLS);
        drop(others);
        assert!(turns.take(&tenant(1)).is_none() && turns.take(&tenant(2)).is_some());
        drop(first);
        assert!(turns.take(&tenant(1)).is_some());
        assert!(turns.0.lock().of_tenant.is_empty());
    }
}
