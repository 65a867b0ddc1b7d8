//! The bounds of a guest, by name and unit. Each has a hostile guest in `hostile/` that tries to break it.

use wardgate_domain::limits::{POLICY_MEMORY_MIB, POLICY_MS};
use wardgate_domain::tenant::TenantLimits;

/// Length of an uploaded component, in bytes.
pub const MODULE_BYTES: usize = 4 * 1024 * 1024;
/// Time for which `describe` may run, in milliseconds.
pub const DESCRIBE_MS: u32 = 100;
/// Time for which `prepare` may run, in milliseconds: not on the way of a call, so it may take longer than an evaluation.
pub const PREPARE_MS: u32 = 100;
/// Stack of a guest's calls, in bytes.
pub const STACK_BYTES: usize = 512 * 1024;
/// Elements of one table.
pub const TABLE_ELEMENTS: usize = 1_000;
/// Core instances of one component: the module itself and what the toolchain puts around it.
pub const CORE_INSTANCES: u32 = 4;
/// Linear memories of one component.
pub const MEMORIES: u32 = 1;
/// Tables of one component: the module's own and its toolchain's.
pub const TABLES: u32 = 2;
/// Data that one crossing from guest to host may carry, in bytes.
pub const CROSSING_BYTES: usize = 256 * 1024;
/// Prepared settings, in bytes.
pub const PREPARED_BYTES: usize = 64 * 1024;
/// Problems that one `prepare` may name.
pub const PROBLEMS: usize = 64;
/// Each text of a problem, in bytes.
pub const PROBLEM_TEXT_BYTES: usize = 512;
/// Reasons of one verdict.
pub const REASONS: usize = 16;
/// Length of a reason's code, in bytes.
pub const REASON_CODE_BYTES: usize = 64;
/// Length of a reason's message, in bytes.
pub const REASON_MESSAGE_BYTES: usize = 256;
/// Obligations of one verdict.
pub const OBLIGATIONS: usize = 16;
/// Length of the name of an obligation or of its argument, in bytes.
pub const OBLIGATION_NAME_BYTES: usize = 64;
/// Arguments of one obligation, and texts of one argument.
pub const OBLIGATION_ARGUMENTS: usize = 16;
/// Length of a text in an obligation's argument, in bytes.
pub const OBLIGATION_TEXT_BYTES: usize = 1_024;
/// Length of the author's "I could not decide" that is kept, in bytes.
pub const REFUSAL_BYTES: usize = 256;
/// Log of one evaluation, in bytes.
pub const LOG_BYTES: usize = 1_000;
/// Length of a module's own name, in bytes.
pub const NAME_BYTES: usize = 64;
/// Length of a module's own version, in bytes.
pub const VERSION_BYTES: usize = 32;
/// Permission patterns that a module may be written for.
pub const PERMISSIONS: usize = 64;
/// Attributes that a module may read.
pub const READS: usize = 64;
/// Length of an attribute's name in `reads`, in bytes.
pub const READ_BYTES: usize = 256;
/// Length of the JSON Schema of a module's settings, in bytes.
pub const SCHEMA_BYTES: usize = 64 * 1024;
/// An ask that takes more bytes to write down than this is not remembered.
pub const MEMO_KEY_BYTES: usize = 8 * 1024;
/// A policy whose evaluations take longer than this, in microseconds, must not run on a request's thread.
pub const SLOW_US: u32 = 500;
/// Linear memory that a pool slot keeps between evaluations, in bytes: wiping it is cheaper than faulting it in again.
pub const RESIDENT_MEMORY_BYTES: usize = 256 * 1024;
/// Table memory that a pool slot keeps between evaluations, in bytes.
pub const RESIDENT_TABLE_BYTES: usize = TABLE_ELEMENTS * size_of::<usize>();

/// What one evaluation may use, from the tenant's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Time for which a guest may run, in milliseconds; what of it others used on a busy machine does not count.
    pub wall_ms: u32,
    /// Linear memory, in MiB; never more than the engine's pool has for one instance.
    pub memory_mib: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { wall_ms: POLICY_MS, memory_mib: POLICY_MEMORY_MIB }
    }
}

impl From<&TenantLimits> for Bounds {
    fn from(limits: &TenantLimits) -> Self {
        Self { wall_ms: limits.policy_ms, memory_mib: limits.policy_memory_mib }
    }
}
