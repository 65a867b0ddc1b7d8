//! `/v1/origins/{id}/credentials`: what a Request Origin shows.

pub(crate) mod create;
pub(crate) mod delete;
