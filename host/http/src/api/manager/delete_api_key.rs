//! `manager/deleteApiKey`: deletes a key with its sessions.

use serde_json::{Value, json};

use super::KeyParams;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let KeyParams { id } = KeyParams::read(signed_in.params())?;
    signed_in.manager().delete_signing_key(&signed_in.caller, signed_in.tenant(), &id).await?;
    Ok(json!("OK"))
}
