//! The door for machines: HTTP. A URL is a path of folders here, and an operation is a file.
//!
//! [`routes`] is the table of all of them; [`serve`] accepts connections, [`request`] reads what came, [`respond`] says
//! no in each dialect. Handlers parse, call one use case and shape the answer; they decide nothing.

mod app;
mod routes;
mod shared;
mod call;
mod cors;
mod trust;
mod visitors;
mod public_url;
mod issuer;

mod admin_api;
mod api;
mod auth;
mod environment;
mod forward;
mod nexus;
mod portal;
mod well_known;
mod v1;
mod operate;
mod origin_api;
mod time;

pub mod client;
pub mod control;
pub mod metrics;
pub mod request;
pub mod respond;
pub mod serve;

pub use api::{ApiOptions, RPC_ERRORS, RpcCode};
pub use app::{App, AppParts};
pub use issuer::Issuer;
pub use public_url::PublicUrl;
pub use routes::{Audience, ROUTES, RouteLine};
pub use trust::Trust;
pub use visitors::Visitors;
