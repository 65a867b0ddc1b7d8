//! The asks of a check, from JSON.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use wardgate_domain::Permission;
use wardgate_domain::address::fold;
use wardgate_domain::ask::Ask;
use wardgate_domain::fact::{Fact, Facts};
use wardgate_domain::route::Target;
use wardgate_domain::signature::Wire;

use super::OneOrMore;
use crate::respond::problem::Problem;

/// Headers of one ask.
const HEADERS: usize = 64;
/// Members of `resource` or `context`.
const FACTS: usize = 64;

/// An ask as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::v1) struct AskBody {
    headers: BTreeMap<String, OneOrMore>,
    permission: Option<String>,
    method: Option<String>,
    path: Option<String>,
    tenant: Option<String>,
    client_address: Option<String>,
    size: Option<u64>,
    body: Option<String>,
    body_base64: Option<String>,
    callback: Option<String>,
    #[serde(default)]
    resource: BTreeMap<String, Value>,
    #[serde(default)]
    context: BTreeMap<String, Value>,
}

/// An ask with every part understood.
pub(in crate::v1) struct ReadAsk {
    headers: HeaderMap,
    permission: Option<Permission>,
    method: Option<String>,
    path: Option<String>,
    tenant: Option<String>,
    client_address: Option<IpAddr>,
    size: Option<u64>,
    body: Option<Vec<u8>>,
    callback: Option<String>,
    resource: Facts,
    context: Facts,
}

impl ReadAsk {
    /// Reads the parts; `at` is where the ask stands in the body, as a JSON pointer.
    pub(in crate::v1) fn new(body: AskBody, at: &str) -> Result<Self, Problem> {
        let wrong = |member: &str, rule: String| Problem::invalid_parameter(format!("{at}/{member}"), rule);
        let permission = body.permission.as_deref().map(Permission::parse).transpose();
        let address = body.client_address.as_deref().map(str::parse::<IpAddr>).transpose();
        if let Some(path) = &body.path {
            Target::parse(path).map_err(|e| wrong("path", e.to_string()))?;
        }
        if body.permission.is_none() && (body.method.is_none() || body.path.is_none()) {
            return Err(wrong("permission", "needed, or else method and path".to_owned()));
        }
        if body.method.as_ref().is_some_and(|method| http::Method::from_bytes(method.as_bytes()).is_err()) {
            return Err(wrong("method", "must be an HTTP method".to_owned()));
        }
        let sent = match (body.body, body.body_base64) {
            (Some(_), Some(_)) => return Err(wrong("body_base64", "body is given as well".to_owned())),
            (Some(text), None) => Some(text.into_bytes()),
            (None, Some(coded)) => {
                Some(STANDARD.decode(coded).map_err(|_| wrong("body_base64", "must be base64".to_owned()))?)
            }
            // A call of no size has no bytes; of any other call without its body, they are not known.
            (None, None) => (body.size == Some(0)).then(Vec::new),
        };
        let length = sent.as_ref().map(|sent| sent.len() as u64);
        if length.zip(body.size).is_some_and(|(length, size)| length != size) {
            return Err(wrong("size", "must be the size of the body that is given".to_owned()));
        }
        let size = body.size.or(length);
        Ok(Self {
            headers: headers(body.headers)
                .map_err(|(name, rule)| wrong(&format!("headers/{name}"), rule.to_owned()))?,
            permission: permission.map_err(|e| wrong("permission", e.to_string()))?,
            client_address: address.map_err(|_| wrong("client_address", "must be an IP address".to_owned()))?.map(fold),
            resource: facts(body.resource)
                .map_err(|(name, rule)| wrong(&format!("resource/{name}"), rule.to_owned()))?,
            context: facts(body.context).map_err(|(name, rule)| wrong(&format!("context/{name}"), rule.to_owned()))?,
            method: body.method,
            path: body.path,
            tenant: body.tenant,
            body: sent,
            callback: body.callback,
            size,
        })
    }

    /// The address that the call wants called back.
    pub(super) fn callback(&self) -> Option<&str> {
        self.callback.as_deref()
    }

    /// The ask, borrowed.
    pub(in crate::v1) fn as_ask(&self) -> Ask<'_> {
        Ask {
            wire: self.wire(),
            permission: self.permission.as_ref(),
            method: self.method.as_deref(),
            target: self.path.as_deref().map(Target::parse),
            tenant: self.tenant.as_deref(),
            client_address: self.client_address,
            size: self.size,
            resource: Some(&self.resource),
            context: Some(&self.context),
            ..Ask::new(&self.headers)
        }
    }
}

impl ReadAsk {
    /// What a signature covers, where all of it was given.
    fn wire(&self) -> Option<Wire<'_>> {
        Some(Wire { method: self.method.as_deref()?, target: self.path.as_deref()?, body: self.body.as_deref()? })
    }
}

type Wrong = (String, &'static str);

fn headers(given: BTreeMap<String, OneOrMore>) -> Result<HeaderMap, Wrong> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, values) in given {
        let values = match values {
            OneOrMore::One(value) => vec![value],
            OneOrMore::More(values) => values,
        };
        let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err((name, "must be a header name"));
        };
        for value in values {
            let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) else {
                return Err((name, "must be a header value: no control characters"));
            };
            if headers.len() == HEADERS {
                return Err((name, "one header too many: at most 64"));
            }
            headers.append(&header, value);
        }
    }
    Ok(headers)
}

fn facts(given: BTreeMap<String, Value>) -> Result<Facts, Wrong> {
    if given.len() > FACTS {
        return Err((String::new(), "at most 64 members"));
    }
    let mut facts = Facts::new();
    for (name, value) in given {
        match fact(value) {
            Ok(None) => {}
            Ok(Some(fact)) => {
                facts.insert(name, fact);
            }
            Err(rule) => return Err((name, rule)),
        }
    }
    Ok(facts)
}

/// The four kinds that a policy knows; `null` is no fact.
fn fact(value: Value) -> Result<Option<Fact>, &'static str> {
    const RULE: &str = "must be a string, a whole number of 64 bits, true, false, null or a list of strings";
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(flag) => Fact::Flag(flag),
        Value::String(text) => Fact::Text(text),
        Value::Number(number) => Fact::Number(number.as_i64().ok_or(RULE)?),
        Value::Array(list) => {
            let text = |value| match value {
                Value::String(text) => Ok(text),
                _ => Err(RULE),
            };
            Fact::Texts(list.into_iter().map(text).collect::<Result<_, _>>()?)
        }
        Value::Object(_) => return Err(RULE),
    }))
}
