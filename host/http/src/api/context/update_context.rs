//! `context/updateContext`: changes what is named and leaves the rest.

use serde_json::{Value, json};
use wardgate_domain::context::{ContextScope, NAME_UNITS};
use wardgate_manage::contexts::ContextChange;

use super::policy::policy;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, params, text, word};

params! {
    struct Params {
        required id: String = "contextId" => id,
        optional name: String = "name" => text(0, NAME_UNITS),
        optional description: String = "description" => text(0, NAME_UNITS),
        optional scope: ContextScope = "scope" => word(ContextScope::parse),
        optional policy: String = "policy" => policy,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { id, name, description, scope, policy } = Params::read(signed_in.params())?;
    let change = ContextChange { name, description, scope, policy };
    signed_in.manager().update_context(&signed_in.caller, signed_in.tenant(), &id, change).await?;
    Ok(json!("OK"))
}
