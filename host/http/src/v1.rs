//! `/v1`: Wardgate's own API.

pub(crate) mod app_spaces;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod communication_key;
pub(crate) mod decisions;
pub(crate) mod explain;
pub(crate) mod flips;
pub(crate) mod keys;
pub(crate) mod origins;
pub(crate) mod policies;
pub(crate) mod tenants;
pub(crate) mod usage;
pub(crate) mod users;
