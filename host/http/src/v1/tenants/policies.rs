//! `/v1/tenants/{ccId}/policies`: a tenant's named uses of modules. Those of the cluster (`*`) are guards.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod read;
pub(crate) mod rollback;
pub(crate) mod shadow;
pub(crate) mod versions;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use wardgate_manage::policies::{NamedPolicy, Stands};

use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// A policy on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    version: u32,
    /// The name of a shipped module, else what `digest` says.
    module: &'a str,
    digest: String,
    permissions: Vec<String>,
    settings: Value,
}

impl<'a> Shown<'a> {
    fn new(policy: &'a NamedPolicy) -> Result<Self, Problem> {
        let binding = &policy.binding;
        Ok(Self {
            name: binding.name.as_str(),
            version: binding.version,
            module: &policy.module,
            digest: format!("sha256:{}", binding.module),
            permissions: binding.permissions.to_texts(),
            // They were JSON when they were kept.
            settings: serde_json::from_str(&binding.settings).map_err(|_| Problem::internal())?,
        })
    }
}

/// Which versions are in force and gone back to, after that was changed.
#[derive(Serialize)]
struct InForce {
    name: String,
    active: Option<u32>,
    previous: Option<u32>,
}

/// The answer to whoever changed what is in force: given once the next call needs not wait for it.
async fn in_force(shared: &Shared, of: &OfTenant, stands: Stands) -> Result<Response, Problem> {
    if shared.authorizer.warm(std::slice::from_ref(&of.tenant)).await.is_err() {
        tracing::warn!(tenant = %of.tenant, "a change of policy is kept, and the next call loads it");
    }
    let body = InForce { name: of.name.clone(), active: stands.standing.active, previous: stands.previous };
    Ok(Json(body).into_response())
}
