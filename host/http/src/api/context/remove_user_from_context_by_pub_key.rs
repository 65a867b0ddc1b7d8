//! `context/removeUserFromContextByPubKey`: takes the user with a public key out of a context.

use serde_json::{Value, json};
use wardgate_manage::contexts::members::MemberRef;

use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, member_key, params};

params! {
    struct Params {
        required context: String = "contextId" => id,
        required public_key: String = "userPubKey" => member_key,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { context, public_key } = Params::read(signed_in.params())?;
    let member = MemberRef::PublicKey(&public_key);
    signed_in.manager().remove_member(&signed_in.caller, signed_in.tenant(), &context, member).await?;
    Ok(json!("OK"))
}
