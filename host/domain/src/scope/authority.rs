//! What the holder of a key or of one of its tokens may do: worked out of their scopes, and asked wherever somebody hands
//! on what he has (reference privmx.md, sections 2.6 and 2.7).

use std::sync::Arc;

use super::{Area, Meaning, Scope, Scopes};

/// Some of a tenant's solutions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SolutionSet {
    /// Every one.
    All,
    /// These.
    Only(Vec<Arc<str>>),
}

impl SolutionSet {
    /// Whether the solution named `id` is one of them.
    pub fn contain(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.iter().any(|held| &**held == id),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(ids) if ids.is_empty())
    }

    /// Those that `scopes` name.
    fn of(scopes: &Scopes) -> Self {
        if scopes.solutions().any(|id| id == "*") {
            return Self::All;
        }
        Self::Only(scopes.solutions().map(Arc::from).collect())
    }

    fn or_all(self) -> Self {
        if self.is_empty() { Self::All } else { self }
    }

    fn intersect(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, other) => other.clone(),
            (some, Self::All) => some,
            (Self::Only(ids), other) => Self::Only(ids.into_iter().filter(|id| other.contain(id)).collect()),
        }
    }
}

/// What the holder of a key or of one of its tokens may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// What is left of the scopes: a token loses what its key has lost.
    pub scopes: Scopes,
    /// Whose contexts it may see and change. Without any `solution:` scope, everybody's of the tenant: existing clients
    /// rely on it (reference privmx.md, section 5).
    pub contexts: SolutionSet,
    /// In whose contexts it may reach threads and the like. Without any `solution:` scope, nobody's.
    pub containers: SolutionSet,
    /// The addresses that it is bound to: where there are two, a token's and its key's, no call is from both.
    pub addresses: Vec<Arc<str>>,
}

impl Authority {
    /// Of a key itself.
    pub fn of_key(key: &Scopes) -> Self {
        Self {
            scopes: key.clone(),
            contexts: SolutionSet::of(key).or_all(),
            containers: SolutionSet::of(key),
            addresses: key.address().map(Arc::from).into_iter().collect(),
        }
    }

    /// Of a token with `scopes`, bound to `address`, of the key with the scopes `key`.
    pub fn of_token(scopes: &Scopes, address: Option<&str>, key: &Scopes) -> Self {
        let left = scopes.iter().filter(|scope| key.cover(scope)).cloned().collect();
        let held = Self::of_key(key);
        Self {
            scopes: Scopes(left),
            contexts: SolutionSet::of(scopes).or_all().intersect(&held.contexts),
            containers: SolutionSet::of(scopes).intersect(&held.containers),
            addresses: address.into_iter().chain(key.address()).map(Arc::from).collect(),
        }
    }

    /// Whether it may hand on `scopes` to a key: nobody gives what he does not have. The scope that is too much, else.
    pub fn may_give(&self, scopes: &Scopes) -> Result<(), Scope> {
        if let Some(lacking) = scopes.iter().find(|scope| !self.gives(scope)) {
            return Err(lacking.clone());
        }
        // `context` alone would reach every solution.
        let unlimited = SolutionSet::of(scopes).or_all() == SolutionSet::All;
        let context = scopes.iter().find(|scope| scope.meaning() == Meaning::Area(Area::Context));
        match context {
            Some(context) if unlimited && self.contexts != SolutionSet::All => Err(context.clone()),
            _ => Ok(()),
        }
    }

    fn gives(&self, scope: &Scope) -> bool {
        match scope.meaning() {
            Meaning::Solution("*") => self.containers == SolutionSet::All,
            Meaning::Solution(id) => self.containers.contain(id),
            // What says nothing gives nothing, and the dialect keeps any text.
            Meaning::Nothing => true,
            _ => self.scopes.cover(scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, SolutionSet};
    use crate::scope::{Scope, Scopes};

    fn scopes(texts: &[&str]) -> Scopes {
        Scopes::parse(texts).expect("legal scopes")
    }

    fn only(ids: &[&str]) -> SolutionSet {
        SolutionSet::Only(ids.iter().map(|id| (*id).into()).collect())
    }

    #[test]
    fn a_token_loses_what_its_key_loses() {
        let token = scopes(&["context", "thread", "solution:a", "nexus:consumer:chat"]);
        let whole = Authority::of_token(&token, None, &scopes(&["context", "thread", "solution:*", "nexus:*"]));
        assert_eq!((whole.scopes.to_texts(), &whole.contexts), (token.to_texts(), &only(&["a"])));
        let less = Authority::of_token(&token, None, &scopes(&["context", "solution:b"]));
        assert_eq!(less.scopes.to_texts(), ["context"]);
        assert_eq!((less.contexts, less.containers), (only(&[]), only(&[])));
    }

    #[test]
    fn a_token_is_bound_as_its_key_is_and_as_it_asked_for() {
        let bound = |token: Option<&str>, key: &[&str]| {
            let addresses = Authority::of_token(&scopes(&["context"]), token, &scopes(key)).addresses;
            addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(bound(None, &["context"]), "");
        assert_eq!(bound(Some("10.0.0.1"), &["context"]), "10.0.0.1");
        assert_eq!(bound(None, &["context", "ipAddr:10.0.0.1"]), "10.0.0.1");
        assert_eq!(bound(Some("10.0.0.1"), &["context", "ipAddr:10.0.0.2"]), "10.0.0.1 10.0.0.2");
    }

    #[test]
    fn leaving_out_a_solution_widens_nothing() {
        let key = scopes(&["context", "solution:a"]);
        let token = Authority::of_token(&scopes(&["context"]), None, &key);
        assert_eq!((token.contexts, token.containers), (only(&["a"]), only(&[])));
        let key = Authority::of_key(&key);
        assert_eq!(key.may_give(&scopes(&["context"])), Err(Scope::parse("context").expect("a scope")));
        assert_eq!(key.may_give(&scopes(&["context", "solution:a"])), Ok(()));
    }

    #[test]
    fn nobody_gives_what_he_does_not_have() {
        let giver = Authority::of_key(&scopes(&["apiKey", "context", "solution:*", "nexus:consumer:*"]));
        assert_eq!(giver.may_give(&scopes(&["apikey", "context", "solution:x", "nexus:consumer:chat"])), Ok(()));
        for lacking in ["thread", "nexus:designer:chat", "nexus:*", "*"] {
            assert_eq!(giver.may_give(&scopes(&[lacking])), Err(Scope::parse(lacking).expect("a scope")), "{lacking}");
        }
        assert_eq!(giver.may_give(&scopes(&["no such scope !"])), Ok(()));
        let narrow = Authority::of_key(&scopes(&["apiKey", "context"]));
        assert!(narrow.may_give(&scopes(&["context", "solution:x"])).is_err());
        assert!(narrow.may_give(&scopes(&["context"])).is_ok());
    }
}
