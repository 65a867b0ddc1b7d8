//! `POST /v1/keys`: make a key. The answer's `key` is the key itself, this once.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use wardgate_domain::key::{Expiry, KeyFormat};
use wardgate_domain::rate::Rate;
use wardgate_manage::keys::{NewKey, NewSecret};

use super::{BODY_BYTES, RateBody, expiry, made, named_here};
use crate::call::{Call, SignedIn};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    tenant: Option<String>,
    name: String,
    permissions: Vec<String>,
    enabled: Option<bool>,
    expires: Option<Value>,
    rate: Option<RateBody>,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    addresses: Vec<String>,
}

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let given: Given = json::parse(&call.bytes(BODY_BYTES).await?)?;
    let tenant = signed_in.tenant_or(given.tenant.as_deref())?;
    let new = NewKey {
        secret: NewSecret::Made(KeyFormat::Wardgate),
        name: given.name,
        permissions: given.permissions,
        enabled: given.enabled.unwrap_or(true),
        expires: given.expires.as_ref().map(expiry).transpose()?.and_then(Expiry::end),
        rate: given.rate.map_or(Rate::KEY_DEFAULT, Rate::from),
        origins: given.origins,
        addresses: given.addresses,
    };
    let created = shared.manager.create_key(signed_in.caller(), &tenant, new).await;
    let (key, plain) = created.map_err(named_here)?;
    Ok(made(&signed_in, &key, &plain))
}
