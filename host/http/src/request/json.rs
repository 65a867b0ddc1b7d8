//! JSON, read strictly: no member twice, no list for an object, bounded in depth and count, nothing after the value (security rule 37). What it
//! says about an error names a place and never a type of ours or a library's words.

mod by_name;

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use by_name::ByName;

/// Arrays and objects inside one another.
pub const JSON_DEPTH: usize = 32;
/// Values in one text: members, elements and the text itself.
pub const JSON_VALUES: usize = 10_000;
/// Length of a caller's own member name that an error repeats, in characters.
const SHOWN_NAME_CHARS: usize = 64;

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// A JSON pointer, empty for the text as a whole, or `line 1, column 2` where there is no value to point at.
    pub location: String,
    /// What is wrong; safe to show.
    pub message: String,
}

/// For a member whose `null` says something, too, and not the same as leaving it out.
pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// Reads `bytes` as a `T`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    check(bytes)?;
    let mut text = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(ByName(&mut text))
        .map_err(|error| JsonError { location: pointer(error.path()), message: misfit(&error.inner().to_string()) })
}

/// Checks everything that does not depend on what the text is read as.
fn check(bytes: &[u8]) -> Result<(), JsonError> {
    let mut walk = Walk { path: Vec::new(), values: 0, fault: None };
    let mut text = serde_json::Deserializer::from_slice(bytes);
    let walked = Value(&mut walk).deserialize(&mut text).and_then(|()| text.end());
    match (walk.fault, walked) {
        (Some(fault), _) => Err(fault),
        (None, Err(error)) => Err(JsonError {
            location: format!("line {}, column {}", error.line(), error.column()),
            message: if error.is_eof() { "the JSON text ends too early" } else { "this is not legal JSON" }.to_owned(),
        }),
        (None, Ok(())) => Ok(()),
    }
}

/// The state of one check.
struct Walk {
    path: Vec<Segment>,
    values: usize,
    fault: Option<JsonError>,
}

/// One step of the way to a value.
enum Segment {
    Member(String),
    Element(usize),
}

impl Walk {
    fn fail<E: serde::de::Error>(&mut self, message: &str) -> E {
        let location = self.path.iter().map(Segment::as_pointer).collect();
        self.fault = Some(JsonError { location, message: message.to_owned() });
        E::custom("refused")
    }

    /// Walks the value at `segment` of the value walked now.
    fn descend<E, R>(&mut self, segment: Segment, walk: impl FnOnce(Value<'_>) -> Result<R, E>) -> Result<R, E> {
        self.path.push(segment);
        let walked = walk(Value(self));
        self.path.pop();
        walked
    }

    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.path.len() < JSON_DEPTH { Ok(()) } else { Err(self.fail("the JSON text is nested too deep")) }
    }
}

impl Segment {
    fn as_pointer(&self) -> String {
        match self {
            Self::Element(index) => format!("/{index}"),
            Self::Member(name) => escaped(name),
        }
    }
}

/// Any value, walked and thrown away.
struct Value<'w>(&'w mut Walk);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.values += 1;
        if self.0.values > JSON_VALUES {
            return Err(self.0.fail("the JSON text has too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.0.enter()?;
        for index in 0.. {
            if self.0.descend(Segment::Element(index), |value| elements.next_element_seed(value))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.enter()?;
        let mut names = HashSet::with_hasher(foldhash::fast::RandomState::default());
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name.clone()) {
                self.0.path.push(Segment::Member(name));
                return Err(self.0.fail("this member is given more than once"));
            }
            self.0.descend(Segment::Member(name), |value| members.next_value_seed(value))?;
        }
        Ok(())
    }
}

/// The place of a value that does not fit its type.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(escaped(key)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// A member's name as a segment of a JSON pointer (RFC 6901), cut to what is fit to be repeated.
fn escaped(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(SHOWN_NAME_CHARS).collect();
    format!("/{}", shown.replace('~', "~0").replace('/', "~1"))
}

/// Says in our words what kind of misfit the library met; whatever it says beyond the kind stays here.
fn misfit(library_text: &str) -> String {
    let named = library_text.split('`').nth(1).map(|name| escaped(name)[1..].to_owned()).unwrap_or_default();
    if library_text.starts_with("missing field") {
        format!("the member {named} is missing")
    } else if library_text.starts_with("unknown field") {
        format!("the member {named} is not known here")
    } else if library_text.starts_with("unknown variant") {
        "this is not one of the values allowed here".to_owned()
    } else if library_text.starts_with("invalid type") {
        "this is not the type of value that belongs here".to_owned()
    } else if library_text.starts_with("invalid length") {
        "this is not the number of values that belong here".to_owned()
    } else {
        "this value is not valid here".to_owned()
    }
}

#[cfg(test)]
mod tests;
