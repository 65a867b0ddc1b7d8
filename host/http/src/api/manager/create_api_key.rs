//! `manager/createApiKey`: makes a key. The answer shows its secret, this once.

use serde_json::Value;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::scope::Scopes;
use wardgate_domain::signing_key::NAME_UNITS;
use wardgate_manage::signing_keys::NewSigningKey;

use super::made;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{params, public_key, scopes, text};

params! {
    struct Params {
        required name: String = "name" => text(0, NAME_UNITS),
        required scopes: Scopes = "scope" => scopes,
        optional public_key: PublicKey = "publicKey" => public_key,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { name, scopes, public_key } = Params::read(signed_in.params())?;
    let new = NewSigningKey { name, scopes, public_key };
    let (key, secret) = signed_in.manager().create_signing_key(&signed_in.caller, signed_in.tenant(), new).await?;
    Ok(made(&key, secret.as_ref()))
}
