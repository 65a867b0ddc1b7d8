//! An ask as it is kept beside its decision: all that any policy could have been told of the call, so that a changed one
//! can be asked about it again. Time is not in it, for the record has it, and no credential ever is.
//!
//! The form: a version byte, then parts, each its length in two bytes and what it holds. Parts of different asks that
//! say the same are the same bytes, so that many asks together are kept in little room.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::address::fold;
use crate::attribute::{CallFacts, Family, Selector, SubjectKind, Value, is_credential, several};
use crate::clock::Timestamp;
use crate::fact::{Fact, Facts};
use crate::limits;

/// The form that is written. A new one gets a new number, and the old one stays readable.
const FORM: u8 = 1;

/// What a record has of its ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RecordedAsk {
    /// Nothing: no policy had to do with the call.
    #[default]
    Unneeded,
    /// Nothing: it was longer than [`limits::KEPT_ASK_BYTES`].
    TooLong,
    /// Nothing: the credential of the call stood in it a second time, where it is not looked for.
    Withheld,
    /// Nothing: too many asks waited to be written ([`limits::KEPT_ASKS_WAITING_BYTES`]).
    Crowded,
    /// All of it.
    Kept(KeptAsk),
}

/// An ask, written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAsk {
    /// Its parts, as [`KeptAsk::write`] wrote them.
    pub bytes: Arc<[u8]>,
    /// `rate.remaining`: apart, because it is another one at each call.
    pub rate_remaining: Option<u32>,
}

/// The bytes are not an ask that this program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kept ask cannot be read")]
pub struct Unreadable;

/// A value is not known any more: it was left out because it may be a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} was not kept, for it may be a credential")]
pub struct LeftOut(pub String);

// What a part begins with.
const SUBJECT: u8 = 1;
const SUBJECT_KIND: u8 = 2;
const GRANT: u8 = 3;
const KEY_ID: u8 = 4;
const KEY_NAME: u8 = 5;
const KEY_CREATED: u8 = 6;
const METHOD: u8 = 7;
const PATH: u8 = 8;
const QUERY: u8 = 9;
const QUERY_LEFT_OUT: u8 = 10;
const SIZE: u8 = 11;
const ADDRESS: u8 = 12;
const HEADER: u8 = 13;
const HEADER_LEFT_OUT: u8 = 14;
const RESOURCE: u8 = 15;
const CONTEXT: u8 = 16;

// What a fact begins with.
const TEXT: u8 = 0;
const NUMBER: u8 = 1;
const FLAG: u8 = 2;
const TEXTS: u8 = 3;

thread_local! {
    /// Asks are written here, so that keeping one is one allocation.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl RecordedAsk {
    /// Writes down what is known of a call. `secret` is the credential it came with: an ask that holds it is not kept.
    pub fn of(facts: &CallFacts<'_>, secret: Option<&str>) -> Self {
        ROOM.with_borrow_mut(|room| {
            room.clear();
            room.push(FORM);
            if write(&mut Writer(room), facts).is_none() {
                // A long ask must not keep its room for good.
                room.shrink_to(2 * limits::KEPT_ASK_BYTES);
                return Self::TooLong;
            }
            if secret.is_some_and(|secret| memchr::memmem::find(room, secret.as_bytes()).is_some()) {
                return Self::Withheld;
            }
            Self::Kept(KeptAsk { bytes: Arc::from(&**room), rate_remaining: facts.rate_remaining })
        })
    }

    /// The ask, if it was kept.
    pub fn kept(&self) -> Option<&KeptAsk> {
        match self {
            Self::Kept(kept) => Some(kept),
            Self::Unneeded | Self::TooLong | Self::Withheld | Self::Crowded => None,
        }
    }

    /// Bytes that it takes.
    pub fn len_bytes(&self) -> usize {
        self.kept().map_or(0, |kept| kept.bytes.len())
    }
}

/// Writes parts; `None` once they are longer than an ask may be.
struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn part(&mut self, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
        let start = self.0.len();
        self.0.extend_from_slice(&[0, 0, kind]);
        fill(self.0);
        if self.0.len() > limits::KEPT_ASK_BYTES {
            return None;
        }
        let length = u16::try_from(self.0.len() - start - 2).ok()?;
        self.0[start..start + 2].copy_from_slice(&length.to_le_bytes());
        Some(())
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) -> Option<()> {
        self.part(kind, |out| out.extend_from_slice(bytes))
    }

    fn named(&mut self, kind: u8, name: &str, fill: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
        let length = u16::try_from(name.len()).ok()?;
        self.part(kind, |out| {
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(name.as_bytes());
            fill(out);
        })
    }
}

fn write(out: &mut Writer<'_>, facts: &CallFacts<'_>) -> Option<()> {
    out.bytes(SUBJECT, facts.subject.as_bytes())?;
    out.bytes(SUBJECT_KIND, facts.subject_kind.as_str().as_bytes())?;
    facts.grants.iter().try_for_each(|grant| out.bytes(GRANT, grant.as_str().as_bytes()))?;
    if let Some(key) = facts.key {
        out.bytes(KEY_ID, key.id.as_str().as_bytes())?;
        out.bytes(KEY_NAME, key.name.as_bytes())?;
        out.bytes(KEY_CREATED, &key.created.as_ms().to_le_bytes())?;
    }
    let ask = facts.ask;
    if let Some(method) = ask.method {
        out.bytes(METHOD, method.as_bytes())?;
    }
    if let Some(target) = ask.target() {
        out.bytes(PATH, target.path().as_bytes())?;
        for member in target.query().into_iter().flat_map(|query| query.split('&')) {
            let name = member.split_once('=').map_or(member, |(name, _)| name);
            if form_urlencoded::parse(name.as_bytes()).any(|(name, _)| may_be_secret(name.as_bytes())) {
                out.bytes(QUERY_LEFT_OUT, name.as_bytes())?;
            } else if !member.is_empty() {
                out.bytes(QUERY, member.as_bytes())?;
            }
        }
    }
    if let Some(size) = ask.size {
        out.bytes(SIZE, &size.to_le_bytes())?;
    }
    match ask.client_address.map(fold) {
        Some(IpAddr::V4(address)) => out.bytes(ADDRESS, &address.octets())?,
        Some(IpAddr::V6(address)) => out.bytes(ADDRESS, &address.octets())?,
        None => {}
    }
    for (name, value) in ask.headers {
        if is_credential(name) {
            continue;
        }
        if may_be_secret(name.as_str().as_bytes()) {
            out.bytes(HEADER_LEFT_OUT, name.as_str().as_bytes())?;
        } else {
            out.named(HEADER, name.as_str(), |out| out.extend_from_slice(value.as_bytes()))?;
        }
    }
    for (kind, members) in [(RESOURCE, ask.resource), (CONTEXT, ask.context)] {
        for (name, fact) in members.into_iter().flatten() {
            out.named(kind, name, |out| write_fact(out, fact))?;
        }
    }
    Some(())
}

fn write_fact(out: &mut Vec<u8>, fact: &Fact) {
    match fact {
        Fact::Text(text) => {
            out.push(TEXT);
            out.extend_from_slice(text.as_bytes());
        }
        Fact::Number(number) => {
            out.push(NUMBER);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Fact::Flag(flag) => out.extend_from_slice(&[FLAG, u8::from(*flag)]),
        Fact::Texts(texts) => {
            out.push(TEXTS);
            for text in texts {
                // A text that is longer than this makes the whole ask too long.
                let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
                out.extend_from_slice(&length.to_le_bytes());
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// Whether a header or query member of this name may hold a credential of anybody's: it is not kept. A live policy may
/// read it all the same, but for those of [`is_credential`].
fn may_be_secret(name: &[u8]) -> bool {
    let Some(last) = name.last() else { return false };
    let ends: &[&[u8]] = match last.to_ascii_lowercase() {
        b'n' => &[b"token", b"authorization", b"session", b"assertion"],
        b't' => &[b"secret", b"jwt", b"ticket"],
        b'd' => &[b"password", b"passwd", b"pwd", b"sessionid", b"session_id", b"session-id"],
        b'y' => &[b"key"],
        b'e' => &[b"cookie", b"signature", b"passphrase"],
        b's' => &[b"credentials"],
        b'l' => &[b"credential", b"client-cert"],
        b'h' => &[b"auth"],
        b'g' => &[b"sig"],
        _ => &[],
    };
    ends.iter().any(|end| name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end))
        || [b"code".as_slice(), b"sid", b"pass"].iter().any(|whole| name.eq_ignore_ascii_case(whole))
}

/// The parts of a kept ask, one after another, as they are: for whoever keeps many of them.
pub fn parts(bytes: &[u8]) -> Result<impl Iterator<Item = Result<&[u8], Unreadable>>, Unreadable> {
    let [FORM, rest @ ..] = bytes else { return Err(Unreadable) };
    let mut rest = rest;
    Ok(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((length, _)) = rest.split_first_chunk::<2>() else {
            rest = &[];
            return Some(Err(Unreadable));
        };
        let Some((part, after)) = rest.split_at_checked(2 + usize::from(u16::from_le_bytes(*length))) else {
            rest = &[];
            return Some(Err(Unreadable));
        };
        rest = after;
        Some(Ok(part))
    }))
}

/// Puts [`parts`] together again.
pub fn join<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Arc<[u8]> {
    let mut bytes = vec![FORM];
    parts.for_each(|part| bytes.extend_from_slice(part));
    bytes.into()
}

/// A kept ask, read: what it says is borrowed from its bytes.
#[derive(Debug, Clone)]
pub struct KeptFacts<'a> {
    subject: &'a str,
    subject_kind: &'a str,
    grants: Vec<&'a str>,
    key_id: Option<&'a str>,
    key_name: Option<&'a str>,
    key_created: Option<i64>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    query: Vec<&'a str>,
    query_left_out: Vec<&'a str>,
    size: Option<u64>,
    address: Option<IpAddr>,
    headers: Vec<(&'a str, &'a [u8])>,
    headers_left_out: Vec<&'a str>,
    resource: Facts,
    context: Facts,
    rate_remaining: Option<u32>,
    at: Timestamp,
}

impl KeptAsk {
    /// Reads it. `at` is when it was asked.
    pub fn read(&self, at: Timestamp) -> Result<KeptFacts<'_>, Unreadable> {
        let mut facts = KeptFacts {
            subject: "",
            subject_kind: SubjectKind::ApiKey.as_str(),
            grants: Vec::new(),
            key_id: None,
            key_name: None,
            key_created: None,
            method: None,
            path: None,
            query: Vec::new(),
            query_left_out: Vec::new(),
            size: None,
            address: None,
            headers: Vec::new(),
            headers_left_out: Vec::new(),
            resource: Facts::new(),
            context: Facts::new(),
            rate_remaining: self.rate_remaining,
            at,
        };
        for part in parts(&self.bytes)? {
            facts.take(&part?[2..])?;
        }
        Ok(facts)
    }
}

impl<'a> KeptFacts<'a> {
    fn take(&mut self, part: &'a [u8]) -> Result<(), Unreadable> {
        let (kind, held) = part.split_first().ok_or(Unreadable)?;
        match *kind {
            SUBJECT => self.subject = text(held)?,
            SUBJECT_KIND => self.subject_kind = text(held)?,
            GRANT => self.grants.push(text(held)?),
            KEY_ID => self.key_id = Some(text(held)?),
            KEY_NAME => self.key_name = Some(text(held)?),
            KEY_CREATED => self.key_created = Some(i64::from_le_bytes(number(held)?)),
            METHOD => self.method = Some(text(held)?),
            PATH => self.path = Some(text(held)?),
            QUERY => self.query.push(text(held)?),
            QUERY_LEFT_OUT => self.query_left_out.push(text(held)?),
            SIZE => self.size = Some(u64::from_le_bytes(number(held)?)),
            ADDRESS => {
                let v4 = <[u8; 4]>::try_from(held).map(IpAddr::from);
                self.address =
                    Some(v4.or_else(|_| <[u8; 16]>::try_from(held).map(IpAddr::from)).map_err(|_| Unreadable)?);
            }
            HEADER => self.headers.push(named(held)?),
            HEADER_LEFT_OUT => self.headers_left_out.push(text(held)?),
            RESOURCE | CONTEXT => {
                let (name, fact) = named(held)?;
                let members = if *kind == RESOURCE { &mut self.resource } else { &mut self.context };
                members.insert(name.to_owned(), read_fact(fact)?);
            }
            _ => return Err(Unreadable),
        }
        Ok(())
    }

    /// When it was asked.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// As [`CallFacts::value`].
    pub fn value(&self, selector: &Selector) -> Result<Option<Value<'_>>, LeftOut> {
        let text = |text: &'a str| Value::Text(Cow::Borrowed(text));
        Ok(match selector {
            Selector::SubjectId => Some(text(self.subject)),
            Selector::SubjectKind => Some(text(self.subject_kind)),
            Selector::SubjectGrants => {
                Some(Value::Texts(self.grants.iter().map(|grant| Cow::Borrowed(*grant)).collect()))
            }
            Selector::KeyId => self.key_id.map(text),
            Selector::KeyName => self.key_name.map(text),
            Selector::KeyCreatedMs => self.key_created.map(Value::Number),
            Selector::RequestMethod => self.method.map(text),
            Selector::RequestPath => self.path.map(text),
            Selector::RequestHost => self.header("host")?,
            Selector::RequestSize => self.size.map(|size| Value::Number(i64::try_from(size).unwrap_or(i64::MAX))),
            Selector::ClientAddress => self.address.map(|address| Value::Text(Cow::Owned(address.to_string()))),
            Selector::RateRemaining => self.rate_remaining.map(|left| Value::Number(i64::from(left))),
            Selector::Header(name) => self.header(name.as_str())?,
            Selector::Member(Family::Query, name) => self.query(name)?,
            Selector::Member(Family::Resource, name) => self.resource.get(&**name).map(Value::from),
            Selector::Member(Family::Context, name) => self.context.get(&**name).map(Value::from),
            Selector::Member(Family::Header, _) | Selector::Time(_) | Selector::Whole(_) => None,
        })
    }

    /// As [`CallFacts::each_of`].
    pub fn each_of<'s>(&'s self, family: Family, each: &mut dyn FnMut(String, Value<'s>)) -> Result<(), LeftOut> {
        let left_out = match family {
            Family::Header => self.headers_left_out.first().copied(),
            Family::Query => self.query_left_out.first().copied(),
            Family::Resource | Family::Context => None,
        };
        if let Some(name) = left_out {
            return Err(LeftOut(format!("{}{name}", family.prefix())));
        }
        self.each_kept_of(family, each);
        Ok(())
    }

    fn each_kept_of<'s>(&'s self, family: Family, each: &mut dyn FnMut(String, Value<'s>)) {
        let mut give = |name: &str, value| each(format!("{}{name}", family.prefix()), value);
        match family {
            Family::Header => {
                for name in self.headers.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>() {
                    if let Some(value) = several(self.headers_named(name)) {
                        give(name, value);
                    }
                }
            }
            Family::Query => {
                for name in self.query_pairs().map(|(name, _)| name).collect::<BTreeSet<_>>() {
                    if let Some(value) = several(self.query_named(&name)) {
                        give(&name, value);
                    }
                }
            }
            Family::Resource => self.resource.iter().for_each(|(name, fact)| give(name, fact.into())),
            Family::Context => self.context.iter().for_each(|(name, fact)| give(name, fact.into())),
        }
    }

    /// All that is kept of the call, by the names of the attributes; of the time, `time.now-ms`.
    pub fn to_facts(&self) -> Facts {
        let mut facts = Facts::new();
        for (name, selector) in Selector::fixed() {
            if let Ok(Some(value)) = self.value(selector) {
                facts.insert((*name).to_owned(), value.into());
            }
        }
        facts.insert("time.now-ms".to_owned(), Fact::Number(self.at.as_ms()));
        for family in Family::ALL {
            self.each_kept_of(family, &mut |name, value| {
                facts.insert(name, value.into());
            });
        }
        facts
    }

    fn header(&self, name: &str) -> Result<Option<Value<'_>>, LeftOut> {
        if self.headers_left_out.contains(&name) {
            return Err(LeftOut(format!("{}{name}", Family::Header.prefix())));
        }
        Ok(several(self.headers_named(name)))
    }

    fn headers_named<'s>(&'s self, name: &str) -> impl Iterator<Item = Cow<'s, str>> {
        self.headers.iter().filter(move |(other, _)| *other == name).map(|(_, value)| String::from_utf8_lossy(value))
    }

    fn query(&self, name: &str) -> Result<Option<Value<'_>>, LeftOut> {
        let left_out = |raw: &&str| form_urlencoded::parse(raw.as_bytes()).any(|(other, _)| other == name);
        if self.query_left_out.iter().any(left_out) {
            return Err(LeftOut(format!("{}{name}", Family::Query.prefix())));
        }
        Ok(several(self.query_named(name)))
    }

    fn query_named<'s>(&'s self, name: &str) -> impl Iterator<Item = Cow<'s, str>> {
        self.query_pairs().filter(move |(other, _)| other == name).map(|(_, value)| value)
    }

    fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.query.iter().flat_map(|member| form_urlencoded::parse(member.as_bytes()))
    }
}

fn text(bytes: &[u8]) -> Result<&str, Unreadable> {
    std::str::from_utf8(bytes).map_err(|_| Unreadable)
}

fn number<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Unreadable> {
    bytes.try_into().map_err(|_| Unreadable)
}

fn named(bytes: &[u8]) -> Result<(&str, &[u8]), Unreadable> {
    let (length, rest) = bytes.split_first_chunk::<2>().ok_or(Unreadable)?;
    let (name, held) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or(Unreadable)?;
    Ok((text(name)?, held))
}

fn read_fact(bytes: &[u8]) -> Result<Fact, Unreadable> {
    let (kind, held) = bytes.split_first().ok_or(Unreadable)?;
    Ok(match *kind {
        TEXT => Fact::Text(text(held)?.to_owned()),
        NUMBER => Fact::Number(i64::from_le_bytes(number(held)?)),
        FLAG => Fact::Flag(held == [1]),
        TEXTS => {
            let (mut texts, mut rest) = (Vec::new(), held);
            while let Some((length, after)) = rest.split_first_chunk::<2>() {
                let (one, after) =
                    after.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or(Unreadable)?;
                texts.push(text(one)?.to_owned());
                rest = after;
            }
            if rest.is_empty() { Fact::Texts(texts) } else { return Err(Unreadable) }
        }
        _ => return Err(Unreadable),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{KeptAsk, RecordedAsk, Unreadable, join, parts};
    use crate::ask::Ask;
    use crate::attribute::{CallFacts, Family, HolderKind, KeyFacts, Selector, SubjectKind};
    use crate::clock::Timestamp;
    use crate::fact::{Fact, Facts};
    use crate::id::KeyId;
    use crate::limits;
    use crate::permission::Grants;
    use crate::route::Target;

    const SECRET: &str = "wg_hunter2hunter2";

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn of(ask: &Ask<'_>) -> RecordedAsk {
        let (id, grants) = (KeyId::parse("k1").expect("a legal id"), Grants::parse(&["a:*", "b"]).expect("grants"));
        RecordedAsk::of(&facts(ask, &id, &grants), Some(SECRET))
    }

    fn facts<'a>(ask: &'a Ask<'a>, id: &'a KeyId, grants: &'a Grants) -> CallFacts<'a> {
        CallFacts {
            ask,
            subject: "süb",
            subject_kind: SubjectKind::Token(HolderKind::User),
            grants,
            key: Some(KeyFacts { id, name: "mine", created: Timestamp::from_ms(77) }),
            rate_remaining: Some(41),
            now: Timestamp::from_ms(5),
        }
    }

    fn kept(recorded: &RecordedAsk) -> KeptAsk {
        recorded.kept().expect("it is kept").clone()
    }

    #[test]
    fn whatever_a_policy_may_read_of_a_call_it_may_read_of_the_kept_one() {
        let lines = [
            ("host", "shop.example"),
            ("x-a", "1"),
            ("x-a", "2"),
            ("user-agent", "curl"),
            ("authorization", "Bearer x"),
            ("cookie", "a=b"),
        ];
        let mut headers = headers(&lines);
        headers.append("x-bytes", HeaderValue::from_bytes(b"\xff").expect("a legal value"));
        let texts = Fact::Texts(vec![String::new(), "é".to_owned()]);
        let members =
            [("t", Fact::Text("x".to_owned())), ("n", Fact::Number(-9)), ("f", Fact::Flag(true)), ("l", texts)];
        let resource: Facts = members.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
        let context = BTreeMap::from([("empty".to_owned(), Fact::Texts(Vec::new()))]);
        for address in ["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.9"] {
            let ask = Ask {
                method: Some("PATCH"),
                target: Some(Target::parse("/p/q?q=%41+b&z&q=2&&=v")),
                size: Some(u64::MAX),
                client_address: Some(address.parse().expect("an address")),
                resource: Some(&resource),
                context: Some(&context),
                ..Ask::new(&headers)
            };
            let (id, grants) = (KeyId::parse("k1").expect("a legal id"), Grants::parse(&["a:*", "b"]).expect("grants"));
            let facts = facts(&ask, &id, &grants);
            let kept = kept(&RecordedAsk::of(&facts, None));
            let read = kept.read(facts.now).expect("readable");
            for name in
                ["request.header.x-a", "request.header.x-none", "request.query.q", "resource.n", "context.empty"]
            {
                let selector = Selector::parse(name).expect("a legal selector");
                assert_eq!(read.value(&selector), Ok(facts.value(&selector)), "{name}");
            }
            for (name, selector) in Selector::fixed() {
                assert_eq!(read.value(selector), Ok(facts.value(selector)), "{name}");
            }
            for family in Family::ALL {
                let (mut live, mut again) = (Vec::new(), Vec::new());
                facts.each_of(family, &mut |name, value| live.push((name, Fact::from(value))));
                read.each_of(family, &mut |name, value| again.push((name, Fact::from(value))))
                    .expect("nothing left out");
                assert_eq!(live, again);
            }
        }
    }

    #[test]
    fn no_credential_is_kept_wherever_it_came() {
        let lines = [
            ("authorization", "Bearer hunter2-a"),
            ("proxy-authorization", "Basic hunter2-b"),
            ("cookie", "sid=hunter2-c"),
            ("set-cookie", "sid=hunter2-d"),
            ("x-api-key", "hunter2-e"),
            ("x-nexus-client-key", "hunter2-f"),
            ("x-auth-token", "hunter2-g"),
            ("x-forwarded-authorization", "hunter2-h"),
            ("x-amz-security-token", "hunter2-i"),
            ("x-client-secret", "hunter2-j"),
            ("x-ordinary", "plain"),
        ];
        let headers = headers(&lines);
        let target =
            "/p?access_token=hunter2-k&api%5Fkey=hunter2-l&Token=hunter2-m&code=hunter2-n&password=hunter2-o&q=1";
        let ask = Ask { target: Some(Target::parse(target)), ..Ask::new(&headers) };
        let kept = kept(&of(&ask));
        assert!(memchr::memmem::find(&kept.bytes, b"hunter2").is_none(), "{}", kept.bytes.escape_ascii());
        let read = kept.read(Timestamp::from_ms(0)).expect("readable");
        for name in ["request.header.x-auth-token", "request.query.access_token", "request.query.api_key"] {
            assert!(read.value(&Selector::parse(name).expect("legal")).is_err(), "{name} counts as absent");
        }
        for family in [Family::Header, Family::Query] {
            assert!(read.each_of(family, &mut |_, _| {}).is_err(), "a family is told without what was left out");
        }
        assert_eq!(read.to_facts().get("request.header.x-ordinary"), Some(&Fact::Text("plain".to_owned())));
    }

    #[test]
    fn an_ask_that_repeats_its_credential_is_not_kept() {
        for (name, target) in [("x-copy", "/p"), ("x-other", "/p?colour=wg_hunter2hunter2")] {
            let value = if name == "x-copy" { SECRET } else { "blue" };
            let headers = headers(&[(name, value)]);
            let ask = Ask { target: Some(Target::parse(target)), ..Ask::new(&headers) };
            assert_eq!(of(&ask), RecordedAsk::Withheld, "{name}");
        }
    }

    #[test]
    fn an_ask_is_kept_up_to_its_bound() {
        for (length, whole) in [(limits::KEPT_ASK_BYTES - 200, true), (limits::KEPT_ASK_BYTES, false), (200_000, false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert("x-long", HeaderValue::from_str(&"a".repeat(length)).expect("a legal value"));
            let recorded = of(&Ask::new(&headers));
            assert_eq!(recorded.kept().is_some(), whole, "{length}");
            assert!(recorded.len_bytes() <= limits::KEPT_ASK_BYTES);
        }
    }

    #[test]
    fn parts_put_together_are_the_ask_and_damaged_bytes_are_none() {
        let headers = headers(&[("x-a", "1"), ("x-b", "2")]);
        let kept = kept(&of(&Ask { target: Some(Target::parse("/p")), ..Ask::new(&headers) }));
        let split: Vec<_> = parts(&kept.bytes).expect("ours").collect::<Result<_, _>>().expect("whole");
        assert_eq!(join(split.into_iter()), kept.bytes);
        let at = Timestamp::from_ms(0);
        for length in 0..kept.bytes.len() {
            // A cut between two parts is an ask with less in it; any other is none. Neither may be anything worse.
            let cut = KeptAsk { bytes: kept.bytes[..length].into(), rate_remaining: None };
            let _ = cut.read(at).map(|read| read.to_facts());
        }
        for bytes in
            [&b""[..], b"\0", b"\x02", b"\x01\x01", b"\x01\xff\xff\x01", b"\x01\x01\0\x63", b"\x01\x02\0\x06\0"]
        {
            let cut = KeptAsk { bytes: bytes.into(), rate_remaining: None };
            assert_eq!(cut.read(at).map(drop), Err(Unreadable), "{bytes:?}");
        }
    }
}
