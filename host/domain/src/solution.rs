//! Solutions: what a PrivMX tenant groups its contexts by.

use crate::clock::Timestamp;
use crate::id::{SolutionId, TenantId};

/// Length of a solution's name, in UTF-16 units.
pub const NAME_UNITS: usize = 256;

/// An application of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Unique inside the tenant.
    pub id: SolutionId,
    /// Whose.
    pub tenant: TenantId,
    /// For people; may be empty.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}
