//! `manager/unsubscribeFromChannel`: the socket is no longer to be told.

use serde_json::{Value, json};

use super::channels;
use crate::api::call::SignedIn;
use crate::api::error::RpcError;

pub(in crate::api) fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let (socket, channels) = channels(signed_in)?;
    socket.unsubscribe(&channels);
    Ok(json!("OK"))
}
