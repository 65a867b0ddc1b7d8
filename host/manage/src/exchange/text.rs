//! Texts of a file, each of which must be legal as what it stands for.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wardgate_domain::context::{ContextScope, is_member_key};
use wardgate_domain::id::{InvalidId, utf16_units};
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::secret::{PlainSecret, SharedSecret};
use wardgate_domain::signing_key::SECRET_UNITS;
use wardgate_domain::{ContextId, KeyId, MemberId, Scope, SolutionId, TenantId};
use wardgate_domain::{acl, context, signing_key, solution};

/// Length of the name of whoever made a thing, in UTF-16 units.
const OWNER_UNITS: usize = 128;

/// A text in a file.
#[derive(Clone)]
pub(super) struct Text<T>(pub(super) T);

/// What a text may stand for.
pub(super) trait Meant: Sized {
    /// Reads it; an error says what it must be, and never what it is.
    fn read(text: &str) -> Result<Self, String>;
    /// The text again.
    fn written(&self) -> &str;
}

impl<'de, T: Meant> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: Meant> Visitor<'_> for Reader<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
        T::read(text).map(Text).map_err(E::custom)
    }
}

impl<T: Meant> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.written())
    }
}

macro_rules! named {
    ($($name:ident),+) => {
        $(impl Meant for $name {
            fn read(text: &str) -> Result<Self, String> {
                Self::parse(text).map_err(|InvalidId { rule, .. }| format!("must be {rule}"))
            }

            fn written(&self) -> &str {
                self.as_str()
            }
        })+
    };
}
named!(TenantId, KeyId, SolutionId, ContextId, MemberId, Scope);

fn at_most(units: usize) -> String {
    format!("at most {units} characters")
}

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident($legal:expr, $rule:expr);)+) => {
        $($(#[$doc])*
        #[derive(Clone)]
        pub(super) struct $name(pub(super) String);

        impl Meant for $name {
            fn read(text: &str) -> Result<Self, String> {
                let legal: fn(&str) -> bool = $legal;
                if legal(text) { Ok(Self(text.to_owned())) } else { Err(format!("must be {}", $rule)) }
            }

            fn written(&self) -> &str {
                &self.0
            }
        })+
    };
}
plain! {
    /// Who owned things where they were made.
    OwnerId(
        |text| (1..=OWNER_UNITS).contains(&utf16_units(text)) && !text.chars().any(char::is_control),
        format!("1 to {OWNER_UNITS} characters, none of them a control character")
    );
    /// A signing key's name for people.
    KeyName(|text| utf16_units(text) <= signing_key::NAME_UNITS, at_most(signing_key::NAME_UNITS));
    /// A context's name or description for people.
    ContextText(|text| utf16_units(text) <= context::NAME_UNITS, at_most(context::NAME_UNITS));
    /// A solution's name for people.
    SolutionName(|text| utf16_units(text) <= solution::NAME_UNITS, at_most(solution::NAME_UNITS));
    /// A context user's public key.
    MemberKey(is_member_key, "the Base58Check form of a compressed secp256k1 point");
}

/// What a context user may do.
#[derive(Clone)]
pub(super) struct Acl(pub(super) String);

impl Meant for Acl {
    fn read(text: &str) -> Result<Self, String> {
        if utf16_units(text) > acl::UNITS {
            return Err(format!("must be {}", at_most(acl::UNITS)));
        }
        acl::check(text).map_err(|e| e.to_string())?;
        Ok(Self(text.to_owned()))
    }

    fn written(&self) -> &str {
        &self.0
    }
}

impl Meant for ContextScope {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be private or public".to_owned())
    }

    fn written(&self) -> &str {
        self.as_str()
    }
}

impl Meant for Arc<PublicKey> {
    fn read(text: &str) -> Result<Self, String> {
        PublicKey::from_pem(text).map(Arc::new).map_err(|_| "must be an Ed25519 public key in PEM form".to_owned())
    }

    fn written(&self) -> &str {
        self.as_pem()
    }
}

impl Meant for Arc<SharedSecret> {
    fn read(text: &str) -> Result<Self, String> {
        if !(1..=SECRET_UNITS).contains(&utf16_units(text)) {
            return Err(format!("must be 1 to {SECRET_UNITS} characters"));
        }
        Ok(Arc::new(SharedSecret::new(PlainSecret::new(text.to_owned()))))
    }

    fn written(&self) -> &str {
        self.plain().expose()
    }
}
