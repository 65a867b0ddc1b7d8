//! `manager/getApiKey`: one key.

use serde_json::{Value, json};

use super::{KeyParams, shown};
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let KeyParams { id } = KeyParams::read(signed_in.params())?;
    let key = signed_in.manager().get_signing_key(&signed_in.caller, signed_in.tenant(), &id).await?;
    Ok(json!({ "apiKey": shown(&key) }))
}
