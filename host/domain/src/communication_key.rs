//! The communication key: what a gateway shows to a node that asks who asks (the dialect's `COMM_SERVER_KEY`).

use crate::clock::Timestamp;
use crate::secret::SecretHash;

/// The header that it is sent in.
pub const COMM_SERVER_KEY: &str = "x-comm-server-key";

/// One that was generated here, as it is kept: recognised, never shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunicationKey {
    /// How it is recognised.
    pub hash: SecretHash,
    /// Its last four characters.
    pub last4: String,
    /// When it was generated.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops being good, once another has taken its place.
    pub until: Option<Timestamp>,
}

impl CommunicationKey {
    /// Whether it is good at a time.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
