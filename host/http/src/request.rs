//! What comes in: bodies that are bounded, JSON and forms that are strict, and the name of the request.

pub mod body;
pub mod form;
pub mod id;
pub mod json;
