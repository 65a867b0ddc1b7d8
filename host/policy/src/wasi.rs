//! Sealed WASI, for components whose toolchain imports it whether the policy needs it or not: no file, no network, no
//! argument and no variable; time stands still, and chance is the same for the same ask. No function of it ever waits.
//!
//! The types are those of `wasmtime-wasi`; what stands behind them is here, because the functions of that crate may block
//! their thread. Nothing in this module may touch tokio, the system's clock or its chance.

mod chance;
mod cli;
mod clocks;
mod io;
mod refused;

use wardgate_domain::Timestamp;
use wasmtime::component::{Component, HasSelf, Linker, Resource, ResourceTable, ResourceTableError};
use wasmtime_wasi::p2::bindings::sync::io as stream;
use wasmtime_wasi::p2::bindings::{cli as command, clocks as clock, random};

use self::chance::Chance;
pub(crate) use self::chance::Seed;
use self::io::Lines;
use crate::bindings::wardgate::policy::log;
use crate::guest::{Guest, Left, Occupant};
use crate::limits::RESOURCES;
use crate::log::{Log, LogLevel};

/// The interfaces that a guest may import, without their version.
const GIVEN: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// Whether an import is one that this module answers for: an interface that it knows, of WASI 0.2.
pub(crate) fn knows(import: &str) -> bool {
    let Some((interface, version)) = import.split_once('@') else { return false };
    let patch = version.strip_prefix("0.2.").unwrap_or_default();
    let is_released = !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit());
    is_released && (GIVEN.contains(&interface) || refused::INTERFACES.contains(&interface))
}

/// What a guest ended itself by, or was ended for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    /// By `wasi:cli/exit`.
    #[error("it ended itself by wasi:cli/exit")]
    Exit,
    /// Nothing that it waits for will ever be.
    #[error("it waited, but time stands still while a policy is asked")]
    Waited,
    /// It called what policies are not given.
    #[error("it called {0}, which policies are not given")]
    Called(String),
    /// It asked for more at a time than there is.
    #[error("it asked for more than {0} bytes at a time from {1}")]
    TooMuch(usize, &'static str),
}

/// What a guest is told of the world around it, so that a call that is replayed sees the same.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    now: Timestamp,
    chance: Chance,
}

impl Moment {
    /// Outside of asks: a description and prepared settings depend on no time and no chance.
    pub(crate) fn none() -> Self {
        Self { now: Timestamp::from_ms(0), chance: Chance::of(Seed::default()) }
    }

    /// Of an ask at `now`, whose chance follows from `seed`.
    pub(crate) fn of(now: Timestamp, seed: Seed) -> Self {
        Self { now, chance: Chance::of(seed) }
    }
}

/// A guest with what WASI gives it.
pub(crate) struct Sealed {
    guest: Guest,
    moment: Moment,
    table: ResourceTable,
    out: Lines,
    err: Lines,
    /// Whether it was told the time, which another ask with the same attributes is told otherwise.
    was_told_time: bool,
}

impl Sealed {
    pub(crate) fn new(guest: Guest, moment: Moment) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let (out, err) = (Lines::of(LogLevel::Info), Lines::of(LogLevel::Warn));
        Self { guest, moment, table, out, err, was_told_time: false }
    }

    /// Gives the guest a handle of type `T` to what the table keeps as a `K`.
    fn push<K: Send + 'static, T: 'static>(&mut self, kept: K) -> Result<Resource<T>, ResourceTableError> {
        Ok(Resource::new_own(self.table.push(kept)?.rep()))
    }

    fn get<K: Send + 'static, T: 'static>(&self, handle: &Resource<T>) -> Result<&K, ResourceTableError> {
        self.table.get(&Resource::new_borrow(handle.rep()))
    }

    fn delete<K: Send + 'static, T: 'static>(&mut self, handle: &Resource<T>) -> Result<K, ResourceTableError> {
        self.table.delete(Resource::new_own(handle.rep()))
    }
}

impl Occupant for Sealed {
    fn guest(&mut self) -> &mut Guest {
        &mut self.guest
    }

    fn leave(mut self) -> Left {
        self.out.end(&mut self.guest.log);
        self.err.end(&mut self.guest.log);
        let log = self.guest.log.into_lines();
        // What was written would be missing from an answer that is remembered.
        Left { is_repeatable: !self.was_told_time && log.is_empty(), log }
    }
}

/// A linker that knows all but what each component has [refused](refuse).
pub(crate) fn linker(runtime: &wasmtime::Engine) -> wasmtime::Result<Linker<Sealed>> {
    type Own = HasSelf<Sealed>;
    fn own(sealed: &mut Sealed) -> &mut Sealed {
        sealed
    }
    let mut linker = Linker::new(runtime);
    let l = &mut linker;
    log::add_to_linker::<Sealed, HasSelf<Log>>(l, |sealed| &mut sealed.guest.log)?;
    io::add_error(l)?;
    stream::poll::add_to_linker::<Sealed, Own>(l, own)?;
    stream::streams::add_to_linker::<Sealed, Own>(l, own)?;
    clock::monotonic_clock::add_to_linker::<Sealed, Own>(l, own)?;
    clock::wall_clock::add_to_linker::<Sealed, Own>(l, own)?;
    random::random::add_to_linker::<Sealed, Own>(l, own)?;
    random::insecure::add_to_linker::<Sealed, Own>(l, own)?;
    random::insecure_seed::add_to_linker::<Sealed, Own>(l, own)?;
    command::environment::add_to_linker::<Sealed, Own>(l, own)?;
    command::exit::add_to_linker::<Sealed, Own>(l, own)?;
    command::stdin::add_to_linker::<Sealed, Own>(l, own)?;
    command::stdout::add_to_linker::<Sealed, Own>(l, own)?;
    command::stderr::add_to_linker::<Sealed, Own>(l, own)?;
    command::terminal_input::add_to_linker::<Sealed, Own>(l, own)?;
    command::terminal_output::add_to_linker::<Sealed, Own>(l, own)?;
    command::terminal_stdin::add_to_linker::<Sealed, Own>(l, own)?;
    command::terminal_stdout::add_to_linker::<Sealed, Own>(l, own)?;
    command::terminal_stderr::add_to_linker::<Sealed, Own>(l, own)?;
    Ok(linker)
}

/// A linker for `component`: what it imports of files, networks and HTTP refuses.
pub(crate) fn linker_of(linker: &Linker<Sealed>, component: &Component) -> wasmtime::Result<Linker<Sealed>> {
    let mut linker = linker.clone();
    refused::add_to_linker(&mut linker, component)?;
    Ok(linker)
}
