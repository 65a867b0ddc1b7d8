//! `/v1/origins/{id}`: one Request Origin, named by its GUID, which its own calls name it by, too.

pub(crate) mod change;
pub(crate) mod credentials;
pub(crate) mod delete;
pub(crate) mod read;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use serde::Serialize;
use wardgate_domain::Timestamp;
use wardgate_domain::request_origin::{OriginCredential, OriginKind, RequestOrigin};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::Role;

use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::time;

/// Bytes of a Request Origin in JSON: as many callbacks and grants as there may be.
pub(super) const BODY_BYTES: usize = 128 * 1024;

/// A Request Origin on the wire.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    /// The GUID: what its calls name it by ("User Id").
    id: &'a str,
    tenant: &'a str,
    app_space: String,
    name: &'a str,
    enabled: bool,
    role: &'static str,
    grants: Vec<String>,
    kind: &'static str,
    /// What it shows, if it was not revoked.
    credential: Option<ShownCredential<'a>>,
    /// What it showed before, while that works on.
    previous: Option<ShownCredential<'a>>,
    callbacks: Vec<String>,
    created: String,
    created_by: &'a str,
    last_used: Option<String>,
    /// The secret that was made, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

#[derive(Serialize)]
struct ShownCredential<'a> {
    kind: &'static str,
    last4: &'a str,
    created: String,
    /// When it works no more.
    expires: Option<String>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(origin: &'a RequestOrigin) -> Self {
        let previous = origin.previous.as_ref();
        Self {
            id: origin.id.as_str(),
            tenant: origin.tenant.as_str(),
            app_space: origin.app_space.to_string(),
            name: &origin.name,
            enabled: origin.enabled,
            role: origin.role.as_str(),
            grants: origin.grants.to_texts(),
            kind: origin.kind.as_str(),
            credential: origin.current.as_ref().map(|credential| ShownCredential::new(credential, None)),
            previous: previous.map(|(credential, until)| ShownCredential::new(credential, Some(*until))),
            callbacks: origin.callbacks.to_texts(),
            created: time::to_text(origin.created),
            created_by: &origin.created_by,
            last_used: origin.last_used.map(time::to_text),
            secret: None,
        }
    }
}

impl<'a> ShownCredential<'a> {
    fn new(credential: &'a OriginCredential, until: Option<Timestamp>) -> Self {
        Self {
            kind: credential.secret.kind().as_str(),
            last4: &credential.last4,
            created: time::to_text(credential.made),
            expires: until.map(time::to_text),
        }
    }
}

/// The one answer that has the secret itself.
pub(super) fn made(status: StatusCode, signed_in: &SignedIn, origin: &RequestOrigin, secret: &PlainSecret) -> Response {
    let location = signed_in.location(&format!("/v1/origins/{}", origin.id), &origin.tenant);
    let shown = Shown { secret: Some(secret.expose()), ..Shown::new(origin) };
    (status, [(LOCATION, location.as_str()), (CACHE_CONTROL, "no-store")], Json(shown)).into_response()
}

pub(super) fn kind(text: &str) -> Result<OriginKind, Problem> {
    OriginKind::parse(text).ok_or_else(|| Problem::invalid_parameter("/kind", "must be hmac or basic"))
}

pub(super) fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).ok_or_else(|| Problem::invalid_parameter("/role", "must be member or admin"))
}
