//! `/v1/app-spaces`: a tenant's applications, each with its identity provider, and the Request Origins that it lets ask.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod origins;
mod provider;
pub(crate) mod read;
pub(crate) mod users;

use serde::Serialize;
use wardgate_domain::app_space::AppSpace;

use crate::time;
use provider::{ProviderBody, ShownProvider};

/// Bytes of an App Space in JSON.
const BODY_BYTES: usize = 64 * 1024;

/// An App Space on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    tenant: &'a str,
    name: &'a str,
    /// Scheme and host of what its origins sign.
    base_urls: &'a [String],
    provider: ShownProvider<'a>,
    created: String,
}

impl<'a> Shown<'a> {
    fn new(space: &'a AppSpace) -> Self {
        Self {
            id: space.id.to_string(),
            tenant: space.tenant.as_str(),
            name: &space.name,
            base_urls: &space.base_urls,
            provider: ShownProvider::new(&space.provider),
            created: time::to_text(space.created),
        }
    }
}
