//! `context/setUserAcl`: what a user of a context may do.

use serde_json::{Value, json};

use super::user_acl;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, params};

params! {
    struct Params {
        required context: String = "contextId" => id,
        required user: String = "userId" => id,
        required acl: String = "acl" => user_acl,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { context, user, acl } = Params::read(signed_in.params())?;
    signed_in.manager().set_member_acl(&signed_in.caller, signed_in.tenant(), &context, &user, &acl).await?;
    Ok(json!("OK"))
}
