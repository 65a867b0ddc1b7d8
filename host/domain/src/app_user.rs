//! Bound users: whom the services of an App Space with a simple provider have named to us (reference privakey.md, "Auth
//! service API").

use crate::clock::Timestamp;
use crate::id::{AppSpaceId, AppUserId};

/// A user of an App Space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppUser {
    /// What he is called by for good: the dialect's `privakeyId`.
    pub id: AppUserId,
    /// Of which application.
    pub app_space: AppSpaceId,
    /// What its services call him.
    pub account: String,
    /// What they say of him, as they wrote it.
    pub info: Option<String>,
    /// When he was first bound.
    pub created: Timestamp,
    /// When he was last bound.
    pub bound: Timestamp,
}
