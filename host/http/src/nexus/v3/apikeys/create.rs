//! `POST /nexus/v3/apikeys`: make a key, or take over one that the caller brings as `id`. The answer's `id` is the key
//! itself, this once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde_json::Value;
use wardgate_domain::key::{Expiry, KeyFormat};
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::keys::{NewKey, NewSecret};

use super::{BODY_BYTES, Given, Shown, path, read};
use crate::call::{Call, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let (given, wrapped) = read::<Given>(&call.bytes(BODY_BYTES).await?)?;
    let tenant = signed_in.tenant_or(given.tenant.as_deref())?;
    let (key, plain) = shared.manager.create_key(signed_in.caller(), &tenant, new_key(given)?).await?;
    let location = [(LOCATION, signed_in.location(&path(&key), &tenant))];
    Ok((location, wrapped.answer(StatusCode::CREATED, Shown::with_key(&key, &plain))).into_response())
}

fn new_key(given: Given) -> Result<NewKey, Problem> {
    let missing = |field: &'static str| Problem::invalid_parameter(field, "is missing");
    if given.revoke()? {
        return Err(Problem::invalid_parameter("/revoked", "a new key cannot be revoked"));
    }
    let expires = given.expires()?.and_then(Expiry::end);
    Ok(NewKey {
        secret: match given.id {
            None => NewSecret::Made(KeyFormat::Uuid),
            Some(Value::String(text)) => NewSecret::Brought(PlainSecret::new(text)),
            Some(_) => return Err(Problem::invalid_parameter("/id", "must be a string")),
        },
        expires,
        name: given.name.ok_or_else(|| missing("/name"))?,
        permissions: given.permissions.ok_or_else(|| missing("/permissions"))?,
        enabled: given.enabled.unwrap_or(true),
        origins: given.origins.unwrap_or_default(),
        addresses: given.addresses.unwrap_or_default(),
        rate: Rate {
            capacity: given.capacity.unwrap_or(Rate::KEY_DEFAULT.capacity),
            frequency_s: given.frequency.unwrap_or(Rate::KEY_DEFAULT.frequency_s),
        },
    })
}
