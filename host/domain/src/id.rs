//! Names of things: checked once where they come in, cheap to clone, never empty, never unbounded.

use std::fmt;
use std::sync::Arc;

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
    "1 to 64 characters of A-Z a-z 0-9 . _ - (or * for the cluster)",
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
    /// A user's name inside his tenant.
    UserName,
    "user name",
    "1 to 128 characters without control characters, backslash or outer space",
    |text| (1..=128).contains(&text.len())
        && text.trim() == text
        && !text.chars().any(|c| c.is_control() || c == '\\')
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
    "1 to 64 characters of A-Z a-z 0-9 . _ -",
    |text| is_word(text, 64)
);

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

fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
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

/// Names a family of tokens: all that grew from one sign-in, and that die together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FamilyId(pub Uuid);
