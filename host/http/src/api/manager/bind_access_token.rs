//! `manager/bindAccessToken`: lets a token speak for the calls of this socket that bring none.

use serde_json::{Value, json};
use wardgate_domain::secret::PlainSecret;

use super::TOKEN_UNITS;
use crate::api::call::Call;
use crate::api::error::{RpcCode, RpcError};
use crate::api::params::{params, secret};

params! {
    struct Params {
        required token: PlainSecret = "accessToken" => secret(TOKEN_UNITS),
    }
}

pub(in crate::api) async fn call(call: &Call<'_>) -> Result<Value, RpcError> {
    let Params { token } = Params::read(&call.params)?;
    let socket = call.from.socket.ok_or(RpcCode::MethodCallableWithWebsocketOnly)?;
    call.check_token(&token).await.map_err(|error| match error.code() {
        Some(RpcCode::Unauthorized) => RpcCode::InvalidToken.into(),
        _ => error,
    })?;
    socket.bind(token);
    Ok(json!("OK"))
}
