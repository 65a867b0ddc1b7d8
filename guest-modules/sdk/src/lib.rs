//! The kit for writing a Wardgate policy in Rust: typed settings, typed attributes, a verdict, and one macro that makes
//! a component of them. It brings an allocator and a panic handler that keep a fresh evaluation down to microseconds.
#![no_std]

#[doc(hidden)]
pub extern crate alloc;

pub mod address;
#[cfg(all(target_arch = "wasm32", not(feature = "std")))]
mod arena;
mod attributes;
#[doc(hidden)]
pub mod bindings;
#[cfg(all(target_arch = "wasm32", not(feature = "std")))]
mod halt;
pub mod pattern;
mod policy;
mod problems;
mod settings;
mod verdict;

pub use attributes::FromValue;
pub use bindings::exports::wardgate::policy::policy::{Ask, Description, Problem, Verdict};
pub use bindings::wardgate::policy::types::{Attribute, Effect, Obligation, Reason, Value};
pub use policy::{Policy, describe, evaluate, prepare};
pub use problems::Problems;
pub use verdict::{Answer, Failure, abstain, allow, deny};

#[doc(hidden)]
pub use attributes::read;

/// Compiles the example that the README shows.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
