//! What the tests stand on: a server inside the test or beside it, the people who call it, and their answers.

mod actor;
mod answer;
mod backend;
mod database;
mod import;
mod json;
mod keys;
mod signer;
mod privmx;
mod process;
mod raw;
mod samples;
mod secrets;
mod server;
mod setup;
mod skip;
mod socket;

pub(crate) use actor::Actor;
pub(crate) use answer::Answer;
pub(crate) use backend::{Backend, Heard, Say};
pub(crate) use database::{audit, execute};
pub(crate) use import::import;
pub(crate) use json::member_names;
pub(crate) use keys::{APIKEYS, CHAT, Key};
pub(crate) use privmx::{API, CODES, Privmx, Told};
pub(crate) use process::{Process, run};
pub(crate) use raw::{Raw, exchange};
pub(crate) use samples::{ALL_SCOPES, LIST, MEMBER_KEYS};
pub(crate) use secrets::Secrets;
pub(crate) use server::{Server, TOKEN};
pub(crate) use setup::{PREMISE, SECOND, SUSPENDED, Setup, WATCHED};
pub(crate) use signer::{ApiKey, Pair, Signer, hmac, nonce, signed};
pub(crate) use skip::skip;
pub(crate) use socket::Socket;
