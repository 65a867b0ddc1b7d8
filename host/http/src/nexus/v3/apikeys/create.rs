//! `POST /nexus/v3/apikeys`: make a key. The answer's `id` is the key itself, this once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use wardgate_domain::TenantId;
use wardgate_domain::key::Expiry;
use wardgate_domain::rate::Rate;
use wardgate_manage::keys::NewKey;

use super::{BODY_BYTES, Given, Shown};
use crate::call::{Call, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn post(State(shared): State<Shared>, signed_in: SignedIn, call: Call) -> Result<Response, Problem> {
    let (given, wrapped) = Given::read(&call.bytes(BODY_BYTES).await?)?;
    let tenant = match &given.tenant {
        Some(named) if signed_in.names_another(named) => {
            return Err(Problem::invalid_parameter("/tenant", "two different tenants are named"));
        }
        Some(named) => TenantId::parse(named).map_err(|e| Problem::invalid_parameter("/tenant", e.to_string()))?,
        None => signed_in.tenant().clone(),
    };
    let (key, plain) = shared.manager.create_key(signed_in.caller(), &tenant, new_key(given)?).await?;
    // An ops user finds another tenant's key by naming the tenant, too.
    let whose = if tenant == signed_in.caller().tenant { String::new() } else { format!("?tenant={tenant}") };
    let location = [(LOCATION, format!("/nexus/v3/apikeys/{}{whose}", key.id))];
    Ok((location, wrapped.answer(StatusCode::CREATED, Shown::with_key(&key, &plain))).into_response())
}

fn new_key(given: Given) -> Result<NewKey, Problem> {
    let missing = |field: &'static str| Problem::invalid_parameter(field, "is missing");
    if given.revoke()? {
        return Err(Problem::invalid_parameter("/revoked", "a new key cannot be revoked"));
    }
    Ok(NewKey {
        expires: given.expires()?.and_then(Expiry::end),
        name: given.name.ok_or_else(|| missing("/name"))?,
        permissions: given.permissions.ok_or_else(|| missing("/permissions"))?,
        enabled: given.enabled.unwrap_or(true),
        rate: Rate {
            capacity: given.capacity.unwrap_or(Rate::KEY_DEFAULT.capacity),
            frequency_s: given.frequency.unwrap_or(Rate::KEY_DEFAULT.frequency_s),
        },
    })
}
