//! Scopes: what a PrivMX key or token says it may do (reference privmx.md, sections 2.6 and 2.7). Any text is a legal
//! scope; only those with a meaning here give anything.

mod authority;

use std::sync::Arc;

use crate::id::{InvalidId, text_form, utf16_units};
use crate::permission::{Grant, Grants};

pub use authority::{Authority, SolutionSet};

/// Scopes of one key or token.
pub const SCOPES: usize = 128;
/// Length of a scope, in UTF-16 units.
pub const SCOPE_UNITS: usize = 128;

/// One scope, as it was written.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Arc<str>);

text_form!(Scope);

impl Scope {
    /// Takes a text of 1 to 128 UTF-16 units.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if (1..=SCOPE_UNITS).contains(&utf16_units(text)) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId { kind: "scope", rule: "1 to 128 characters" })
        }
    }

    /// The scope as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it says.
    pub fn meaning(&self) -> Meaning<'_> {
        if let Some(area) = Area::parse(&self.0) {
            return Meaning::Area(area);
        }
        let (head, rest) = self.0.split_once(':').unwrap_or((&self.0, ""));
        match head {
            // A second colon makes it something else: the dialect's own rule.
            "session" if !rest.is_empty() && !rest.contains(':') => Meaning::Session(rest),
            "ipAddr" if !rest.is_empty() => Meaning::Address(rest),
            "expiresIn" => Meaning::ExpiresIn(rest),
            "connection" => Meaning::Connection,
            "solution" if !rest.is_empty() => Meaning::Solution(rest),
            // One segment is a word of the dialect or nothing, except the pattern that covers everything.
            _ if self.0.contains(':') || &*self.0 == "*" => {
                Grant::parse(&self.0).map_or(Meaning::Nothing, Meaning::Grant)
            }
            _ => Meaning::Nothing,
        }
    }
}

/// What a scope says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// An area of the API.
    Area(Area),
    /// `session:NAME`: the token belongs to this named session.
    Session(&'a str),
    /// `ipAddr:ADDR`: good from this address only.
    Address(&'a str),
    /// `expiresIn:MS`: life of the access token.
    ExpiresIn(&'a str),
    /// `connection`: the token is tied to its WebSocket.
    Connection,
    /// `solution:ID`, `solution:*`.
    Solution(&'a str),
    /// A permission pattern.
    Grant(Grant),
    /// Nothing that is known here.
    Nothing,
}

/// An area of the PrivMX API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Keys.
    ApiKey,
    /// Solutions.
    Solution,
    /// Contexts and their users.
    Context,
    /// Threads, kept by the tenant's backend.
    Thread,
    /// Stores, kept by the tenant's backend.
    Store,
    /// Inboxes, kept by the tenant's backend.
    Inbox,
    /// Streams, kept by the tenant's backend.
    Stream,
    /// Key-value stores, kept by the tenant's backend.
    Kvdb,
}

impl Area {
    /// All areas.
    pub const ALL: [Self; 8] =
        [Self::ApiKey, Self::Solution, Self::Context, Self::Thread, Self::Store, Self::Inbox, Self::Stream, Self::Kvdb];

    /// The scope that opens it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "apiKey",
            Self::Solution => "solution",
            Self::Context => "context",
            Self::Thread => "thread",
            Self::Store => "store",
            Self::Inbox => "inbox",
            Self::Stream => "stream",
            Self::Kvdb => "kvdb",
        }
    }

    /// Reads a scope; `apikey`, as the dialect's own documents write it, is [`Self::ApiKey`] as well.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "apikey" {
            return Some(Self::ApiKey);
        }
        Self::ALL.into_iter().find(|area| area.as_str() == text)
    }

    /// The permissions that the area stands for at the decision doors: `privmx:thread:*`.
    fn grant(self) -> Grant {
        Grant::parse(&format!("privmx:{}:*", self.as_str())).expect("a word and a star are a legal grant")
    }
}

/// The scopes of a key or token, in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// Takes at most [`SCOPES`] scopes.
    pub fn new(scopes: Vec<Scope>) -> Result<Self, InvalidId> {
        if scopes.len() > SCOPES {
            return Err(InvalidId { kind: "scope list", rule: "at most 128 scopes" });
        }
        Ok(Self(scopes.into()))
    }

    /// Takes each text as a scope.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, InvalidId> {
        Self::new(texts.iter().map(|text| Scope::parse(text.as_ref())).collect::<Result<_, _>>()?)
    }

    /// All that the API offers: what the first key of a tenant holds (reference privmx.md, section 2.8).
    pub fn of_first_key() -> Self {
        let words = ["context", "apiKey", "solution", "solution:*", "inbox", "store", "thread", "stream", "kvdb"];
        Self::parse(&words).expect("short words are legal scopes")
    }

    /// The scopes, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// The scopes as texts.
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(|scope| scope.0.to_string()).collect()
    }

    /// The only address that the credential may be used from, as it was written.
    pub fn address(&self) -> Option<&str> {
        self.0.iter().find_map(|scope| match scope.meaning() {
            Meaning::Address(address) => Some(address),
            _ => None,
        })
    }

    /// Whether `area` is open.
    pub fn open(&self, area: Area) -> bool {
        self.0.iter().any(|scope| scope.meaning() == Meaning::Area(area))
    }

    /// What they are worth at the decision doors: permission patterns as they are, areas as `privmx:AREA:*`.
    pub fn grants(&self) -> Grants {
        Grants::new(self.each_grant().collect()).expect("no more grants than scopes")
    }

    /// Whether `scope` gives nothing that these do not give.
    pub fn cover(&self, scope: &Scope) -> bool {
        match scope.meaning() {
            Meaning::Area(area) => self.open(area),
            Meaning::Solution(id) => self.solutions().any(|held| held == id || held == "*"),
            Meaning::Grant(wanted) => self.each_grant().any(|held| held.covers_pattern(&wanted)),
            Meaning::Session(_) | Meaning::Address(_) | Meaning::ExpiresIn(_) | Meaning::Connection => true,
            Meaning::Nothing => self.0.contains(scope),
        }
    }

    fn each_grant(&self) -> impl Iterator<Item = Grant> {
        self.0.iter().filter_map(|scope| match scope.meaning() {
            Meaning::Area(area) => Some(area.grant()),
            Meaning::Grant(grant) => Some(grant),
            _ => None,
        })
    }

    /// Ids after `solution:`.
    fn solutions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|scope| match scope.meaning() {
            Meaning::Solution(id) => Some(id),
            _ => None,
        })
    }
}

impl<'a> IntoIterator for &'a Scopes {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes};
    use crate::permission::Permission;

    fn scopes(texts: &[&str]) -> Scopes {
        Scopes::parse(texts).expect("legal scopes")
    }

    #[test]
    fn scopes_are_worth_what_they_say_at_the_decision_doors() {
        let grants =
            scopes(&["thread", "nexus:consumer:*", "apikey", "solution:s", "ipAddr:::1", "no such scope !"]).grants();
        let covers = |text: &str| grants.cover(&Permission::parse(text).expect("a permission"));
        assert!(covers("privmx:thread:listThreads") && covers("nexus:consumer:chat") && covers("privmx:apiKey:x"));
        assert!(
            !covers("privmx:store:listStores") && !covers("solution:s") && !covers("ipAddr:x") && !covers("thread")
        );
    }

    #[test]
    fn limits_count_utf16_units() {
        assert!(Scope::parse(&"ż".repeat(128)).is_ok() && Scope::parse(&"🦀".repeat(64)).is_ok());
        assert!(Scope::parse(&"a".repeat(129)).is_err() && Scope::parse(&"🦀".repeat(65)).is_err());
        assert!(Scope::parse("").is_err() && Scopes::parse(&["a"; 129]).is_err());
    }
}
