//! `solution/deleteSolution`: deletes a solution that has no contexts.

use serde_json::{Value, json};

use super::SolutionParams;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let SolutionParams { id } = SolutionParams::read(signed_in.params())?;
    signed_in.manager().delete_solution(&signed_in.caller, signed_in.tenant(), &id).await?;
    Ok(json!("OK"))
}
