//! Attributes of a call as the fields of a struct. Reading them never formats text: it is on the path of every decision.

use alloc::string::String;

use crate::{Ask, Value};

/// A field's type in [`attributes!`](crate::attributes): text, number, flag, texts, or an [`Option`] of one of them.
pub trait FromValue<'a>: Sized {
    /// What an attribute of this type is called when it has another one.
    const KIND: &'static str;

    /// `None` if the value is of another kind.
    fn from_value(value: &'a Value) -> Option<Self>;

    /// What stands for an attribute that the call does not have; `None` if it must be there.
    fn absent() -> Option<Self> {
        None
    }
}

impl<'a> FromValue<'a> for &'a str {
    const KIND: &'static str = "a text";

    fn from_value(value: &'a Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text) } else { None }
    }
}

impl FromValue<'_> for i64 {
    const KIND: &'static str = "a number";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(*number) } else { None }
    }
}

impl FromValue<'_> for bool {
    const KIND: &'static str = "a flag";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Flag(flag) = value { Some(*flag) } else { None }
    }
}

impl<'a> FromValue<'a> for &'a [String] {
    const KIND: &'static str = "a list of texts";

    fn from_value(value: &'a Value) -> Option<Self> {
        if let Value::Texts(texts) = value { Some(texts) } else { None }
    }
}

impl<'a, T: FromValue<'a>> FromValue<'a> for Option<T> {
    const KIND: &'static str = T::KIND;

    fn from_value(value: &'a Value) -> Option<Self> {
        T::from_value(value).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// The attribute `name`, or the author's error that it is missing or of the wrong kind.
#[doc(hidden)]
pub fn read<'a, T: FromValue<'a>>(ask: &'a Ask, name: &str) -> Result<T, String> {
    match ask.attributes.iter().find(|attribute| attribute.name == name) {
        Some(attribute) => {
            T::from_value(&attribute.value).ok_or_else(|| ["the attribute ", name, " is not ", T::KIND].concat())
        }
        None => T::absent().ok_or_else(|| ["the attribute ", name, " is missing"].concat()),
    }
}

/// Declares a struct whose fields are attributes of the call, each with its name.
///
/// `NAMES` lists them for [`Policy::READS`](crate::Policy::READS); `read` takes them out of an ask, and is an error if
/// one is of the wrong kind, or is missing and not an [`Option`]. A policy may declare several such structs and read
/// one only when its settings need it.
///
/// ```
/// wardgate_guest::attributes! {
///     struct Call<'a> {
///         origin: Option<&'a str> = "request.header.origin",
///         hour: i64 = "time.hour",
///     }
/// }
/// assert_eq!(Call::NAMES, ["request.header.origin", "time.hour"]);
/// ```
#[macro_export]
macro_rules! attributes {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[$field_about:meta])* $field:ident: $kind:ty = $attribute:literal),+ $(,)?
        }
    ) => {
        $(#[$about])*
        $vis struct $name $(<$life>)? {
            $($(#[$field_about])* $field: $kind,)+
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// The names of the attributes, in the order of the fields.
            $vis const NAMES: &'static [&'static str] = &[$($attribute),+];

            /// Takes the attributes out of an ask.
            $vis fn read(ask: &$($life)? $crate::Ask) -> Result<Self, $crate::Failure> {
                Ok(Self { $($field: $crate::read(ask, $attribute)?),+ })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::Attribute;

    attributes! {
        struct Call<'a> {
            method: Option<&'a str> = "request.method",
            hour: i64 = "time.hour",
            grants: Option<&'a [String]> = "subject.grants",
            internal: Option<bool> = "context.internal",
        }
    }

    fn ask(attributes: Vec<(&str, Value)>) -> Ask {
        Ask {
            tenant: "t".to_string(),
            permission: "a:b:c".to_string(),
            attributes: attributes
                .into_iter()
                .map(|(name, value)| Attribute { name: name.to_string(), value })
                .collect(),
        }
    }

    #[test]
    fn names_are_those_of_the_fields() {
        assert_eq!(Call::NAMES, ["request.method", "time.hour", "subject.grants", "context.internal"]);
    }

    #[test]
    fn fields_take_the_attributes_they_name() {
        let grants = Value::Texts(vec!["a".to_string()]);
        let ask = ask(vec![("time.hour", Value::Number(9)), ("subject.grants", grants)]);
        let call = Call::read(&ask).expect("all required attributes are there");
        assert_eq!(call.hour, 9);
        assert_eq!(call.method, None);
        assert_eq!(call.internal, None);
        assert_eq!(call.grants.map(<[String]>::len), Some(1));
    }

    #[test]
    fn missing_required_attribute_is_the_authors_error() {
        let failure = Call::read(&ask(vec![])).err();
        assert_eq!(failure.as_deref(), Some("the attribute time.hour is missing"));
    }

    #[test]
    fn optional_attribute_of_another_kind_is_the_authors_error() {
        let ask = ask(vec![("time.hour", Value::Number(9)), ("request.method", Value::Flag(true))]);
        let failure = Call::read(&ask).err();
        assert_eq!(failure.as_deref(), Some("the attribute request.method is not a text"));
    }
}
