//! `/v1/keys`: API keys as Wardgate's own API has them. The same keys as under `/nexus/v3/apikeys`, and each can be named
//! in both; those made here have Wardgate's own form.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod rotate;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wardgate_domain::KeyId;
use wardgate_domain::key::{Expiry, Key};
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;

use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::time;

/// Bytes of a key in JSON.
const BODY_BYTES: usize = 64 * 1024;

/// A key on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    /// The handle.
    id: &'a str,
    tenant: &'a str,
    name: &'a str,
    /// What the key itself begins with, if all of its form do.
    prefix: Option<&'static str>,
    last4: &'a str,
    permissions: Vec<String>,
    enabled: bool,
    rate: RateBody,
    origins: Vec<String>,
    addresses: Vec<String>,
    expires: Option<String>,
    revoked: Option<String>,
    /// The handle of the key that took its place.
    replaced_by: Option<&'a str>,
    created: String,
    created_by: &'a str,
    last_used: Option<String>,
    /// The key itself, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

/// Calls in a time.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateBody {
    limit: u32,
    window_seconds: u32,
}

impl<'a> Shown<'a> {
    fn new(key: &'a Key) -> Self {
        Self {
            id: key.id.as_str(),
            tenant: key.tenant.as_str(),
            name: &key.name,
            prefix: key.format.prefix(),
            last4: &key.last4,
            permissions: key.grants.to_texts(),
            enabled: key.enabled,
            rate: RateBody { limit: key.rate.capacity, window_seconds: key.rate.frequency_s },
            origins: key.origins.to_texts(),
            addresses: key.addresses.to_texts(),
            expires: key.expires.map(time::to_text),
            revoked: key.revoked.map(time::to_text),
            replaced_by: key.replaced_by.as_ref().map(KeyId::as_str),
            created: time::to_text(key.created),
            created_by: &key.created_by,
            last_used: key.last_used.map(time::to_text),
            key: None,
        }
    }
}

/// The one answer that has the key itself.
fn made(signed_in: &SignedIn, key: &Key, plain: &PlainSecret) -> Response {
    let location = signed_in.location(&format!("/v1/keys/{}", key.id), &key.tenant);
    let shown = Shown { key: Some(plain.expose()), ..Shown::new(key) };
    let headers = [(LOCATION, location.as_str()), (CACHE_CONTROL, "no-store")];
    (StatusCode::CREATED, headers, Json(shown)).into_response()
}

/// `null` is never.
fn expiry(given: &Value) -> Result<Expiry, Problem> {
    let at = match given {
        Value::Null => return Ok(Expiry::Never),
        Value::String(text) => time::from_text(text),
        _ => None,
    };
    let rule = "must be null or a date-time such as 2027-01-31T12:00:00Z";
    at.map(Expiry::At).ok_or_else(|| Problem::invalid_parameter("/expires", rule))
}

impl From<RateBody> for Rate {
    fn from(body: RateBody) -> Self {
        Self { capacity: body.limit, frequency_s: body.window_seconds }
    }
}

/// What is wrong with a key, by the names that it has here.
fn named_here(error: ManageError) -> Problem {
    match error {
        ManageError::Invalid { field: "capacity", message } => Problem::invalid_parameter("/rate/limit", message),
        ManageError::Invalid { field: "frequency", message } => {
            Problem::invalid_parameter("/rate/window_seconds", message)
        }
        other => other.into(),
    }
}
