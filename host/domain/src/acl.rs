//! The access language of context users: up to 100 lines `ALLOW|DENY ACTION [name=value …]`, of which the last that
//! matches counts (reference privmx.md, section 4). What is legal is decided here; what it means, by the policy in
//! `guest-modules/acl`. Both read the functions and their arguments from the same table.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Lines of one text.
pub const LINES: usize = 100;
/// Length of one text, in UTF-16 units.
pub const UNITS: usize = 4_096;

/// One function a line: area, group, name, arguments.
const TABLE: &str = include_str!("../../../guest-modules/acl/functions.txt");

/// A text is not in the language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct InvalidAcl {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Checks a text.
pub fn check(text: &str) -> Result<(), InvalidAcl> {
    for (index, line) in text.split('\n').enumerate() {
        let fault = |why| InvalidAcl { line: index + 1, why };
        if index == LINES {
            return Err(fault("at most 100 lines"));
        }
        check_line(line).map_err(fault)?;
    }
    Ok(())
}

fn check_line(line: &str) -> Result<(), &'static str> {
    let mut words = line.split(' ');
    if !matches!(words.next(), Some("ALLOW" | "DENY")) {
        return Err("must begin with ALLOW or DENY");
    }
    let action = words.next().ok_or("names no action")?;
    if is_group(action) {
        return if words.next().is_none() { Ok(()) } else { Err("a group takes no arguments") };
    }
    let known = FUNCTIONS.get(action).ok_or("there is no such action")?;
    let mut given = Vec::new();
    for word in words {
        let (name, value) = word.split_once('=').ok_or("an argument must be name=value")?;
        if value.contains('=') {
            return Err("an argument must be name=value");
        }
        if given.contains(&name) {
            return Err("an argument is given twice");
        }
        if !known.contains(&name) {
            return Err("the action has no such argument");
        }
        given.push(name);
    }
    Ok(())
}

/// `READ`, `WRITE`, `ALL`, alone or of one area.
fn is_group(action: &str) -> bool {
    let (group, known) = action.split_once('/').map_or((action, true), |(area, group)| (group, AREAS.contains(&area)));
    known && matches!(group, "READ" | "WRITE" | "ALL")
}

/// Names as they are called, `area/function`, with their arguments.
static FUNCTIONS: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let function = |line: &'static str| {
        let mut words = line.split(' ');
        let (area, _group, name) = (words.next()?, words.next()?, words.next()?);
        Some((format!("{area}/{name}"), words.collect()))
    };
    TABLE.lines().filter_map(function).collect()
});

static AREAS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| TABLE.lines().filter_map(|line| line.split(' ').next()).collect());

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_language_is_what_it_is() {
        for good in [
            "ALLOW ALL",
            "DENY WRITE\nALLOW thread/READ",
            "ALLOW thread/threadGet threadId=1",
            "ALLOW thread/threadMessageGet threadId=1 messageId=2",
            "ALLOW kvdb/kvdbEntryGet kvdbId=",
            &vec!["DENY ALL"; 100].join("\n"),
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ALLOW",
            "allow ALL",
            "ALLOW  ALL",
            "ALLOW ALL ",
            "ALLOW ALL\n",
            "ALLOW ALL\r",
            "ALLOW ALL x=1",
            "ALLOW nobody/READ",
            "ALLOW /READ",
            "ALLOW thread/nothing",
            "ALLOW thread/threadGet 1",
            "ALLOW thread/threadGet threadId=1=2",
            "ALLOW thread/threadGet storeId=1",
            "ALLOW thread/threadGet threadId=1 threadId=2",
            &vec!["DENY ALL"; 101].join("\n"),
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
