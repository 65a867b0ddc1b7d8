//! `context/getContext`: one context.

use serde_json::{Value, json};

use super::{ContextParams, shown};
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let ContextParams { id } = ContextParams::read(signed_in.params())?;
    let context = signed_in.manager().get_context(&signed_in.caller, signed_in.tenant(), &id).await?;
    Ok(json!({ "context": shown(&context) }))
}
