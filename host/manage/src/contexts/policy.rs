//! A context's policy: what may stand in one. Wardgate checks and keeps policies; the tenant's backend reads them
//! (reference privmx.md, section 1). Only words are known here: each door walks the text in its own way.

use std::collections::BTreeSet;

/// Length of an entry, in UTF-16 units.
pub const ENTRY_UNITS: usize = 32;
/// Kinds of containers, and whether a policy may speak of the items in them.
const CONTAINERS: [(&str, bool); 5] =
    [("thread", true), ("store", true), ("kvdb", true), ("inbox", false), ("stream", false)];

const WORDS: &[&str] = &["default", "none", "all"];
const ANSWERS: &[&str] = &["default", "yes", "no"];
const PEOPLE: &[&str] = &["user", "manager", "owner"];
const PEOPLE_OF_ITEM: &[&str] = &["user", "itemOwner", "manager", "owner"];

/// What an object of a policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The context: the policy as a whole.
    Context,
    /// One kind of containers in it.
    Container {
        /// Whether they have items that can be spoken of.
        has_items: bool,
    },
    /// The items of one kind of containers.
    Item,
}

/// What a member of such an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// A text of at most [`ENTRY_UNITS`].
    Entry(Entry),
    /// An object again.
    Inner(About),
}

/// What an entry may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry(Option<Values>);

/// One of `words`, or a combination of `people`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Values {
    words: &'static [&'static str],
    people: &'static [&'static str],
}

impl About {
    /// What the member `name` is; `None` where nothing of that name belongs.
    pub fn member(self, name: &str) -> Option<Member> {
        let entry = |words, people| Some(Member::Entry(Entry(Some(Values { words, people }))));
        match (self, name) {
            // The dialect looks at the length of these entries only.
            (Self::Context, "get" | "listMy" | "listAll" | "create" | "update" | "delete")
            | (Self::Container { .. }, "rotateKeys" | "forwardSecrecy") => Some(Member::Entry(Entry(None))),
            (Self::Context, _) => {
                let (_, has_items) = CONTAINERS.into_iter().find(|(kind, _)| *kind == name)?;
                Some(Member::Inner(Self::Container { has_items }))
            }
            (Self::Container { has_items: true }, "item") => Some(Member::Inner(Self::Item)),
            (Self::Container { .. }, "get" | "update" | "delete" | "updatePolicy")
            | (Self::Item, "listMy" | "listAll" | "create") => entry(WORDS, PEOPLE),
            (Self::Container { .. }, "listMy" | "listAll" | "create") => entry(WORDS, &[]),
            (
                Self::Container { .. },
                "creatorHasToBeManager"
                | "updaterCanBeRemovedFromManagers"
                | "ownerCanBeRemovedFromManagers"
                | "canOverwriteContextPolicy",
            ) => entry(ANSWERS, &[]),
            (Self::Item, "get" | "update" | "delete") => entry(WORDS, PEOPLE_OF_ITEM),
            _ => None,
        }
    }
}

impl Entry {
    /// Whether it may say `text`, which is no longer than an entry may be.
    pub fn allows(self, text: &str) -> bool {
        self.0.is_none_or(|values| values.words.contains(&text) || values.is_combination(text))
    }
}

impl Values {
    /// Groups with `,` between them, each of people with `&` between them: none twice, in whatever order.
    fn is_combination(self, text: &str) -> bool {
        let mut groups = BTreeSet::new();
        text.split(',').all(|group| {
            let mut people = BTreeSet::new();
            let legal = group.split('&').all(|one| self.people.contains(&one) && people.insert(one));
            legal && groups.insert(people)
        })
    }
}
