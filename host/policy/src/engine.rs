//! The one engine of the process: how guests are compiled, where they live and what ticks their clock.

use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest, Sha256};
use wardgate_domain::policy::ModuleDigest;
use wasmtime::{Config, EngineWeak, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy};

use crate::artefacts::Artefacts;
use crate::limits::{
    Bounds, CORE_INSTANCES, DESCRIBE_MS, MEMORIES, RESIDENT_MEMORY_BYTES, RESIDENT_TABLE_BYTES, STACK_BYTES,
    TABLE_ELEMENTS, TABLES,
};
use crate::linkers::Linkers;
use crate::memo::Memo;
use crate::module::{LoadError, Module};

/// How long one tick of the guests' clock takes.
const TICK: Duration = Duration::from_millis(1);

/// The sizes of an engine. Its pool reserves address space for all instances at once, but takes memory only for those
/// that were in use at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Guests that may run at the same time; one more fails as the host's trouble.
    pub instances: u32,
    /// Linear memory that any tenant's plan may give one instance, in MiB.
    pub memory_mib: u32,
    /// What is remembered for one tenant, in bytes.
    pub memo_bytes_per_tenant: u64,
    /// Whether modules may import WASI.
    pub wasi: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { instances: 256, memory_mib: 64, memo_bytes_per_tenant: 4 * 1024 * 1024, wasi: true }
    }
}

/// This machine cannot run guests.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The pool of instances could not be made.
    #[error("cannot make the policy engine: {0}")]
    Pool(String),
    /// The clock of the guests could not be started.
    #[error("cannot start the policy engine's clock")]
    Clock(#[from] io::Error),
}

/// Runs guests. One per process (security rule 91); clones are the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

struct Parts {
    runtime: wasmtime::Engine,
    linkers: Linkers,
    options: EngineOptions,
}

impl Engine {
    /// Reserves the pool and starts the clock.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let pool = |error: wasmtime::Error| EngineError::Pool(format!("{error:#}"));
        let runtime = wasmtime::Engine::new(&config(options)).map_err(pool)?;
        let linkers = Linkers::new(&runtime, options.wasi).map_err(pool)?;
        start_ticking(&runtime)?;
        Ok(Self(Arc::new(Parts { runtime, linkers, options })))
    }

    /// Checks and compiles an uploaded component and asks it what it is. Takes milliseconds to seconds: never on a
    /// request's thread.
    pub fn load(&self, component: &[u8]) -> Result<Arc<Module>, LoadError> {
        let bounds = Bounds { wall_ms: DESCRIBE_MS, memory_mib: self.0.options.memory_mib };
        Module::load(&self.0.runtime, &self.0.linkers, component, bounds).map(Arc::new)
    }

    /// The machine code of one of our own components: what tenants upload is compiled in a process of its own.
    pub(crate) fn compile(&self, component: &[u8]) -> Result<Vec<u8>, LoadError> {
        self.0.runtime.precompile_component(component).map_err(|error| LoadError::Invalid(format!("{error:#}")))
    }

    /// The module with this digest, where its machine code was kept. Asks it what it is.
    pub fn load_kept(&self, artefacts: &Artefacts, digest: ModuleDigest) -> Option<Result<Arc<Module>, LoadError>> {
        let component = artefacts.get(digest)?;
        let bounds = Bounds { wall_ms: DESCRIBE_MS, memory_mib: self.0.options.memory_mib };
        let module = |component| Module::of_component(&self.0.linkers, &component, digest, bounds).map(Arc::new);
        Some(component.and_then(module))
    }

    /// What machine code for this engine depends on: wasmtime's version, its settings and the processor.
    pub(crate) fn code_digest(&self) -> [u8; 32] {
        let mut digest = Digesting(Sha256::new());
        self.0.runtime.precompile_compatibility_hash().hash(&mut digest);
        digest.0.finalize().into()
    }

    pub(crate) fn runtime(&self) -> &wasmtime::Engine {
        &self.0.runtime
    }

    /// A memo for one tenant, of the size that the options name.
    pub fn memo(&self) -> Memo {
        Memo::new(self.0.options.memo_bytes_per_tenant)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.0.options).finish()
    }
}

/// A hash that is the same in every process, which those of the standard library are not.
struct Digesting(Sha256);

impl Hasher for Digesting {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// An engine that compiles and runs nothing: it has no pool, so that it fits into a compiling process.
pub(crate) fn to_compile() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&code_config())
}

fn config(options: EngineOptions) -> Config {
    let mut config = code_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    config
}

// What machine code depends on. Garbage collection, exceptions, threads and the asynchronous component model are not even
// compiled in: the cargo features are absent. What remains is switched off here as far as the toolchains of policies do
// without it.
fn code_config() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .wasm_gc(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_stack_switching(false)
        .wasm_tail_call(false)
        .wasm_custom_page_sizes(false);
    config
}

fn pool(options: EngineOptions) -> PoolingAllocationConfig {
    let each = |per_component: u32| options.instances.saturating_mul(per_component);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(options.instances)
        .total_core_instances(each(CORE_INSTANCES))
        .total_memories(each(MEMORIES))
        .total_tables(each(TABLES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size((options.memory_mib as usize).saturating_mul(1024 * 1024))
        .linear_memory_keep_resident(RESIDENT_MEMORY_BYTES)
        .table_keep_resident(RESIDENT_TABLE_BYTES);
    pool
}

/// Ticks on a thread of its own: on a runtime of tasks, one spinning guest could keep the clock from ticking. Ends
/// with the last engine, module or policy. It makes up for no tick that the machine was too busy to give, so that an
/// overloaded machine does not blame its guests.
pub(crate) fn start_ticking(runtime: &wasmtime::Engine) -> io::Result<JoinHandle<()>> {
    let weak = runtime.weak();
    std::thread::Builder::new().name("policy-clock".into()).spawn(move || tick(&weak))
}

fn tick(runtime: &EngineWeak) {
    while let Some(runtime) = runtime.upgrade() {
        runtime.increment_epoch();
        drop(runtime);
        std::thread::sleep(TICK);
    }
}
