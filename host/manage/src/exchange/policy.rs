//! A context's policy in a file: an object whose members stand in the order in which they were written.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wardgate_domain::id::utf16_units;

use crate::contexts::policy::{About, ENTRY_UNITS, Entry, Member};

/// A legal policy.
pub(super) struct Policy(Node);

impl Policy {
    /// Reads what is kept.
    pub(super) fn from_kept(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The form that is kept.
    pub(super) fn to_kept(&self) -> String {
        serde_json::to_string(self).expect("texts in objects are always JSON")
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(About::Context)).map(Self)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

enum Node {
    Text(String),
    Object(Vec<(String, Node)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, node) in members {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}

/// What stands under a member's name.
struct Value(Member);

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.0 {
            Member::Entry(entry) => deserializer.deserialize_str(EntryText(entry)),
            Member::Inner(about) => deserializer.deserialize_map(Members(about)),
        }
    }
}

struct EntryText(Entry);

impl Visitor<'_> for EntryText {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        if utf16_units(text) > ENTRY_UNITS {
            return Err(E::custom(format!("must be at most {ENTRY_UNITS} characters")));
        }
        if self.0.allows(text) { Ok(Node::Text(text.to_owned())) } else { Err(E::custom("no policy says this here")) }
    }
}

struct Members(About);

impl<'de> Visitor<'de> for Members {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let member = self.0.member(&name).ok_or_else(|| A::Error::unknown_field(&name, &[]))?;
            // A dozen names are known, so looking through them is quick.
            if members.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom(format!("the member {name} is given more than once")));
            }
            members.push((name, map.next_value_seed(Value(member))?));
        }
        Ok(Node::Object(members))
    }
}
