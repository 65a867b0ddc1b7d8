//! What the policy asks of a call: which function, by whom, on what.

use wardgate_guest::{Ask, Failure, Value, attributes};

use crate::functions::{self, Function};
use crate::methods;

attributes! {
    pub(crate) struct Named<'a> {
        function: Option<&'a str> = "resource.function",
    }
}

attributes! {
    pub(crate) struct Caller<'a> {
        user: Option<&'a str> = "context.user",
        subject: Option<&'a str> = "subject.id",
    }
}

/// The function that the enforcing side names, or else the one that the permission stands for.
pub(crate) fn function(ask: &Ask) -> Result<Option<&'static Function>, Failure> {
    Ok(match Named::read(ask)?.function {
        Some(path) => functions::find(path),
        None => of_permission(&ask.permission),
    })
}

/// `privmx:AREA:NAME`, whose name is a function's or a method's.
fn of_permission(permission: &str) -> Option<&'static Function> {
    let (area, name) = permission.strip_prefix("privmx:")?.split_once(':')?;
    methods::find(area, name).or_else(|| functions::find_in(area, name))
}

/// The user on whose behalf the subject calls, or else the subject itself.
pub(crate) fn user(ask: &Ask) -> Result<Option<&str>, Failure> {
    let Caller { user, subject } = Caller::read(ask)?;
    Ok(user.or(subject))
}

/// The call's attribute of that name, which is a text.
pub(crate) fn text<'a>(ask: &'a Ask, name: &str) -> Result<Option<&'a str>, Failure> {
    match ask.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.value) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(_) => Err(["the attribute ", name, " is not a text"].concat()),
    }
}
