//! What identity providers say: their discovery documents, their keys, and whose calls their tokens are. The only crate
//! that asks them anything.
//!
//! In reading order: [`ask`] sends a request where one may be sent, [`discovery`] and [`keys`] read the answers,
//! [`providers`] remembers them, [`token`] verifies, [`sign_in`] signs people in.

mod ask;
mod discovery;
mod keys;
mod providers;
mod sign_in;
mod token;

#[cfg(test)]
mod tests;

pub use keys::KeySet;
pub use providers::{Answers, ProviderError, Providers};
pub use sign_in::{Attempt, SignInError};
pub use token::{Claims, TokenFault, Unverified};
