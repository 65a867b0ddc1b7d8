//! A context's policy: who may do what with the containers in it. Wardgate checks and keeps it; the tenant's backend reads
//! it (reference privmx.md, section 1).

use wardgate_manage::contexts::policy::{About, ENTRY_UNITS, Member};

use crate::api::params::{Misfit, members, text};
use crate::api::value::Json;

/// Reads a policy and gives it as a JSON text.
pub(super) fn policy(value: &Json) -> Result<String, Misfit> {
    let policy = shaped(About::Context, value)?;
    check_values("policy", About::Context, &policy)?;
    Ok(serde_json::to_string(&policy).expect("a JSON value is text"))
}

/// The object with the members that belong there and no others.
fn shaped(about: About, value: &Json) -> Result<Json, Misfit> {
    let mut kept = Vec::new();
    for (name, value) in members(value, &[])? {
        let value = match about.member(name).ok_or_else(|| Misfit::unexpected(name))? {
            Member::Entry(_) => text(0, ENTRY_UNITS)(value).map(Json::Text),
            Member::Inner(about) => shaped(about, value),
        };
        kept.push((name.clone(), value.map_err(|misfit| misfit.at(name))?));
    }
    Ok(Json::Object(kept))
}

fn check_values(path: &str, about: About, value: &Json) -> Result<(), Misfit> {
    let Json::Object(members) = value else { return Ok(()) };
    for (name, value) in members {
        let path = format!("{path}.{name}");
        match (about.member(name), value) {
            (Some(Member::Entry(entry)), Json::Text(text)) if !entry.allows(text) => {
                return Err(Misfit::new("Invalid value").at(path));
            }
            (Some(Member::Inner(about)), value) => check_values(&path, about, value)?,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::policy;

    fn read(text: &str) -> Result<String, String> {
        let value = serde_json::from_str(text).expect("legal JSON");
        policy(&value).map_err(|misfit| misfit.to_string())
    }

    #[test]
    fn a_policy_is_kept_as_it_was_sent() {
        for text in [
            "{}",
            r#"{"thread":{"get":"user&manager,owner","listMy":"all"},"create":"anything","kvdb":{"item":{}}}"#,
            r#"{"store":{"item":{"delete":"itemOwner&user,manager","listAll":"user","create":"none"}}}"#,
            r#"{"inbox":{"updatePolicy":"default","creatorHasToBeManager":"yes","rotateKeys":"x","forwardSecrecy":""}}"#,
            r#"{"stream":{"ownerCanBeRemovedFromManagers":"no","canOverwriteContextPolicy":"default"}}"#,
        ] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        assert_eq!(read("[]").as_deref(), Ok("{}"));
        assert_eq!(read(r#"{"thread":[]}"#).as_deref(), Ok(r#"{"thread":{}}"#));
    }

    #[test]
    fn only_members_that_exist_are_taken() {
        for (text, data) in [
            ("null", "Expected object"),
            (r#"{"context":{}}"#, "Unexpected key 'context'"),
            (r#"{"updatePolicy":"all"}"#, "Unexpected key 'updatePolicy'"),
            (r#"{"thread":"all"}"#, "thread -> Expected object"),
            (r#"{"inbox":{"item":{}}}"#, "inbox -> Unexpected key 'item'"),
            (r#"{"thread":{"item":{"updatePolicy":"all"}}}"#, "thread -> item -> Unexpected key 'updatePolicy'"),
            (r#"{"get":null}"#, "get -> Expected string"),
            (
                r#"{"stream":{"get":"123456789012345678901234567890123"}}"#,
                "stream -> get -> Invalid length! Expected max 32, get 33",
            ),
        ] {
            assert_eq!(read(text), Err(data.to_owned()), "{text}");
        }
    }

    #[test]
    fn an_entry_says_what_it_may() {
        for (member, entry) in [
            ("get", ""),
            ("get", "inherit"),
            ("get", "all,user"),
            ("get", "user&user"),
            ("get", "user,user"),
            ("get", "user&manager,manager&user"),
            ("get", "user, manager"),
            ("get", "user&"),
            ("get", "itemOwner"),
            ("listMy", "user"),
            ("create", "yes"),
            ("creatorHasToBeManager", "all"),
        ] {
            let text = format!(r#"{{"thread":{{"{member}":"{entry}"}}}}"#);
            assert_eq!(read(&text), Err(format!("policy.thread.{member} -> Invalid value")), "{entry}");
        }
        let item = r#"{"kvdb":{"item":{"listMy":"itemOwner"}}}"#;
        assert_eq!(read(item), Err("policy.kvdb.item.listMy -> Invalid value".to_owned()));
    }
}
