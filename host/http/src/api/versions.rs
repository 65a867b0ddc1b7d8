//! `versions`: which versions of the end users' API there are. Clients ask it to see whether somebody is there.

use serde_json::{Value, json};

use super::call::Call;
use super::error::RpcError;
use super::params::nothing;

pub(super) fn call(call: &Call<'_>) -> Result<Value, RpcError> {
    nothing(&call.params)?;
    Ok(json!(["v2.0"]))
}
