//! `context/addSolutionToContext`: lets another solution use a context.

use serde_json::{Value, json};

use super::ShareParams;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let ShareParams { context, solution } = ShareParams::read(signed_in.params())?;
    signed_in.manager().share_context(&signed_in.caller, signed_in.tenant(), &context, &solution).await?;
    Ok(json!("OK"))
}
