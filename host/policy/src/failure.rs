//! Tells the ways apart in which a guest's call can fail, and whose fault each is.

use wardgate_domain::verdict::Failure;
use wasmtime::component::ResourceTableError;
use wasmtime::{Error, OutOfMemory, PoolConcurrencyLimitError, Trap};

use crate::wasi::Ended;

/// The guest asked for more memory or tables than its bound.
#[derive(Debug, thiserror::Error)]
#[error("more memory or tables than the bound")]
pub(crate) struct GrowthRefused;

/// Why an instance could not be made. Only its start function is the guest's code.
pub(crate) fn of_start(error: &Error) -> Failure {
    if let Some(full) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        return Failure::Host(full.to_string());
    }
    of_kind(error).unwrap_or_else(|| Failure::Host(format!("{error:#}")))
}

/// Why a call into an instance failed. What is neither a trap nor a bound is an answer, or an argument's place, that
/// breaks the canonical ABI: too long, out of memory's bounds, not UTF-8, no case of its enum.
pub(crate) fn of_call(error: &Error) -> Failure {
    of_kind(error).unwrap_or(Failure::BadAnswer("it was malformed or too large"))
}

fn of_kind(error: &Error) -> Option<Failure> {
    if error.is::<GrowthRefused>() {
        return Some(Failure::Memory);
    }
    // The host's own memory, not the guest's.
    if error.is::<OutOfMemory>() {
        return Some(Failure::Host(error.to_string()));
    }
    if let Some(ended) = error.downcast_ref::<Ended>() {
        return Some(Failure::Trap(ended.to_string()));
    }
    if let Some(error) = error.downcast_ref::<ResourceTableError>() {
        return Some(Failure::Trap(format!("it cannot have another handle: {error}")));
    }
    error.downcast_ref::<Trap>().map(|trap| match trap {
        Trap::Interrupt => Failure::Timeout,
        trap => Failure::Trap(trap.to_string()),
    })
}
