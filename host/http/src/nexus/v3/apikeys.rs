//! `/nexus/v3/apikeys`: keys as Nexus clients know them (reference genesys.md, sections 1 and 5).

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod rotate;

use axum::Json;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use wardgate_domain::key::{Expiry, Key};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::{KeyId, Timestamp};

use crate::request::json;
use crate::respond::problem::Problem;
use crate::time;

/// What the envelope of a refusal calls these operations.
pub(crate) const OPERATION: &str = "apikeys";
/// Bytes of a key in JSON.
const BODY_BYTES: usize = 64 * 1024;

/// A key on the wire: the seed's fields in the seed's order, then ours.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    id: &'a str,
    tenant: &'a str,
    name: &'a str,
    permissions: Vec<String>,
    enabled: bool,
    #[serde(serialize_with = "moment")]
    created: Timestamp,
    #[serde(serialize_with = "moment_or_false")]
    revoked: Option<Timestamp>,
    #[serde(serialize_with = "moment_or_false")]
    expires: Option<Timestamp>,
    createdby: &'a str,
    capacity: u32,
    frequency: u32,
    /// The web origins that it is bound to, if it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    origins: Vec<String>,
    /// The address ranges that it is bound to, if it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<String>,
    /// The handle of the key that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    replacedby: Option<&'a str>,
    /// The last four characters of the key, where the key itself is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    last4: Option<&'a str>,
    #[serde(rename = "lastUsed", serialize_with = "moment_or_false", skip_serializing_if = "Option::is_none")]
    last_used: Option<Timestamp>,
}

impl<'a> Shown<'a> {
    /// A key in lists: its `id` is the handle.
    pub(crate) fn by_handle(key: &'a Key) -> Self {
        Self { last4: Some(&key.last4), last_used: key.last_used, ..Self::with_id(key, key.id.as_str()) }
    }

    /// A key just made: its `id` is the key itself, this once.
    pub(crate) fn with_key(key: &'a Key, plain: &'a PlainSecret) -> Self {
        Self::with_id(key, plain.expose())
    }

    fn with_id(key: &'a Key, id: &'a str) -> Self {
        Self {
            id,
            tenant: key.tenant.as_str(),
            name: &key.name,
            permissions: key.grants.to_texts(),
            enabled: key.enabled,
            created: key.created,
            revoked: key.revoked,
            expires: key.expires,
            createdby: &key.created_by,
            capacity: key.rate.capacity,
            frequency: key.rate.frequency_s,
            origins: key.origins.to_texts(),
            addresses: key.addresses.to_texts(),
            replacedby: key.replaced_by.as_ref().map(KeyId::as_str),
            last4: None,
            last_used: None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
fn moment<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time::to_text(*at))
}

/// The dialect writes "never" as `false`.
#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn moment_or_false<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => moment(at, serializer),
        None => serializer.serialize_bool(false),
    }
}

/// What a body says about a key. What only the server sets may stand in it, as in a key that was read before, and is
/// not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    tenant: Option<String>,
    name: Option<String>,
    permissions: Option<Vec<String>>,
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "json::present")]
    expires: Option<Value>,
    #[serde(default, deserialize_with = "json::present")]
    revoked: Option<Value>,
    capacity: Option<u32>,
    frequency: Option<u32>,
    origins: Option<Vec<String>>,
    addresses: Option<Vec<String>>,
    /// Of a new key: the key itself, where the caller brings one. Of another: not looked at.
    id: Option<Value>,
    #[serde(rename = "created")]
    _created: Option<Value>,
    #[serde(rename = "createdby")]
    _created_by: Option<Value>,
    #[serde(rename = "replacedby")]
    _replaced_by: Option<Value>,
    #[serde(rename = "last4")]
    _last4: Option<Value>,
    #[serde(rename = "lastUsed")]
    _last_used: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<T> {
    data: T,
}

/// A body in an envelope, whatever else is in it.
#[derive(Deserialize)]
struct Enveloped {
    #[serde(rename = "data")]
    _data: IgnoredAny,
}

/// Whether a body came inside `data`; its answer then does, too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrapped(bool);

/// Reads a body, bare or inside `data`.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<(T, Wrapped), Problem> {
    let wrapped = json::parse::<Enveloped>(body).is_ok();
    let given = if wrapped { json::parse::<Envelope<T>>(body)?.data } else { json::parse(body)? };
    Ok((given, Wrapped(wrapped)))
}

impl Given {
    /// "Never" is written `false` or `null`.
    fn expires(&self) -> Result<Option<Expiry>, Problem> {
        match &self.expires {
            None => Ok(None),
            Some(Value::Bool(false) | Value::Null) => Ok(Some(Expiry::Never)),
            Some(Value::String(text)) => match time::from_text(text) {
                Some(at) => Ok(Some(Expiry::At(at))),
                None => Err(Problem::invalid_parameter("/expires", EXPIRES_RULE)),
            },
            Some(_) => Err(Problem::invalid_parameter("/expires", EXPIRES_RULE)),
        }
    }

    /// `true`, or the time that a revoked key shows, revokes; `false` and `null` leave it.
    fn revoke(&self) -> Result<bool, Problem> {
        match &self.revoked {
            None | Some(Value::Bool(false) | Value::Null) => Ok(false),
            Some(Value::Bool(true)) => Ok(true),
            Some(Value::String(text)) if time::from_text(text).is_some() => Ok(true),
            Some(_) => Err(Problem::invalid_parameter("/revoked", "must be true or false")),
        }
    }
}

const EXPIRES_RULE: &str = "must be false or a date-time such as 2027-01-31T12:00:00Z";

/// Where one key is.
fn path(key: &Key) -> String {
    format!("/nexus/v3/apikeys/{}", key.id)
}

impl Wrapped {
    /// The answer in the shape of the request.
    fn answer(self, status: StatusCode, key: Shown<'_>) -> Response {
        let json = if self.0 { Json(Answer { data: key }).into_response() } else { Json(key).into_response() };
        (status, [(CACHE_CONTROL, "no-store")], json).into_response()
    }
}

#[derive(Serialize)]
struct Answer<T> {
    data: T,
}
