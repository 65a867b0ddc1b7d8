//! An access list: read from its text once, and of its lines the last that matches a call counts.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use wardgate_guest::{Ask, Failure};

use crate::call;
use crate::functions::{self, ARGUMENTS, Function, Kind};
use crate::series::Series;

const LINES_MAX: usize = 100;
const MAX_UTF16_UNITS: usize = 4096;

/// The lines, the last one first.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct List<'r>(#[serde(borrow)] Series<'r>);

/// What a line says of the calls that it matches.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize, Serialize)]
struct Line<'r> {
    effect: Effect,
    action: Action,
    /// Each by its place among all arguments, with its value.
    #[serde(borrow)]
    arguments: Vec<(u8, &'r str)>,
}

#[derive(Deserialize, Serialize)]
enum Action {
    /// By its place in the table of functions.
    Function(u8),
    /// Of an area, by its place, or of all; of a kind or of both.
    Group(Option<u8>, Option<Kind>),
}

impl List<'_> {
    /// Reads a text. The errors tell all that is wrong with it, each with its line.
    pub(crate) fn read(text: &str) -> Result<Self, Vec<String>> {
        if text.encode_utf16().count() > MAX_UTF16_UNITS {
            return Err(vec![format!("at most {MAX_UTF16_UNITS} characters")]);
        }
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        for (line, number) in text.split('\n').zip(1..=LINES_MAX + 1) {
            let line = if number > LINES_MAX { Err("at most 100 lines") } else { Line::read(line) };
            match line {
                Ok(line) => lines.push(line),
                Err(why) => faults.push(format!("line {number}: {why}")),
            }
        }
        if faults.is_empty() {
            return Series::of(lines.iter().rev()).map(Self).map_err(|error| vec![error.to_string()]);
        }
        Err(faults)
    }

    /// What the last line that matches says.
    pub(crate) fn decide(&self, function: &Function, ask: &Ask) -> Result<Option<Effect>, Failure> {
        for line in self.0.read::<Line<'_>>() {
            let line = line?;
            if line.matches(function, ask)? {
                return Ok(Some(line.effect));
            }
        }
        Ok(None)
    }
}

impl<'r> Line<'r> {
    fn read(line: &'r str) -> Result<Self, &'static str> {
        let mut words = line.split(' ');
        let effect = match words.next() {
            Some("ALLOW") => Effect::Allow,
            Some("DENY") => Effect::Deny,
            _ => return Err("must begin with ALLOW or DENY"),
        };
        let action = words.next().ok_or("names no action")?;
        if let Some(action) = Action::group(action) {
            return match words.next() {
                None => Ok(Self { effect, action, arguments: Vec::new() }),
                Some(_) => Err("a group takes no arguments"),
            };
        }
        let function = functions::find(action).ok_or("there is no such action")?;
        let mut arguments = Vec::new();
        for word in words {
            let argument = word.split_once('=').filter(|(_, value)| !value.contains('='));
            let (name, value) = argument.ok_or("an argument must be name=value")?;
            let name = function.argument(name).ok_or("the action has no such argument")?;
            if arguments.iter().any(|(given, _)| *given == name) {
                return Err("an argument is given twice");
            }
            arguments.push((name, value));
        }
        Ok(Self { effect, action: Action::Function(function.id), arguments })
    }

    fn matches(&self, function: &Function, ask: &Ask) -> Result<bool, Failure> {
        if !self.action.contains(function) {
            return Ok(false);
        }
        for (name, value) in &self.arguments {
            let name = ARGUMENTS.get(usize::from(*name)).ok_or("there is no such argument")?;
            if call::text(ask, name)? != Some(*value) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Action {
    /// `READ`, `WRITE`, `ALL`, alone or of one area.
    fn group(text: &str) -> Option<Self> {
        let (area, group) = match text.split_once('/') {
            Some((area, group)) => (Some(functions::find_area(area)?), group),
            None => (None, text),
        };
        let kind = match group {
            "READ" => Some(Kind::Read),
            "WRITE" => Some(Kind::Write),
            "ALL" => None,
            _ => return None,
        };
        Some(Self::Group(area, kind))
    }

    fn contains(&self, function: &Function) -> bool {
        match self {
            Self::Function(id) => *id == function.id,
            Self::Group(area, kind) => {
                area.is_none_or(|area| area == function.area) && kind.is_none_or(|kind| kind == function.kind)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wardgate_guest::{Attribute, Value};

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(List::read(text).err().unwrap_or_default(), expected, "{text:?}");
    }

    #[test]
    fn faults_are_told_with_their_lines() {
        check("ALLOW ALL\nDENY kvdb/WRITE\nALLOW thread/threadMessageGet messageId=2 threadId=", &[]);
        check(&vec!["DENY ALL"; LINES_MAX].join("\n"), &[]);
        check(&vec!["DENY ALL"; LINES_MAX + 9].join("\n"), &["line 101: at most 100 lines"]);
        check(&"x".repeat(MAX_UTF16_UNITS + 1), &["at most 4096 characters"]);
        check("", &["line 1: must begin with ALLOW or DENY"]);
        check("ALLOW ALL\r\nALLOW", &["line 1: there is no such action", "line 2: names no action"]);
        check("ALLOW ALL ", &["line 1: a group takes no arguments"]);
        check(
            "ALLOW /READ\nALLOW nobody/READ",
            &["line 1: there is no such action", "line 2: there is no such action"],
        );
        check("ALLOW thread/threadGet threadId", &["line 1: an argument must be name=value"]);
        check("ALLOW thread/threadGet threadId=1=2", &["line 1: an argument must be name=value"]);
        check("ALLOW thread/threadGet threadId=1 threadId=2", &["line 1: an argument is given twice"]);
        check("ALLOW thread/threadGet storeId=1", &["line 1: the action has no such argument"]);
        check("ALLOW thread/threadList =1", &["line 1: the action has no such argument"]);
    }

    /// The rule as the language states it, over every list of up to three of these lines.
    #[test]
    fn of_the_lines_that_match_the_last_counts() {
        let lines = [
            ("ALLOW ALL", [true, true, true]),
            ("DENY READ", [true, true, false]),
            ("ALLOW thread/WRITE", [false, false, true]),
            ("DENY store/ALL", [false, false, false]),
            ("ALLOW thread/threadGet threadId=a", [true, false, false]),
            ("DENY thread/threadGet threadId=b", [false, true, false]),
            ("DENY thread/threadCreate", [false, false, true]),
        ];
        let calls = [("threadGet", "a"), ("threadGet", "b"), ("threadCreate", "a")];
        let mut lists: Vec<Vec<_>> = vec![vec![]];
        for _ in 0..3 {
            let longer = lists.iter().flat_map(|list| lines.iter().map(|line| [&list[..], &[line]].concat()));
            lists = longer.collect();
            for (list, (at, (name, thread))) in
                lists.iter().flat_map(|list| calls.iter().enumerate().map(move |call| (list, call)))
            {
                let text = list.iter().map(|(line, _)| *line).collect::<Vec<_>>().join("\n");
                let decisive = list.iter().rfind(|(_, matches)| matches[at]);
                let expected =
                    decisive.map(|(line, _)| if line.starts_with('A') { Effect::Allow } else { Effect::Deny });
                let attribute = Attribute { name: "resource.threadId".into(), value: Value::Text((*thread).into()) };
                let ask = Ask { tenant: "t".into(), permission: "p".into(), attributes: vec![attribute] };
                let function = functions::find_in("thread", name).expect("a function");
                let read = List::read(&text).expect("a list");
                assert_eq!(read.decide(function, &ask), Ok(expected), "{text} {name} {thread}");
            }
        }
    }
}
