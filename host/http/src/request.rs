//! What comes in: bodies that are bounded, JSON and forms that are strict, and the name of the request.

pub mod body;
pub mod cookie;
pub mod form;
pub mod id;
pub mod json;
pub mod media_type;
pub(crate) mod of_tenant;
pub mod own_page;
pub mod page;
pub(crate) mod unattended;
