//! `solution/updateSolution`: gives a solution another name.

use serde_json::{Value, json};
use wardgate_domain::solution::NAME_UNITS;

use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, params, text};

params! {
    struct Params {
        required id: String = "id" => id,
        required name: String = "name" => text(0, NAME_UNITS),
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { id, name } = Params::read(signed_in.params())?;
    signed_in.manager().update_solution(&signed_in.caller, signed_in.tenant(), &id, name).await?;
    Ok(json!("OK"))
}
