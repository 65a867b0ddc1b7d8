//! Where guests run: uploaded policies are checked, prepared and asked here, and nowhere else is wasmtime known.
//!
//! Everything that comes out of a guest is untrusted: it is bounded, checked and cleaned before anybody sees it.
//! Read in this order: [`Engine`], [`Module`] (what was uploaded), [`Policy`] (a module with a tenant's settings),
//! [`Memo`] (what it answered before).

mod answer;
mod artefacts;
mod aside;
mod bindings;
pub mod cases;
pub mod compile;
mod convert;
mod cost;
mod description;
mod engine;
mod failure;
mod given;
mod guest;
mod library;
pub mod limits;
mod linkers;
mod log;
mod memo;
mod module;
mod patience;
mod policy;
mod prepare;
mod text;
mod time;
mod wasi;

#[cfg(test)]
mod tests;

pub use artefacts::{ArtefactKey, Artefacts};
pub use aside::aside;
pub use description::{Description, Read};
pub use engine::{Engine, EngineError, EngineOptions};
pub use library::{Library, MakeError, SHIPPED, Workshop};
pub use limits::Bounds;
pub use log::{LogLevel, LogLine};
pub use memo::Memo;
pub use module::{LoadError, Module, World};
pub use policy::{Evaluation, Policy, VersionDigest};
pub use prepare::{PrepareError, Problem};
