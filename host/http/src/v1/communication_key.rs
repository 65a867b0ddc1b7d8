//! `/v1/communication-key`: by which gateways that are not on this machine show that they may ask for decisions.

pub(crate) mod delete;
pub(crate) mod generate;
pub(crate) mod read;

use serde::Serialize;
use wardgate_domain::communication_key::CommunicationKey;

use crate::time;

/// Bytes of a request.
const BODY_BYTES: usize = 4 * 1024;

/// One that was generated, on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    last4: &'a str,
    created: String,
    created_by: &'a str,
    /// When it stops being good, once another has taken its place.
    until: Option<String>,
    /// The key itself, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(key: &'a CommunicationKey, plain: Option<&'a str>) -> Self {
        Self {
            last4: &key.last4,
            created: time::to_text(key.created),
            created_by: &key.created_by,
            until: key.until.map(time::to_text),
            key: plain,
        }
    }
}
