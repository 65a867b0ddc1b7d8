//! `context/getUserFromContextByPubKey`: the user of a context with a public key. The member is not called as elsewhere.

use serde_json::{Value, json};
use wardgate_manage::contexts::members::MemberRef;

use super::shown_user;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{id, member_key, params};

params! {
    struct Params {
        required context: String = "contextId" => id,
        required public_key: String = "pubKey" => member_key,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { context, public_key } = Params::read(signed_in.params())?;
    let member = MemberRef::PublicKey(&public_key);
    let user = signed_in.manager().get_member(&signed_in.caller, signed_in.tenant(), &context, member).await?;
    Ok(json!({ "user": shown_user(&user) }))
}
