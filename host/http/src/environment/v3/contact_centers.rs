//! `/environment/v3/contact-centers`: tenants as GWS knows them.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod settings;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wardgate_domain::tenant::{ENVIRONMENT_ID, Tenant, TenantState};

use crate::request::json;
use crate::respond::problem::Problem;

/// Bytes of a contact center or a setting in JSON: the longest value fits however it is escaped.
const BODY_BYTES: usize = 128 * 1024;

/// A contact center on the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    state: &'static str,
    environment_id: &'static str,
}

impl<'a> Shown<'a> {
    fn new(tenant: &'a Tenant) -> Self {
        let Tenant { id, name, state, .. } = tenant;
        Self { id: id.as_str(), name, state: state.as_str(), environment_id: ENVIRONMENT_ID }
    }
}

/// What a body says about a contact center. What only the server sets may stand in it, as in one that was read before,
/// and is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    id: Option<String>,
    name: Option<String>,
    state: Option<String>,
    #[serde(rename = "environmentId")]
    _environment_id: Option<Value>,
}

impl Given {
    fn state(&self) -> Result<Option<TenantState>, Problem> {
        let read = |text: &String| {
            let rule = "must be active or suspended";
            TenantState::parse(text).ok_or_else(|| Problem::invalid_parameter("/data/state", rule))
        };
        self.state.as_ref().map(read).transpose()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<T> {
    data: T,
}

/// Reads a body in the envelope of GWS.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    Ok(json::parse::<Envelope<T>>(body)?.data)
}

/// What is wrong with a member, by the place that it has in the envelope.
fn in_data(mut problem: Problem) -> Problem {
    for fault in &mut problem.errors {
        if fault.location.starts_with('/') {
            fault.location = format!("/data{}", fault.location).into();
        }
    }
    problem
}
