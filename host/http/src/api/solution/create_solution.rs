//! `solution/createSolution`: makes a solution.

use serde_json::{Value, json};
use wardgate_domain::solution::NAME_UNITS;

use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{params, text};

params! {
    struct Params {
        required name: String = "name" => text(0, NAME_UNITS),
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { name } = Params::read(signed_in.params())?;
    let id = signed_in.manager().create_solution(&signed_in.caller, signed_in.tenant(), name).await?;
    Ok(json!({ "solutionId": id.as_str() }))
}
