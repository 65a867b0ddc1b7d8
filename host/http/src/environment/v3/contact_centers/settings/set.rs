//! `POST /environment/v3/contact-centers/{ccId}/settings`: set something, in place of what had its location and name.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wardgate_domain::setting::Setting;

use super::super::{BODY_BYTES, in_data, read};
use super::answer;
use crate::call::{Administrator, Call};
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    location: Option<String>,
    name: String,
    shared: Option<Flag>,
    value: String,
}

/// Scripts write it with and without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(String),
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    call: Call,
) -> Result<Response, Problem> {
    let given: Given = read(&call.bytes(BODY_BYTES).await?)?;
    let is_shared = match given.shared {
        None => false,
        Some(Flag::Bool(flag)) => flag,
        Some(Flag::Text(text)) => {
            text.parse().map_err(|_| Problem::invalid_parameter("/data/shared", "must be true or false"))?
        }
    };
    let setting = Setting {
        location: given.location.unwrap_or_else(|| "/".to_owned()),
        name: given.name,
        shared: is_shared,
        value: given.value,
    };
    let settings = shared.manager.put_setting(administrator.caller(), &of.tenant, setting).await;
    Ok(answer(&settings.map_err(|e| in_data(e.into()))?))
}
