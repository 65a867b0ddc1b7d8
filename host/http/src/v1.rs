//! `/v1`: Wardgate's own API.

pub(crate) mod check;
pub(crate) mod decisions;
