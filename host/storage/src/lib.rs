//! Where things are kept: the only crate that knows SQL, and the only way to a tenant's things is a handle made from
//! the tenant's id.
//!
//! Read in this order: [`Store`], the handles ([`TenantStore`], [`Change`], [`Directory`]), one file per kind of thing
//! kept, what seals secrets, the [`DecisionLog`] and what it counts, the [`NonceStore`], and last what lies under them
//! all: statements, rows and the one file that knows which database it is.

mod store;

mod change;
mod directory;
mod part;
mod scope;
mod versions;

mod app_spaces;
mod app_users;
mod audit;
mod clients;
mod communication_keys;
mod components;
mod contexts;
mod declarations;
mod keys;
mod members;
mod policies;
mod policy_versions;
mod request_origins;
mod routes;
mod settings;
mod signing_keys;
mod solutions;
mod tenants;
mod tokens;
mod users;

mod data_keys;
mod seal;

mod decision_rows;
mod decisions;
mod usage;

mod nonces;

mod backend;
mod error;
mod row;
mod statement;

#[cfg(test)]
mod conformance;

pub use audit::AuditCheck;
pub use change::{Change, Visibility};
pub use decisions::{BatchPlace, DecisionBatch, DecisionLog, LogFull};
pub use directory::Directory;
pub use error::{Result, StorageError};
pub use nonces::{NonceRefused, NonceRules, NonceStore};
pub use part::{Mark, Part};
pub use scope::TenantStore;
pub use store::{Store, StoreKeys};
