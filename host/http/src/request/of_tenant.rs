//! The tenant in a path, `{ccId}`, and what else its route has a member for.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use wardgate_domain::TenantId;

use crate::call::named_tenant;
use crate::respond::problem::Problem;

/// Whose things a path is about. A text that cannot be a tenant's id names nothing that exists.
pub(crate) struct OfTenant {
    pub(crate) tenant: TenantId,
    /// The `{name}` of the route; empty where it has none.
    pub(crate) name: String,
    /// The `{version}` of the route, which nothing has where it is no number; 0 where the route has none.
    pub(crate) version: u32,
}

impl<S: Send + Sync> FromRequestParts<S> for OfTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let members = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Path(mut members) = members.map_err(|_| Problem::not_found())?;
        let tenant = members.remove("ccId").and_then(|id| TenantId::parse(&id).ok()).ok_or_else(Problem::not_found)?;
        if named_tenant(parts)?.is_some_and(|named| named != tenant) {
            return Err(Problem::invalid_parameter("tenant", "two different tenants are named"));
        }
        let version = members.remove("version").map_or(Some(0), |text| number(&text)).ok_or_else(Problem::not_found)?;
        Ok(Self { tenant, name: members.remove("name").unwrap_or_default(), version })
    }
}

/// A number in its one spelling, so that a version has one address.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}
