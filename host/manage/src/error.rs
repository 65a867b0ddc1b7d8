//! How a use case says no. Doors put it into their dialects.

use std::fmt::Display;

use wardgate_domain::permission::InvalidPermission;
use wardgate_storage::StorageError;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// Something given is not legal. `field` is the member's name.
    #[error("{field}: {message}")]
    Invalid {
        /// The member that is wrong.
        field: &'static str,
        /// What it must be.
        message: String,
    },
    /// There is no such thing, or the caller may not know of it (security rule 73).
    #[error("not found")]
    NotFound,
    /// The caller may know of it, but not do this.
    #[error("not allowed")]
    Forbidden,
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(&'static str),
    /// A plan's bound is reached.
    #[error("{0}")]
    LimitReached(&'static str),
    /// A part was out of reach; nothing was changed.
    #[error("unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ManageError {
    /// `field` is not legal.
    pub fn invalid(field: &'static str, message: impl Display) -> Self {
        Self::Invalid { field, message: message.to_string() }
    }
}

impl From<StorageError> for ManageError {
    fn from(e: StorageError) -> Self {
        match e {
            StorageError::Conflict { .. } => Self::Conflict("it exists already"),
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<InvalidPermission> for ManageError {
    fn from(e: InvalidPermission) -> Self {
        Self::invalid("permissions", e)
    }
}
