//! The door for machines: HTTP. A URL is a path of folders here, and an operation is a file.
//!
//! [`routes`] is the table of all of them; [`serve`] accepts connections, [`request`] reads what came, [`respond`] says
//! no in each dialect. Handlers parse, call one use case and shape the answer; they decide nothing.

mod app;
mod routes;
mod shared;
mod call;
mod trust;

mod api;
mod auth;
mod forward;
mod nexus;
mod v1;
mod operate;
mod time;

pub mod metrics;
pub mod request;
pub mod respond;
pub mod serve;

pub use api::{ApiOptions, RPC_ERRORS, RpcCode};
pub use app::App;
pub use routes::{Audience, ROUTES, RouteLine};
pub use trust::Trust;
