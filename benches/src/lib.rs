//! What the benchmarks share: a furnished [`Ground`] to measure on, [`Server`] processes of their own, the [`load`] that
//! drives them, the [`signer`] of signed calls, and the arithmetic of [`figures`]. Nothing here is tuned to please.

pub mod figures;
mod ground;
pub mod load;
mod server;
pub mod signer;

pub use ground::{Ground, PERMISSION, SHOP, TARGET, bodiless_headers, headers, ops};
pub use server::Server;

/// Whatever kept a benchmark from ending; it only has to be shown.
pub type Trouble = Box<dyn std::error::Error>;
