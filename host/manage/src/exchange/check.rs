//! What can be said of a file without knowing what is kept: whether it contradicts itself, and what in it is unwise.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use wardgate_domain::TenantId;

use super::file::{Context, File, Key, Owner};
use super::read::Fault;
use super::value::Object;

/// A secret with fewer characters than this may be guessed: 32 hexadecimal digits are 128 bits.
const SECRET_CHARS: usize = 32;
/// A secret that is made of fewer different characters than this was hardly drawn by lot.
const DIFFERENT_CHARS: usize = 8;

/// Checks that nothing stands in `file` twice, and that what belongs together is there.
pub(super) fn check(file: &File) -> Result<(), Fault> {
    let mut tenants = HashMap::new();
    let mut keys = HashSet::new();
    for (index, Object(owner)) in file.owners.iter().enumerate() {
        let place = format!("/owners/{index}");
        if let Some(other) = tenants.insert(tenant_of(&place, owner)?, index) {
            return Err(Fault::new(place, format!("this tenant stands at /owners/{other} already")));
        }
        for (index, Object(key)) in owner.keys.iter().enumerate() {
            let place = format!("{place}/keys/{index}");
            check_key(&place, key)?;
            // The name of a key alone leads to it, so it is distinct over all tenants.
            once(&mut keys, &key.id.0, || format!("{place}/id"))?;
        }
        let mut solutions = HashSet::new();
        for (index, Object(solution)) in owner.solutions.iter().enumerate() {
            once(&mut solutions, &solution.id.0, || format!("{place}/solutions/{index}/id"))?;
        }
        let mut contexts = HashSet::new();
        for (index, Object(context)) in owner.contexts.iter().enumerate() {
            let place = format!("{place}/contexts/{index}");
            once(&mut contexts, &context.id.0, || format!("{place}/id"))?;
            check_context(&place, context)?;
        }
    }
    Ok(())
}

/// The tenant that `owner` means.
pub(super) fn tenant_of(place: &str, owner: &Owner) -> Result<TenantId, Fault> {
    match &owner.tenant {
        Some(tenant) => Ok(tenant.0.clone()),
        None => TenantId::parse(&owner.id.0.0).map_err(|e| {
            Fault::new(
                format!("{place}/id"),
                format!("a ccId must be {}: name the tenant with the member tenant", e.rule),
            )
        }),
    }
}

fn check_key(place: &str, key: &Key) -> Result<(), Fault> {
    match (&key.secret, &key.public) {
        (Some(_), Some(_)) => Err(Fault::new(place, "a key has a secret or a publicKey, not both")),
        (None, None) => Err(Fault::new(place, "a key has a secret or a publicKey; this one has neither")),
        _ => Ok(()),
    }
}

fn check_context(place: &str, context: &Context) -> Result<(), Fault> {
    let mut shares = HashSet::new();
    for (index, share) in context.shares.iter().flatten().enumerate() {
        let place = || format!("{place}/shares/{index}");
        once(&mut shares, &share.0, place)?;
        if share.0 == context.solution.0 {
            return Err(Fault::new(place(), "a context is not shared with its own solution"));
        }
    }
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    for (index, Object(user)) in context.users.iter().enumerate() {
        once(&mut ids, &user.id.0, || format!("{place}/users/{index}/userId"))?;
        once(&mut keys, &user.public_key.0.0, || format!("{place}/users/{index}/pubKey"))?;
    }
    Ok(())
}

fn once<T: Hash + Eq>(seen: &mut HashSet<T>, value: T, place: impl FnOnce() -> String) -> Result<(), Fault> {
    if seen.insert(value) { Ok(()) } else { Err(Fault::new(place(), "this stands here for the second time")) }
}

/// What an operator should know.
pub(super) fn warnings(file: &File) -> Vec<String> {
    let mut lines = Vec::new();
    for Object(owner) in &file.owners {
        let to_cluster = owner.tenant.as_ref().map_or(owner.id.0.0 == "*", |tenant| tenant.0.is_cluster());
        for Object(key) in &owner.keys {
            let id = &key.id.0;
            if key.secret.as_ref().is_some_and(|secret| is_weak(secret.0.plain().expose())) {
                lines.push(format!("key {id}: its secret is short or plain and may be guessed; replace the key"));
            }
            if to_cluster {
                lines.push(format!("key {id}: it is the cluster's, so it reaches every tenant"));
            }
        }
    }
    lines
}

fn is_weak(secret: &str) -> bool {
    let different: HashSet<char> = secret.chars().collect();
    secret.chars().count() < SECRET_CHARS || different.len() < DIFFERENT_CHARS
}

#[cfg(test)]
mod tests {
    use super::is_weak;

    #[test]
    fn a_secret_that_may_be_guessed_is_told() {
        for weak in ["a", "correct horse battery staple", &"ab".repeat(64), &"0".repeat(128)] {
            assert!(is_weak(weak), "{weak}");
        }
        for strong in ["e4c21122523e8d8a6643c35b41440e61", "m0VYkZs8YHgLjKqW3rTn5bXc2Fd7AeP9uQhJtRvNwSg"] {
            assert!(!is_weak(strong), "{strong}");
        }
    }
}
