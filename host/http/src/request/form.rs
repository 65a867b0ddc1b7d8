//! `application/x-www-form-urlencoded`, read strictly: no parameter twice, an empty one counts as absent (security rule 39).

use std::borrow::Cow;

use http::HeaderMap;

use crate::request::media_type::is_of;

/// What a form says that it is.
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Parameters of one form.
pub const FORM_PARAMETERS: usize = 64;

/// Why a form could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormError {
    /// The content is said to be something else.
    NotAForm,
    /// The parameter is there more than once.
    Repeated(String),
    /// More than [`FORM_PARAMETERS`].
    TooMany,
    /// A percent sign without two hexadecimal digits, or text that is not UTF-8.
    Malformed,
}

impl FormError {
    /// The error in words that are safe to show.
    pub fn detail(&self) -> String {
        match self {
            Self::NotAForm => "the content type must be application/x-www-form-urlencoded".to_owned(),
            Self::Repeated(name) => format!("the parameter {name} is given more than once"),
            Self::TooMany => format!("a form has at most {FORM_PARAMETERS} parameters"),
            Self::Malformed => "the form is not legal percent-encoded UTF-8".to_owned(),
        }
    }
}

/// The parameters of a form: each once, none empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    /// Reads a request's form; the content type must say that it is one.
    pub fn read(headers: &HeaderMap, body: &'a [u8]) -> Result<Self, FormError> {
        if is_of(headers, MEDIA_TYPE) { Self::parse(body) } else { Err(FormError::NotAForm) }
    }

    /// Reads a form that is known to be one.
    pub fn parse(body: &'a [u8]) -> Result<Self, FormError> {
        let mut parameters: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for part in body.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
            let (name, value) = decode(part)?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(FormError::Repeated(shown(&name)));
            }
            if parameters.len() == FORM_PARAMETERS {
                return Err(FormError::TooMany);
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The parameter's value, if it has one that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value)
    }
}

/// Decodes one parameter. The decoder would put up with anything, so what it would paper over is refused first.
fn decode(part: &[u8]) -> Result<(Cow<'_, str>, Cow<'_, str>), FormError> {
    if !percents_are_legal(part) {
        return Err(FormError::Malformed);
    }
    let (name, value) = form_urlencoded::parse(part).next().ok_or(FormError::Malformed)?;
    // The decoder marks bytes that are not UTF-8 with U+FFFD; one that was sent as such is no loss to refuse.
    if name.contains(char::REPLACEMENT_CHARACTER) || value.contains(char::REPLACEMENT_CHARACTER) {
        return Err(FormError::Malformed);
    }
    Ok((name, value))
}

fn percents_are_legal(part: &[u8]) -> bool {
    part.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| part.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

/// A caller's parameter name as far as it is fit to be repeated to him.
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(64).collect()
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn plus_and_percent_are_decoded() {
        let form = Form::parse(b"grant_type=client_credentials&scope=a+b%20c&x=%C3%A9").unwrap();
        assert_eq!(form.get("grant_type"), Some("client_credentials"));
        assert_eq!(form.get("scope"), Some("a b c"));
        assert_eq!(form.get("x"), Some("é"));
        assert_eq!(form.get("y"), None);
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let form = Form::parse(b"a=&b&c=1").unwrap();
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (None, None, Some("1")));
    }

    #[test]
    fn a_repeated_parameter_is_named() {
        for body in ["scope=a&scope=a", "scope=a&sc%6Fpe=b", "scope=&scope=a"] {
            assert_eq!(Form::parse(body.as_bytes()), Err(FormError::Repeated("scope".to_owned())), "{body}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        for body in ["a=%", "a=%2", "a=%zz", "a=%ff", "%c3%28=1", "a=%+1"] {
            assert_eq!(Form::parse(body.as_bytes()), Err(FormError::Malformed), "{body}");
        }
        assert_eq!(Form::parse(b"a=\xff"), Err(FormError::Malformed));
    }

    #[test]
    fn a_form_is_bounded() {
        let many = |count: usize| (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Form::parse(many(FORM_PARAMETERS).as_bytes()).is_ok());
        assert_eq!(Form::parse(many(FORM_PARAMETERS + 1).as_bytes()), Err(FormError::TooMany));
    }

    #[test]
    fn only_a_form_is_read_as_one() {
        let read = |types: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for media_type in types {
                headers.append(CONTENT_TYPE, http::HeaderValue::from_static(media_type));
            }
            Form::read(&headers, b"a=1").map(|form| form.get("a").map(str::to_owned))
        };
        let form = "application/x-www-form-urlencoded";
        for types in [
            &[form][..],
            &["Application/X-WWW-Form-Urlencoded; charset=utf-8"],
            &["application/x-www-form-urlencoded ;charset=UTF-8"],
        ] {
            assert_eq!(read(types), Ok(Some("1".to_owned())));
        }
        for types in [&[][..], &["application/json"], &["application/x-www-form-urlencodedx"], &[form, form]] {
            assert_eq!(read(types), Err(FormError::NotAForm));
        }
    }
}
