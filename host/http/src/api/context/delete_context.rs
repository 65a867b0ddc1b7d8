//! `context/deleteContext`: deletes a context with the users in it.

use serde_json::{Value, json};

use super::ContextParams;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let ContextParams { id } = ContextParams::read(signed_in.params())?;
    signed_in.manager().delete_context(&signed_in.caller, signed_in.tenant(), &id).await?;
    Ok(json!("OK"))
}
