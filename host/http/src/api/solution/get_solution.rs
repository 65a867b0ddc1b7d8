//! `solution/getSolution`: one solution.

use serde_json::{Value, json};

use super::{SolutionParams, shown};
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let SolutionParams { id } = SolutionParams::read(signed_in.params())?;
    let solution = signed_in.manager().get_solution(&signed_in.caller, signed_in.tenant(), &id).await?;
    Ok(json!({ "solution": shown(&solution) }))
}
