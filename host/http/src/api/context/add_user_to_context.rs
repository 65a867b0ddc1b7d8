//! `context/addUserToContext`: puts a user into a context, or gives one who is there another public key.

use serde_json::{Value, json};

use super::user_acl;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, member_key, params};

params! {
    struct Params {
        required context: String = "contextId" => id,
        required user: String = "userId" => id,
        required public_key: String = "userPubKey" => member_key,
        optional acl: String = "acl" => user_acl,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { context, user, public_key, acl } = Params::read(signed_in.params())?;
    let (caller, tenant) = (&signed_in.caller, signed_in.tenant());
    signed_in.manager().put_member(caller, tenant, &context, &user, &public_key, acl.as_deref()).await?;
    Ok(json!("OK"))
}
