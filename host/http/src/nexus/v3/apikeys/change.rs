//! `PUT` and `PATCH /nexus/v3/apikeys/{id}`: name, permissions, enabled, expiry, rate, places; and `"revoked": true`,
//! which is for good. PUT states the whole key, so it needs what creation needs; PATCH states what changes.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use wardgate_domain::rate::Rate;
use wardgate_manage::keys::KeyPatch;

use super::{BODY_BYTES, Given, Shown, read};
use crate::call::{Call, Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn patch(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    change(&shared, &signed_in, &id, call, Ok).await
}

pub(crate) async fn put(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    call: Call,
) -> Result<Response, Problem> {
    change(&shared, &signed_in, &id, call, whole).await
}

async fn change(
    shared: &Shared,
    signed_in: &SignedIn,
    id: &str,
    call: Call,
    complete: impl FnOnce(Given) -> Result<Given, Problem>,
) -> Result<Response, Problem> {
    let (given, wrapped) = read::<Given>(&call.bytes(BODY_BYTES).await?)?;
    let given = complete(given)?;
    if given.tenant.as_ref().is_some_and(|named| *named != signed_in.tenant().as_str()) {
        return Err(Problem::invalid_parameter("/tenant", "a key cannot move to another tenant"));
    }
    let patch = KeyPatch {
        expires: given.expires()?,
        revoke: given.revoke()?,
        name: given.name,
        permissions: given.permissions,
        enabled: given.enabled,
        capacity: given.capacity,
        frequency_s: given.frequency,
        origins: given.origins,
        addresses: given.addresses,
    };
    let key = shared.manager.change_key(signed_in.caller(), signed_in.tenant(), id, patch).await?;
    Ok(wrapped.answer(StatusCode::OK, Shown::by_handle(&key)))
}

/// What PUT leaves out takes the value that a new key would have. Where the key may be used from stays as it is: a client
/// of the dialect that does not know of it must not open it to the world.
fn whole(given: Given) -> Result<Given, Problem> {
    if given.name.is_none() {
        return Err(Problem::invalid_parameter("/name", "is missing"));
    }
    if given.permissions.is_none() {
        return Err(Problem::invalid_parameter("/permissions", "is missing"));
    }
    Ok(Given {
        enabled: given.enabled.or(Some(true)),
        expires: given.expires.or(Some(false.into())),
        capacity: given.capacity.or(Some(Rate::KEY_DEFAULT.capacity)),
        frequency: given.frequency.or(Some(Rate::KEY_DEFAULT.frequency_s)),
        ..given
    })
}
