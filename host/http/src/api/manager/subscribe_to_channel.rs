//! `manager/subscribeToChannel`: the socket is to be told what happens in the containers of these kinds.

use serde_json::{Value, json};

use super::channels;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let (socket, channels) = channels(signed_in)?;
    socket.subscribe(&channels);
    Ok(json!("OK"))
}
