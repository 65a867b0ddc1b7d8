//! `solution/listSolutions`: all solutions of the tenant.

use serde_json::{Value, json};

use super::shown;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::nothing;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    nothing(signed_in.params())?;
    let solutions = signed_in.manager().list_solutions(&signed_in.caller, signed_in.tenant()).await?;
    Ok(json!({ "list": solutions.iter().map(shown).collect::<Vec<_>>() }))
}
