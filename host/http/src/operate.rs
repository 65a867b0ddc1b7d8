//! For operators: health, metrics and the page of errors.

pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod metrics;
