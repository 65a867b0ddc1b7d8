//! `/v1/app-spaces/{id}/users`: the users that an App Space's services have bound.

pub(crate) mod delete;
pub(crate) mod list;
