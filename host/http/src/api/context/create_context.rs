//! `context/createContext`: makes a context in a solution.

use serde_json::{Value, json};
use wardgate_domain::context::{ContextScope, NAME_UNITS};
use wardgate_manage::contexts::NewContext;

use super::policy::policy;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, params, text, word};

params! {
    struct Params {
        required solution: String = "solution" => id,
        required name: String = "name" => text(0, NAME_UNITS),
        required description: String = "description" => text(0, NAME_UNITS),
        required scope: ContextScope = "scope" => word(ContextScope::parse),
        optional policy: String = "policy" => policy,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { solution, name, description, scope, policy } = Params::read(signed_in.params())?;
    let new = NewContext { solution: &solution, name, description, scope, policy };
    let id = signed_in.manager().create_context(&signed_in.caller, signed_in.tenant(), new).await?;
    Ok(json!({ "contextId": id.as_str() }))
}
