//! Why a walk ends before its end.

use wardgate_domain::denial::{Denial, DenialCode};
use wardgate_openid::ProviderError;
use wardgate_storage::StorageError;

/// The walk ends here: with a no, or because nobody can say.
#[derive(Debug)]
pub enum Stop {
    /// A step said no.
    Denied(Denial),
    /// A part was out of reach. Becomes a refusal in `conclude.rs` and nowhere else.
    Unavailable(Unavailable),
}

/// What was out of reach; for the operator's log, never for the caller.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The database did not answer.
    #[error("storage: {0}")]
    Storage(#[from] StorageError),
    /// A look-up waited longer than its bound.
    #[error("a look-up waited too long")]
    Slow,
    /// There is no room for another nonce, or it could not be written down.
    #[error("the signature's nonce could not be kept")]
    Nonces,
    /// The policy engine could not run a guest.
    #[error("policy engine: {0}")]
    Engine(String),
    /// The cluster's own record is not there: the first start has not ended.
    #[error("the cluster is not set up")]
    NoCluster,
    /// Nothing is known of the provider whose token it is.
    #[error("identity provider: {0}")]
    Provider(#[from] ProviderError),
    /// All turns for slow policies of the tenant were taken.
    #[error("too many slow policy evaluations at a time")]
    Crowded,
}

impl From<DenialCode> for Stop {
    fn from(code: DenialCode) -> Self {
        Self::Denied(code.into())
    }
}

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<Unavailable> for Stop {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}
