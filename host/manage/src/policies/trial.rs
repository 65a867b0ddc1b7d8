//! A version tried on cases that its author wrote, in the engine that decides calls, and what would change with it.

use serde_json::Value;
use wardgate_domain::TenantId;
use wardgate_domain::policy::Binding;
use wardgate_domain::user::Right;
use wardgate_policy::Bounds;
use wardgate_policy::cases::{self, Case, CaseResult};

use super::unavailable;
use crate::{Caller, ManageError, Manager};

/// What two versions of a policy differ in.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// The older one, or the one in force.
    pub from: Binding,
    /// The other one.
    pub to: Binding,
    /// Permissions that only the other one answers for.
    pub added: Vec<String>,
    /// Permissions that it no longer answers for.
    pub removed: Vec<String>,
    /// What differs in the settings, by JSON pointer: the old value and the new one, where there is one.
    pub settings: Vec<(String, Option<Value>, Option<Value>)>,
}

impl Manager {
    /// Runs `cases` with a version. It neither answers a call nor is it remembered.
    pub async fn try_policy(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        version: u32,
        cases: Vec<Case>,
    ) -> Result<Vec<CaseResult>, ManageError> {
        caller.may(Right::ManagePolicies, tenant)?;
        let owner = self.policies_of(tenant).await?;
        let found = self.find_version(tenant, name, version).await?;
        let module = self.module(&owner, &found.binding.name, found.binding.module).await?.module;
        let _turn = self.prepare_turn().await?;
        let (settings, bounds) = (found.binding.settings, Bounds::from(&owner.limits));
        let run = move || cases.iter().map(|case| cases::run(&module, &settings, case, bounds)).collect();
        tokio::task::spawn_blocking(run).await.map_err(unavailable)
    }

    /// What version `to` of a policy differs in from version `from`, or from the one in force.
    pub async fn policy_difference(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        (from, to): (Option<u32>, u32),
    ) -> Result<Difference, ManageError> {
        caller.may(Right::ReadPolicies, tenant)?;
        let to = self.find_version(tenant, name, to).await?.binding;
        let in_force = ManageError::Conflict("no version is in force that another could be compared with");
        let from = match from {
            Some(from) => from,
            None => self.store.tenant(tenant).policy(&to.name).await?.and_then(|it| it.active).ok_or(in_force)?,
        };
        let from = self.find_version(tenant, name, from).await?.binding;
        let (old, new) = (from.permissions.to_texts(), to.permissions.to_texts());
        let mut settings = Vec::new();
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        compare("", &json(&from.settings), &json(&to.settings), &mut settings);
        Ok(Difference {
            added: new.iter().filter(|it| !old.contains(it)).cloned().collect(),
            removed: old.into_iter().filter(|it| !new.contains(it)).collect(),
            settings,
            from,
            to,
        })
    }
}

/// Adds every place at which `old` and `new` differ. Lists are compared whole: which of their items is which nobody knows.
fn compare(at: &str, old: &Value, new: &Value, found: &mut Vec<(String, Option<Value>, Option<Value>)>) {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        if old != new {
            found.push((at.to_owned(), Some(old.clone()), Some(new.clone())));
        }
        return;
    };
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => compare(&at, old, new, found),
            (old, new) => found.push((at, old.cloned(), new.cloned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::compare;

    #[test]
    fn settings_differ_where_they_differ() {
        let differences = |old: Value, new: Value| {
            let mut found = Vec::new();
            compare("", &old, &new, &mut found);
            found
        };
        let same = json!({ "a": { "b": [1, 2] } });
        assert_eq!(differences(same.clone(), same), []);
        let (old, new) =
            (json!({ "a": { "b": [1], "c/d": 1 }, "x": true }), json!({ "a": { "b": [1, 2] }, "y": null }));
        assert_eq!(
            differences(old, new),
            [
                ("/a/b".to_owned(), Some(json!([1])), Some(json!([1, 2]))),
                ("/a/c~1d".to_owned(), Some(json!(1)), None),
                ("/x".to_owned(), Some(json!(true)), None),
                ("/y".to_owned(), None, Some(Value::Null)),
            ]
        );
        assert_eq!(differences(json!([]), json!({})), [(String::new(), Some(json!([])), Some(json!({})))]);
    }
}
