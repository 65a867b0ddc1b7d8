//! `/portal`: the pages for people, and the session that lets them call the public API.

pub(crate) mod assets;
mod cookie;
pub(crate) mod credential;
pub(crate) mod csp_reports;
pub(crate) mod page;
pub(crate) mod provider;
pub(crate) mod session;
