//! Names of things: checked once where they come in, cheap to clone, never empty, never unbounded.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// A text is not a legal name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct InvalidId {
    /// What was being named, for example `tenant id`.
    pub kind: &'static str,
    /// What a legal name looks like.
    pub rule: &'static str,
}

/// Shows a checked text: as it is, and with its type for debugging.
macro_rules! text_form {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), &self.0)
            }
        }
    };
}
pub(crate) use text_form;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $legal:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `text` and takes it as a name.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let legal: fn(&str) -> bool = $legal;
                if legal(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId { kind: $kind, rule: $rule })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // A map of names is asked with a text, without making a name of it first.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        text_form!($name);

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }
    };
}

text_id!(
    /// The owner of everything: a ccId, or `*` for the cluster itself.
    TenantId,
    "tenant id",
    "1 to 64 characters of A-Z a-z 0-9 . _ -, not . or .. (or * for the cluster)",
    |text| text == "*" || is_word(text, 64)
);
text_id!(
    /// A key's public handle. Never the key itself. Keys that were made elsewhere keep the handle that they have.
    KeyId,
    "key id",
    "1 to 128 characters, none of them a control character",
    is_foreign
);
text_id!(
    /// A solution's id. Those that were made elsewhere keep the one that they have.
    SolutionId,
    "solution id",
    "1 to 128 characters, none of them a control character",
    is_foreign
);
text_id!(
    /// A context's id. Those that were made elsewhere keep the one that they have.
    ContextId,
    "context id",
    "1 to 128 characters, none of them a control character",
    is_foreign
);
text_id!(
    /// A user's id inside a context: what the tenant's application calls him.
    MemberId,
    "user id",
    "1 to 128 characters, none of them a control character",
    is_foreign
);
text_id!(
    /// A user's name inside his tenant. Nothing that cannot be seen is in it, and neither what parts a tenant from a user
    /// (`\`) nor a name from a password (`:`, RFC 7617).
    UserName,
    "user name",
    "1 to 128 bytes of letters, digits, punctuation of ASCII but \\ and :, and single spaces inside",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_alphanumeric() || c == ' ' || (c.is_ascii_punctuation() && !matches!(c, '\\' | ':')))
        && text.split(' ').all(|word| !word.is_empty())
        && fold(text).len() <= 128
);
text_id!(
    /// An OAuth client's id (security rule 41).
    ClientId,
    "client id",
    "1 to 64 characters of A-Z a-z 0-9 _ -",
    |text| is_word(text, 64) && !text.contains('.')
);
text_id!(
    /// A tenant's name for one use of a module.
    PolicyName,
    "policy name",
    "1 to 64 characters of A-Z a-z 0-9 . _ -, not . or ..",
    |text| is_word(text, 64)
);

impl UserName {
    /// What all spellings of one name have in common (security rule 68): no two users of a tenant have the same, it is
    /// what a user is looked up by, and failures are counted for it.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// Whether `text` is but another spelling of the name.
    pub fn is_spelt(&self, text: &str) -> bool {
        fold(text) == self.folded()
    }
}

fn fold(text: &str) -> String {
    // Lower case may bring in what composes, and the other way round, so it is done on both sides.
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    lower.nfkc().filter(|c| !c.is_whitespace()).collect()
}

impl TenantId {
    /// The cluster itself, written `*`.
    pub fn cluster() -> Self {
        Self(Arc::from("*"))
    }

    /// Whether this is the cluster itself.
    pub fn is_cluster(&self) -> bool {
        &*self.0 == "*"
    }
}

/// The length of a text as the PrivMX dialect counts it: in UTF-16 units (reference privmx.md, section 1).
pub fn utf16_units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn is_foreign(text: &str) -> bool {
    (1..=128).contains(&utf16_units(text)) && !text.chars().any(char::is_control)
}

/// `.` and `..` are ways through a path, so no path could name such a thing.
fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Names one decision. A version 7 UUID, so that a record is found by its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DecisionId(pub Uuid);

impl DecisionId {
    /// Reads the hyphenated form; anything else is no decision.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Uuid::try_parse(text).ok()?;
        (text.len() == 36 && id.get_version_num() == 7).then_some(Self(id))
    }

    /// When the decision was taken, in Unix milliseconds.
    pub fn at_ms(self) -> i64 {
        let (high, _) = self.0.as_u64_pair();
        i64::try_from(high >> 16).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names a user for good: his name may be given to somebody else after him, this is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub Uuid);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names an App Space for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppSpaceId(pub Uuid);

impl AppSpaceId {
    /// Reads the hyphenated form; anything else names none.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().filter(|_| text.len() == 36).map(Self)
    }
}

impl fmt::Display for AppSpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names a bound user for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppUserId(pub Uuid);

impl AppUserId {
    /// Reads the hyphenated form; anything else names nobody.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().filter(|_| text.len() == 36).map(Self)
    }
}

impl fmt::Display for AppUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names a family of tokens: all that grew from one sign-in, and that die together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FamilyId(pub Uuid);

#[cfg(test)]
mod tests {
    use super::UserName;

    #[track_caller]
    fn folded(text: &str) -> String {
        UserName::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}")).folded()
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        for text in ["nexus", "NEXUS", "Nexus", "n e x u s", "ｎｅｘｕｓ", "ⓝexus"] {
            assert_eq!(folded(text), "nexus", "{text:?}");
        }
        assert_eq!(folded("Jörg"), folded("JÖRG"));
        assert_eq!(folded("ﬁne"), "fine");
        assert_eq!(folded("\u{212a}im"), "kim", "the Kelvin sign");
        assert_ne!(folded("nexus"), folded("nexus1"));
        assert_ne!(folded("a.b"), folded("ab"));
    }

    #[test]
    fn a_user_name_shows_all_that_is_in_it() {
        for text in ["a", "Älice Smith", "alice@example.com", "a_b-c.d/e", "李", &"x".repeat(128)] {
            assert!(UserName::parse(text).is_ok(), "{text:?}");
        }
        let long = "x".repeat(129);
        for text in [
            "",
            " ",
            " a",
            "a ",
            "a  b",
            "a\tb",
            "a\u{a0}b",
            "a\u{200b}",
            "a\u{ad}",
            "\u{202e}a",
            "e\u{301}",
            "a\\b",
            "a:b",
            "a\0",
            "\u{feff}a",
            &long,
        ] {
            assert!(UserName::parse(text).is_err(), "{text:?}");
        }
    }
}
