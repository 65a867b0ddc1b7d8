//! `manager/updateApiKey`: changes what is named and leaves the rest.

use serde_json::{Value, json};
use wardgate_domain::scope::Scopes;
use wardgate_domain::signing_key::{NAME_UNITS, SigningKeyChange};

use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{boolean, id, params, scopes, text};

params! {
    struct Params {
        required id: String = "id" => id,
        optional name: String = "name" => text(0, NAME_UNITS),
        optional scopes: Scopes = "scope" => scopes,
        optional enabled: bool = "enabled" => boolean,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { id, name, scopes, enabled } = Params::read(signed_in.params())?;
    let change = SigningKeyChange { name, scopes, enabled };
    signed_in.manager().change_signing_key(&signed_in.caller, signed_in.tenant(), &id, change).await?;
    Ok(json!("OK"))
}
