//! `/admin/api/companies/…`: companies, App Spaces, Request Origins and their keys as Privakey's older tools make them
//! (reference privakey.md, "Admin API"). A company is a tenant; whoever may do the same by `/v1` may do it here, among them
//! an origin of the cluster that is an admin: the dialect's super credential. Unknown members are not looked at.

pub(crate) mod app_spaces;
pub(crate) mod callbacks;
pub(crate) mod companies;
pub(crate) mod key_management;
pub(crate) mod request_origins;

use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use http::request::Parts;
use serde_json::json;
use wardgate_domain::TenantId;

use crate::call::named_tenant;
use crate::respond::problem::Problem;

/// Bytes of a request.
const BODY_BYTES: usize = 16 * 1024;

/// What a path names. A text that cannot be an id names nothing that exists.
pub(crate) struct Place {
    company: TenantId,
    space: String,
    origin: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let members = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Path(mut members) = members.map_err(|_| Problem::not_found())?;
        let company = members.remove("company").and_then(|id| TenantId::parse(&id).ok());
        let company = company.ok_or_else(Problem::not_found)?;
        if named_tenant(parts)?.is_some_and(|named| named != company) {
            return Err(Problem::invalid_parameter("tenant", "two different tenants are named"));
        }
        let mut member = |name: &str| members.remove(name).unwrap_or_default();
        Ok(Self { company, space: member("space"), origin: member("origin") })
    }
}

/// The answer to a creation: what was made is named by the last segment of `Location` and nowhere else.
fn made(location: String) -> Response {
    (StatusCode::CREATED, [(LOCATION, location)], Json(json!({}))).into_response()
}
