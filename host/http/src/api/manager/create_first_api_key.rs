//! `manager/createFirstApiKey`: makes the key that all others come from, for whoever has the operator's token.

use serde_json::Value;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::signing_key::NAME_UNITS;

use super::{made, weighed};
use crate::api::call::Call;
use crate::api::error::RpcError;
use crate::api::params::{params, public_key, secret, text};

/// Length of the operator's token, in UTF-16 units.
const INITIALIZATION_TOKEN_UNITS: usize = 1_024;

params! {
    struct Params {
        required token: PlainSecret = "initializationToken" => secret(INITIALIZATION_TOKEN_UNITS),
        required name: String = "name" => text(0, NAME_UNITS),
        optional public_key: PublicKey = "publicKey" => public_key,
    }
}

pub(in crate::api) async fn call(call: &Call<'_>) -> Result<Value, RpcError> {
    let Params { token, name, public_key } = Params::read(&call.params)?;
    let made_for = call.tenant_named();
    let (key, secret) =
        weighed(call, async { Ok(call.manager().create_first_key(made_for, token.expose(), name, public_key).await?) })
            .await?;
    Ok(made(&key, secret.as_ref()))
}
