//! Where things are kept: the only crate that knows SQL, and the only way to a tenant's things is a handle made from
//! the tenant's id.
//!
//! Read in this order: [`Store`], the handles ([`TenantStore`], [`Change`], [`Directory`]), one file per kind of thing
//! kept, what seals secrets, the [`DecisionLog`], the [`NonceStore`], and last what lies under them all: statements, rows and the one file that knows which
//! database it is.

mod store;

mod change;
mod directory;
mod part;
mod scope;
mod versions;

mod audit;
mod clients;
mod contexts;
mod keys;
mod members;
mod policies;
mod routes;
mod signing_keys;
mod solutions;
mod tenants;
mod tokens;
mod users;

mod data_keys;
mod seal;

mod decision_rows;
mod decisions;

mod nonces;

mod backend;
mod error;
mod row;
mod statement;

#[cfg(test)]
mod conformance;

pub use audit::AuditCheck;
pub use change::{Change, Visibility};
pub use decisions::{DecisionLog, LogFull};
pub use directory::Directory;
pub use error::{Result, StorageError};
pub use nonces::{NonceRefused, NonceRules, NonceStore};
pub use part::{Mark, Part};
pub use scope::TenantStore;
pub use store::{Store, StoreKeys};
