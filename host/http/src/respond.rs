//! How the doors say no: each in its own dialect, all from the values in here.

pub mod gws;
pub mod nexus;
pub mod oauth;
pub(crate) mod page;
pub mod problem;
