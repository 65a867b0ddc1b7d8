//! Attributes: the only things that a policy may be told about a call, each with the one place it comes from.

use std::borrow::Cow;

use http::HeaderName;

use crate::address::fold;
use crate::ask::Ask;
use crate::clock::Timestamp;
use crate::communication_key::COMM_SERVER_KEY;
use crate::fact::{Fact, Facts};
use crate::id::KeyId;
use crate::permission::Grants;

/// Headers that carry credentials; no policy is ever shown one.
const CREDENTIAL_HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "x-nexus-client-key",
    "set-cookie",
    COMM_SERVER_KEY,
];

/// The value of an attribute, borrowed from the call where it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Number(i64),
    /// A yes or no.
    Flag(bool),
    /// Several texts: a list, or a header or query member that came more than once.
    Texts(Vec<Cow<'a, str>>),
}

/// What kind of credential the subject came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// `x-api-key`.
    ApiKey,
    /// A request signature.
    SigningKey,
    /// An opaque token, and who holds it.
    Token(HolderKind),
    /// A Request Origin.
    Origin,
    /// A person, by his provider's token.
    User,
}

/// Who holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HolderKind {
    /// A user, by the client that he signed in with.
    User,
    /// A client, for itself.
    Client,
    /// A signing key, in a session.
    SigningKey,
}

impl SubjectKind {
    /// The word that policies and answers use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::SigningKey => "signing-key",
            Self::Token(_) => "token",
            Self::Origin => "origin",
            Self::User => "user",
        }
    }

    /// Who calls, whatever he calls with: names of users and of clients may be the same.
    pub fn caller(self) -> &'static str {
        match self {
            Self::Token(HolderKind::User) => "user",
            Self::Token(HolderKind::Client) => "client",
            Self::Token(HolderKind::SigningKey) => "signing-key",
            Self::ApiKey | Self::SigningKey | Self::Origin | Self::User => self.as_str(),
        }
    }
}

/// The time attributes. Coarse ones keep a policy's answers memoisable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeField {
    /// `time.now-ms`: Unix milliseconds.
    NowMs,
    /// `time.minute`: minute of the hour, 0 to 59.
    Minute,
    /// `time.hour`: hour of the day, 0 to 23.
    Hour,
    /// `time.weekday`: 1 is Monday, 7 is Sunday.
    Weekday,
    /// `time.date`: `YYYY-MM-DD`.
    Date,
}

/// The families of attributes whose last segment is the caller's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `request.header.`
    Header,
    /// `request.query.`
    Query,
    /// `resource.`
    Resource,
    /// `context.`
    Context,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Header, Self::Query, Self::Resource, Self::Context];

    /// The text in front of a member's name.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Header => "request.header.",
            Self::Query => "request.query.",
            Self::Resource => "resource.",
            Self::Context => "context.",
        }
    }
}

/// One thing that a policy declares in `reads`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selector {
    /// `subject.id`
    SubjectId,
    /// `subject.kind`
    SubjectKind,
    /// `subject.grants`
    SubjectGrants,
    /// `key.id`
    KeyId,
    /// `key.name`
    KeyName,
    /// `key.created-ms`
    KeyCreatedMs,
    /// `request.method`
    RequestMethod,
    /// `request.path`
    RequestPath,
    /// `request.host`
    RequestHost,
    /// `request.size`
    RequestSize,
    /// `client.address`
    ClientAddress,
    /// `rate.remaining`
    RateRemaining,
    /// `time.…`; told by the policy crate, which knows the settings' time zone.
    Time(TimeField),
    /// `request.header.NAME`
    Header(HeaderName),
    /// `request.query.NAME`, `resource.NAME` or `context.NAME`
    Member(Family, Box<str>),
    /// All of a family: `request.header.*` and the like.
    Whole(Family),
}

/// A name in `reads` that Wardgate does not offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSelector {
    /// No such attribute.
    #[error("there is no attribute {0:?}")]
    Unknown(String),
    /// Credentials are never shown to a policy.
    #[error("{0:?} is a credential, which no policy is shown")]
    Credential(String),
}

/// The attributes without a free part, by name.
static FIXED: [(&str, Selector); 17] = [
    ("subject.id", Selector::SubjectId),
    ("subject.kind", Selector::SubjectKind),
    ("subject.grants", Selector::SubjectGrants),
    ("key.id", Selector::KeyId),
    ("key.name", Selector::KeyName),
    ("key.created-ms", Selector::KeyCreatedMs),
    ("request.method", Selector::RequestMethod),
    ("request.path", Selector::RequestPath),
    ("request.host", Selector::RequestHost),
    ("request.size", Selector::RequestSize),
    ("client.address", Selector::ClientAddress),
    ("rate.remaining", Selector::RateRemaining),
    ("time.now-ms", Selector::Time(TimeField::NowMs)),
    ("time.minute", Selector::Time(TimeField::Minute)),
    ("time.hour", Selector::Time(TimeField::Hour)),
    ("time.weekday", Selector::Time(TimeField::Weekday)),
    ("time.date", Selector::Time(TimeField::Date)),
];

impl Selector {
    /// The attributes without a free part, with their names.
    pub fn fixed() -> &'static [(&'static str, Self)] {
        &FIXED
    }

    /// Reads a name from `reads`.
    pub fn parse(name: &str) -> Result<Self, InvalidSelector> {
        if let Some((_, selector)) = FIXED.iter().find(|(fixed, _)| *fixed == name) {
            return Ok(selector.clone());
        }
        let unknown = || InvalidSelector::Unknown(name.to_owned());
        let (family, member) = Family::ALL
            .iter()
            .find_map(|family| name.strip_prefix(family.prefix()).map(|member| (*family, member)))
            .ok_or_else(unknown)?;
        match (family, member) {
            (_, "") => Err(unknown()),
            (_, "*") => Ok(Self::Whole(family)),
            (Family::Header, _) => {
                let header = HeaderName::from_bytes(member.as_bytes()).map_err(|_| unknown())?;
                if is_credential(&header) {
                    return Err(InvalidSelector::Credential(name.to_owned()));
                }
                Ok(Self::Header(header))
            }
            _ => Ok(Self::Member(family, member.into())),
        }
    }
}

/// What is known of the key behind a credential.
#[derive(Debug, Clone, Copy)]
pub struct KeyFacts<'a> {
    /// `key.id`
    pub id: &'a KeyId,
    /// `key.name`
    pub name: &'a str,
    /// `key.created-ms`
    pub created: Timestamp,
}

/// Everything that is known about a call once it has its permit.
#[derive(Debug, Clone, Copy)]
pub struct CallFacts<'a> {
    /// The call.
    pub ask: &'a Ask<'a>,
    /// `subject.id`
    pub subject: &'a str,
    /// `subject.kind`
    pub subject_kind: SubjectKind,
    /// `subject.grants`
    pub grants: &'a Grants,
    /// The key behind it, if it was a key.
    pub key: Option<KeyFacts<'a>>,
    /// `rate.remaining`: calls left in the tightest limit.
    pub rate_remaining: Option<u32>,
    /// The moment of the decision, from which the time attributes come.
    pub now: Timestamp,
}

impl<'a> CallFacts<'a> {
    /// The value of a single attribute; `None` where the call does not have it. Time and whole families are not
    /// single values: see [`Self::each_of`] and the policy crate's clock.
    pub fn value(&self, selector: &Selector) -> Option<Value<'a>> {
        let text = |text: &'a str| Some(Value::Text(Cow::Borrowed(text)));
        match selector {
            Selector::SubjectId => text(self.subject),
            Selector::SubjectKind => text(self.subject_kind.as_str()),
            Selector::SubjectGrants => {
                Some(Value::Texts(self.grants.iter().map(|grant| Cow::Borrowed(grant.as_str())).collect()))
            }
            Selector::KeyId => self.key.and_then(|key| text(key.id.as_str())),
            Selector::KeyName => self.key.and_then(|key| text(key.name)),
            Selector::KeyCreatedMs => self.key.map(|key| Value::Number(key.created.as_ms())),
            Selector::RequestMethod => self.ask.method.and_then(text),
            Selector::RequestPath => self.ask.target().and_then(|target| text(target.path())),
            Selector::RequestHost => self.header(&http::header::HOST),
            Selector::RequestSize => self.ask.size.map(|size| Value::Number(i64::try_from(size).unwrap_or(i64::MAX))),
            Selector::ClientAddress => {
                self.ask.client_address.map(|address| Value::Text(Cow::Owned(fold(address).to_string())))
            }
            Selector::RateRemaining => self.rate_remaining.map(|left| Value::Number(i64::from(left))),
            Selector::Header(name) => self.header(name),
            Selector::Member(Family::Query, name) => self.query(name),
            Selector::Member(Family::Resource, name) => member(self.ask.resource, name),
            Selector::Member(Family::Context, name) => member(self.ask.context, name),
            Selector::Member(Family::Header, _) | Selector::Time(_) | Selector::Whole(_) => None,
        }
    }

    /// Calls `each` with the full name and value of every member of `family`, in a stable order.
    pub fn each_of(&self, family: Family, each: &mut dyn FnMut(String, Value<'a>)) {
        let mut give = |name: &str, value: Option<Value<'a>>| {
            if let Some(value) = value {
                each(format!("{}{name}", family.prefix()), value);
            }
        };
        match family {
            Family::Header => {
                let mut names: Vec<_> = self.ask.headers.keys().filter(|name| !is_credential(name)).collect();
                names.sort_unstable_by_key(|name| name.as_str());
                for name in names {
                    give(name.as_str(), self.header(name));
                }
            }
            Family::Query => {
                let mut names: Vec<_> = self.query_pairs().map(|(name, _)| name).collect();
                names.sort_unstable();
                names.dedup();
                for name in names {
                    give(&name, self.query(&name));
                }
            }
            Family::Resource => {
                self.ask.resource.into_iter().flatten().for_each(|(name, fact)| give(name, Some(fact.into())));
            }
            Family::Context => {
                self.ask.context.into_iter().flatten().for_each(|(name, fact)| give(name, Some(fact.into())));
            }
        }
    }

    // Bytes that are not UTF-8 become U+FFFD, which no allow-list contains.
    fn header(&self, name: &HeaderName) -> Option<Value<'a>> {
        several(self.ask.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())))
    }

    fn query(&self, name: &str) -> Option<Value<'a>> {
        several(self.query_pairs().filter(|(member, _)| member == name).map(|(_, value)| value))
    }

    fn query_pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        form_urlencoded::parse(self.ask.target().and_then(|target| target.query()).unwrap_or_default().as_bytes())
    }
}

/// One value as it is; more than one as a list, so that no policy mistakes the first for all there are.
pub(crate) fn several<'a>(mut values: impl Iterator<Item = Cow<'a, str>>) -> Option<Value<'a>> {
    let first = values.next()?;
    let Some(second) = values.next() else { return Some(Value::Text(first)) };
    Some(Value::Texts([first, second].into_iter().chain(values).collect()))
}

fn member<'a>(facts: Option<&'a Facts>, name: &str) -> Option<Value<'a>> {
    facts.and_then(|facts| facts.get(name)).map(Value::from)
}

impl<'a> From<&'a Fact> for Value<'a> {
    fn from(fact: &'a Fact) -> Self {
        match fact {
            Fact::Text(text) => Self::Text(Cow::Borrowed(text)),
            Fact::Number(number) => Self::Number(*number),
            Fact::Flag(flag) => Self::Flag(*flag),
            Fact::Texts(texts) => Self::Texts(texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect()),
        }
    }
}

impl From<Value<'_>> for Fact {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.into_owned()),
            Value::Number(number) => Self::Number(number),
            Value::Flag(flag) => Self::Flag(flag),
            Value::Texts(texts) => Self::Texts(texts.into_iter().map(Cow::into_owned).collect()),
        }
    }
}

pub(crate) fn is_credential(name: &HeaderName) -> bool {
    CREDENTIAL_HEADERS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use http::{HeaderMap, HeaderValue};

    use super::{CallFacts, Selector, SubjectKind, Value};
    use crate::ask::Ask;
    use crate::clock::Timestamp;
    use crate::permission::Grants;
    use crate::route::Target;

    #[track_caller]
    fn check(headers: &HeaderMap, target: &str, selector: &str, expected: Option<&Value<'_>>) {
        let ask = Ask { target: Some(Target::parse(target)), ..Ask::new(headers) };
        let facts = CallFacts {
            ask: &ask,
            subject: "s",
            subject_kind: SubjectKind::ApiKey,
            grants: &Grants::default(),
            key: None,
            rate_remaining: None,
            now: Timestamp::from_ms(0),
        };
        assert_eq!(facts.value(&Selector::parse(selector).expect("a legal selector")).as_ref(), expected);
    }

    #[test]
    fn a_member_that_comes_twice_is_a_list() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static("1"));
        check(&headers, "/p?q=%41+b&z", "request.header.X-A", Some(&Value::Text("1".into())));
        check(&headers, "/p?q=%41+b&z", "request.query.q", Some(&Value::Text("A b".into())));
        check(&headers, "/p?q=%41+b&z", "request.query.z", Some(&Value::Text("".into())));
        check(&headers, "/p?q=%ff", "request.query.q", Some(&Value::Text("\u{fffd}".into())));
        headers.append("x-a", HeaderValue::from_static("2"));
        let both = Value::Texts(vec![Cow::Borrowed("1"), Cow::Borrowed("2")]);
        check(&headers, "/p?q=1&q=2", "request.header.x-a", Some(&both));
        check(&headers, "/p?q=1&q=2", "request.query.q", Some(&both));
    }

    #[test]
    fn no_selector_reaches_a_credential() {
        for name in [
            "request.header.authorization",
            "request.header.X-API-Key",
            "request.header.x-nexus-client-key",
            "request.header.cookie",
        ] {
            assert!(Selector::parse(name).is_err(), "{name} was accepted");
        }
        for name in ["", "time", "request.header.", "request.header.a b", "subject.secret"] {
            assert!(Selector::parse(name).is_err(), "{name} was accepted");
        }
    }
}
