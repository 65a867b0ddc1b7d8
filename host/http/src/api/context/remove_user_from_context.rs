//! `context/removeUserFromContext`: takes a user out of a context.

use serde_json::{Value, json};
use wardgate_manage::contexts::members::MemberRef;

use super::UserParams;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let UserParams { context, user } = UserParams::read(signed_in.params())?;
    let member = MemberRef::Id(&user);
    signed_in.manager().remove_member(&signed_in.caller, signed_in.tenant(), &context, member).await?;
    Ok(json!("OK"))
}
