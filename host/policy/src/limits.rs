//! The bounds of a guest, by name and unit. Each has a hostile guest in `hostile/` that tries to break it.

use wardgate_domain::limits::{POLICY_MEMORY_MIB, POLICY_MS};
use wardgate_domain::tenant::TenantLimits;

/// Length of an uploaded component, in bytes, whatever a tenant's plan says.
pub const MODULE_BYTES: usize = 32 * 1024 * 1024;
/// Address space of a process that compiles, in MiB.
pub const COMPILE_MEMORY_MIB: u32 = 1_024;
/// And for each MiB of the component, in MiB.
pub const COMPILE_MEMORY_MIB_PER_MIB: u32 = 128;
/// Processor time of a process that compiles, in seconds.
pub const COMPILE_CPU_S: u32 = 6;
/// And for each MiB of the component, in seconds.
pub const COMPILE_CPU_S_PER_MIB: u32 = 4;
/// Time until a process that compiles is killed, in seconds: on a machine at rest its processor time ends it long before.
pub const COMPILE_WALL_S: u32 = 40;
/// And for each MiB of the component, in seconds: others run beside it, and go first.
pub const COMPILE_WALL_S_PER_MIB: u32 = 12;
/// How much a process that compiles gives way to calls: steps of the system's scale. It is not the last, at which a busy
/// machine would keep a good module from ever being compiled.
pub const COMPILE_NICE: i32 = 10;
/// Length of the reason that a process that compiles gives, in bytes.
pub const COMPILE_REASON_BYTES: usize = 1_024;
/// Length of a module's machine code, in bytes.
pub const ARTEFACT_BYTES: usize = 256 * 1024 * 1024;
/// Levels of components in components.
pub const COMPONENT_DEPTH: usize = 4;
/// Modules and components in one component.
pub const COMPONENT_PARTS: usize = 64;
/// Types of one component.
pub const TYPES: usize = 10_000;
/// Imports of one component and its parts.
pub const IMPORTS: usize = 5_000;
/// Exports and aliases of one component and its parts.
pub const EXPORTS: usize = 50_000;
/// Functions of one component.
pub const FUNCTIONS: usize = 50_000;
/// Globals of one component.
pub const GLOBALS: usize = 10_000;
/// Segments of data and elements of one component.
pub const SEGMENTS: usize = 50_000;
/// Instances that one component makes of its parts, and of what it imports.
pub const INSTANCES: usize = 1_000;
/// Parameters, and results, of one function.
pub const PARAMETERS: usize = 100;
/// Length of one function's body, in bytes.
pub const FUNCTION_BYTES: usize = 512 * 1024;
/// Locals of one function.
pub const LOCALS: usize = 10_000;
/// Blocks in blocks of one function.
pub const BLOCK_DEPTH: usize = 1_000;
/// Targets of one `br_table`.
pub const BRANCH_TARGETS: usize = 20_000;
/// Time for which `describe` may run, in milliseconds.
pub const DESCRIBE_MS: u32 = 100;
/// Time for which `prepare` may run, in milliseconds: not on the way of a call, so it may take longer than an evaluation.
pub const PREPARE_MS: u32 = 100;
/// Stack of a guest's calls, in bytes.
pub const STACK_BYTES: usize = 512 * 1024;
/// Elements of one table. A JavaScript interpreter has 7,688.
pub const TABLE_ELEMENTS: usize = 8_192;
/// Core instances of one component: the module itself and what the toolchain puts around it. A Python interpreter has 107.
pub const CORE_INSTANCES: u32 = 128;
/// Linear memories of one component.
pub const MEMORIES: u32 = 1;
/// Tables of one component: the module's own and its toolchain's.
pub const TABLES: u32 = 2;
/// Data that one crossing from guest to host may carry, in bytes.
pub const CROSSING_BYTES: usize = 256 * 1024;
/// Handles to what WASI gives a guest, at a time.
pub const RESOURCES: usize = 64;
/// Random bytes that WASI gives a guest in one call, in bytes.
pub const RANDOM_BYTES: usize = 16 * 1024;
/// What a guest may write to a stream of WASI at a time, in bytes, as it is told.
pub const WRITE_BYTES: usize = 4 * 1024;
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
/// How much slow evaluations, shadows and replays give way to calls: steps of the system's scale, of which each leaves
/// about a fifth less of a contested processor.
pub const ASIDE_NICE: i32 = 10;
/// Linear memory that a pool slot keeps between evaluations, in bytes: wiping it is cheaper than faulting it in again.
pub const RESIDENT_MEMORY_BYTES: usize = 256 * 1024;
/// Table memory that a pool slot keeps between evaluations, in bytes.
pub const RESIDENT_TABLE_BYTES: usize = 1_000 * size_of::<usize>();

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
