//! Params, read strictly and told about in the dialect's own words, which existing clients show to people (reference
//! privmx.md, section 3). A rule reads one value; [`params!`] makes a struct and its reader of one rule a member.

use std::fmt::Display;

use wardgate_domain::context::is_member_key;
use wardgate_domain::id::utf16_units;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::scope::{SCOPE_UNITS, SCOPES, Scopes};
use wardgate_domain::secret::PlainSecret;

use super::error::{RpcCode, RpcError};
use super::value::Json;

/// Length of an id, in UTF-16 units.
const ID_UNITS: usize = 128;
/// Length of a caller's own member name that an error repeats, in characters.
const SHOWN_NAME_CHARS: usize = 128;

/// Why params are not those of a method: the `data` of the error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit(String);

impl Misfit {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The same, of the member or element `place`.
    pub(super) fn at(self, place: impl Display) -> Self {
        Self(format!("{place} -> {}", self.0))
    }

    pub(super) fn expected(kind: &str) -> Self {
        Self(format!("Expected {kind}"))
    }

    pub(super) fn unexpected(name: &str) -> Self {
        let shown: String = name.chars().take(SHOWN_NAME_CHARS).collect();
        Self(format!("Unexpected key '{shown}'"))
    }

    /// The value is none of several things.
    pub(super) fn no_spec() -> Self {
        Self::new("Value doesn't match any spec")
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Misfit> for RpcError {
    fn from(misfit: Misfit) -> Self {
        Self::with(RpcCode::InvalidParams, misfit.0)
    }
}

/// Makes a struct of a method's params, with a `read` that checks them. In the order of the struct, every `required`
/// member must be there; then each member is looked at in the order in which it was sent.
macro_rules! params {
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@is_required required) => { true };
    (@is_required optional) => { false };
    (@take required $found:expr) => { $found.expect("required members were looked for first") };
    (@take optional $found:expr) => { $found };
    ($(#[$doc:meta])* $visibility:vis struct $name:ident {
        $($need:ident $field:ident: $type:ty = $member:literal => $rule:expr,)+
    }) => {
        $(#[$doc])*
        $visibility struct $name { $($visibility $field: params!(@type $need $type),)+ }

        impl $name {
            $visibility fn read(params: &$crate::api::value::Json) -> Result<Self, $crate::api::params::Misfit> {
                #[derive(Default)]
                struct Found { $($field: Option<$type>,)+ }
                let names = [$(($member, params!(@is_required $need)),)+];
                let mut found = Found::default();
                for (name, value) in $crate::api::params::members(params, &names)? {
                    match name.as_str() {
                        $($member => found.$field = Some(($rule)(value).map_err(|misfit| misfit.at(name))?),)+
                        _ => return Err($crate::api::params::Misfit::unexpected(name)),
                    }
                }
                Ok(Self { $($field: params!(@take $need found.$field),)+ })
            }
        }
    };
}
pub(super) use params;

/// The members of an object that has all that are required of `names`. The dialect takes a list for an object whose
/// members are numbered.
pub(super) fn members<'a>(value: &'a Json, names: &[(&str, bool)]) -> Result<&'a [(String, Json)], Misfit> {
    let (members, elements): (&[_], &[_]) = match value {
        Json::Object(members) => (members, &[]),
        Json::List(elements) => (&[], elements),
        _ => return Err(Misfit::expected("object")),
    };
    let is_there = |wanted: &str| members.iter().any(|(name, _)| name == wanted);
    if let Some((missing, _)) = names.iter().find(|(name, required)| *required && !is_there(name)) {
        return Err(Misfit(format!("Key '{missing}' is required")));
    }
    if elements.is_empty() { Ok(members) } else { Err(Misfit::unexpected("0")) }
}

/// The params of a method that takes none.
pub(super) fn nothing(value: &Json) -> Result<(), Misfit> {
    members(value, &[])?.first().map_or(Ok(()), |(name, _)| Err(Misfit::unexpected(name)))
}

pub(super) fn string(value: &Json) -> Result<&str, Misfit> {
    if let Json::Text(text) = value { Ok(text) } else { Err(Misfit::expected("string")) }
}

pub(super) fn boolean(value: &Json) -> Result<bool, Misfit> {
    if let Json::Bool(value) = value { Ok(*value) } else { Err(Misfit::expected("bool")) }
}

/// A number without a fraction; one beyond 64 bits is the last within them.
pub(super) fn integer(value: &Json) -> Result<i64, Misfit> {
    let Json::Number(number) = value else { return Err(Misfit::expected("integer")) };
    let whole = number.as_f64().filter(|float| float.fract() == 0.0).ok_or_else(|| Misfit::expected("integer"))?;
    #[expect(clippy::cast_possible_truncation, reason = "a cast from a float ends at the last integer")]
    Ok(number.as_i64().unwrap_or(whole as i64))
}

pub(super) fn list(value: &Json) -> Result<&[Json], Misfit> {
    if let Json::List(elements) = value { Ok(elements) } else { Err(Misfit::expected("list")) }
}

/// A list of at most `most` elements that `rule` takes.
pub(super) fn list_of<T>(
    most: usize,
    rule: impl Fn(&Json) -> Result<T, Misfit>,
) -> impl Fn(&Json) -> Result<Vec<T>, Misfit> {
    move |value| {
        let elements = list(value)?;
        within("length", elements.len(), 0, most)?;
        let numbered = elements.iter().enumerate();
        numbered.map(|(at, element)| rule(element).map_err(|misfit| misfit.at(at))).collect()
    }
}

/// A text of `least` to `most` UTF-16 units.
pub(super) fn text(least: usize, most: usize) -> impl Fn(&Json) -> Result<String, Misfit> {
    move |value| {
        let text = string(value)?;
        within("length", utf16_units(text), least, most)?;
        Ok(text.to_owned())
    }
}

pub(super) fn id(value: &Json) -> Result<String, Misfit> {
    text(1, ID_UNITS)(value)
}

/// A credential, as a text of 1 to `most` UTF-16 units.
pub(super) fn secret(most: usize) -> impl Fn(&Json) -> Result<PlainSecret, Misfit> {
    move |value| text(1, most)(value).map(PlainSecret::new)
}

/// One of a few words, as `parse` knows them.
pub(super) fn word<T>(parse: impl Fn(&str) -> Option<T>) -> impl Fn(&Json) -> Result<T, Misfit> {
    move |value| string(value).ok().and_then(&parse).ok_or_else(|| Misfit::new("Expected value to be one of enums"))
}

/// An integer of `least` to `most`, none of them negative.
pub(super) fn count<N>(least: N, most: N) -> impl Fn(&Json) -> Result<N, Misfit>
where
    N: Copy + Into<u64> + TryFrom<i64>,
{
    move |value| {
        let number = integer(value)?;
        let bound = |bound: N| i64::try_from(bound.into()).unwrap_or(i64::MAX);
        within("range", number, bound(least), bound(most))?;
        N::try_from(number).map_err(|_| Misfit::expected("integer"))
    }
}

pub(super) fn scopes(value: &Json) -> Result<Scopes, Misfit> {
    let texts = list_of(SCOPES, text(1, SCOPE_UNITS))(value)?;
    Scopes::parse(&texts).map_err(|invalid| Misfit::new(invalid.to_string()))
}

pub(super) fn public_key(value: &Json) -> Result<PublicKey, Misfit> {
    PublicKey::from_pem(string(value)?).map_err(|_| Misfit::new("Not ed25519 PEM public key"))
}

/// The public key of a context's user.
pub(super) fn member_key(value: &Json) -> Result<String, Misfit> {
    let text = string(value)?;
    if is_member_key(text) { Ok(text.to_owned()) } else { Err(Misfit::expected("Ecc public key")) }
}

fn within<N: Copy + PartialOrd + Display>(what: &str, found: N, least: N, most: N) -> Result<(), Misfit> {
    if found < least {
        return Err(Misfit(format!("Invalid {what}! Expected min {least}, get {found}")));
    }
    if found > most {
        return Err(Misfit(format!("Invalid {what}! Expected max {most}, get {found}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
