//! `/v1/app-spaces/{id}/origins`: the Request Origins of an App Space.

pub(crate) mod create;
pub(crate) mod list;
