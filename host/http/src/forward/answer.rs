//! A decision as a status and headers, without a body.

use std::fmt::Arguments;
use std::io::Write;

use axum::body::Body;
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use wardgate_authorize::Decision;
use wardgate_domain::Grants;
use wardgate_domain::fact::Fact;
use wardgate_domain::rate::Room;
use wardgate_domain::verdict::Obligation;

use crate::request::id::{RequestId, X_REQUEST_ID};

const DECISION: HeaderName = HeaderName::from_static("x-wardgate-decision");
const TENANT: HeaderName = HeaderName::from_static("x-wardgate-tenant");
const SUBJECT: HeaderName = HeaderName::from_static("x-wardgate-subject");
const SUBJECT_KIND: HeaderName = HeaderName::from_static("x-wardgate-subject-kind");
const KEY: HeaderName = HeaderName::from_static("x-wardgate-key");
const GRANTS: HeaderName = HeaderName::from_static("x-wardgate-grants");
const RATE_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Headers of an ordinary allow, so that they find room at once.
const USUAL_HEADERS: usize = 13;
/// Bytes of what [`short`] writes at most.
const SHORT_BYTES: usize = 48;

/// A status and nothing else. No cache may keep it (security rule 59).
pub(super) fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(USUAL_HEADERS);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn from_decision(decision: &Decision, asked: &HeaderMap) -> Response<Body> {
    let mut response = match decision.denial {
        None => bare(StatusCode::OK),
        Some(denial) => {
            let status = StatusCode::from_u16(denial.code.status()).unwrap_or(StatusCode::FORBIDDEN);
            refusal(status, denial.retry_after_s)
        }
    };
    let headers = response.headers_mut();
    let mut id = uuid::Uuid::encode_buffer();
    if let Ok(id) = HeaderValue::from_str(decision.id.0.hyphenated().encode_lower(&mut id)) {
        let given = RequestId::given(asked).map(|given| given.header_value());
        headers.insert(X_REQUEST_ID, given.unwrap_or_else(|| id.clone()));
        headers.insert(DECISION, id);
    }
    if let Some(room) = &decision.room {
        tell_rate(room, headers);
    }
    if decision.allowed() {
        identify(decision, headers);
        headers.extend(decision.obligations.iter().filter_map(header));
    }
    response
}

fn refusal(status: StatusCode, retry_after_s: Option<u32>) -> Response<Body> {
    let mut response = bare(status);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"wardgate\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// What is left of the tightest limit, as structured fields (draft-ietf-httpapi-ratelimit-headers) and as the three
/// headers before them.
fn tell_rate(room: &Room, headers: &mut HeaderMap) {
    let Room { rate, remaining, reset_s } = room;
    headers.insert(RATE_POLICY, short(format_args!("\"default\";q={};w={}", rate.capacity, rate.frequency_s)));
    headers.insert(RATE, short(format_args!("\"default\";r={remaining};t={reset_s}")));
    headers.insert(RATE_LIMIT, rate.capacity.into());
    headers.insert(RATE_REMAINING, (*remaining).into());
    headers.insert(RATE_RESET, (*reset_s).into());
}

/// A header of a few ASCII characters, written without a detour over the heap.
fn short(text: Arguments<'_>) -> HeaderValue {
    let mut bytes = [0; SHORT_BYTES];
    let mut rest = &mut bytes[..];
    rest.write_fmt(text).expect("two numbers of 32 bits and a few words fit");
    let length = SHORT_BYTES - rest.len();
    HeaderValue::from_bytes(&bytes[..length]).expect("digits, letters and punctuation")
}

/// Who called, for the proxy to pass on.
fn identify(decision: &Decision, headers: &mut HeaderMap) {
    let Some(caller) = &decision.caller else { return };
    insert(headers, TENANT, caller.tenant.as_str());
    insert(headers, SUBJECT, &caller.subject);
    headers.insert(SUBJECT_KIND, HeaderValue::from_static(caller.kind.caller()));
    if let Some(key) = &caller.key {
        insert(headers, KEY, key.as_str());
    }
    insert(headers, GRANTS, &joined(&caller.grants));
}

/// Bytes that a header cannot carry are left out with their header; names of people may have such.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn joined(grants: &Grants) -> String {
    let mut text = String::with_capacity(grants.iter().map(|grant| grant.as_str().len() + 1).sum());
    for grant in grants {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(grant.as_str());
    }
    text
}

/// What a policy's own headers begin with: no other name is sure to mean nothing to a proxy (security rule 94).
const POLICY_HEADERS: &str = "x-policy-";

/// The one obligation that this door can see to: `header`, with exactly `name` and `value`, adds an `X-Policy-` header
/// to the answer.
pub(super) fn can_fulfil(obligation: &Obligation) -> bool {
    header(obligation).is_some()
}

fn header(obligation: &Obligation) -> Option<(HeaderName, HeaderValue)> {
    let argument = |wanted: &str| {
        obligation.arguments.iter().find_map(|(name, fact)| match fact {
            Fact::Text(text) if name == wanted => Some(text.as_str()),
            _ => None,
        })
    };
    if obligation.name != "header" || obligation.arguments.len() != 2 {
        return None;
    }
    let name = argument("name")?.to_ascii_lowercase();
    let name = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| name.starts_with(POLICY_HEADERS))?;
    Some((name, HeaderValue::from_str(argument("value")?).ok()?))
}
