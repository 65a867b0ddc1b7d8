//! From uploaded bytes to machine code, in a child process: the compiler is large, its input is hostile, and wasmtime does
//! not treat its exhaustion as a fault. The child re-executes this program, confines itself before it looks at a byte,
//! and is killed when it takes longer than it may (security rule 84).

mod child;
mod confine;
mod order;
mod parent;
pub(crate) mod scan;

pub use child::run as run_child;
pub use order::CompileBounds;
pub use parent::{CompileError, Compiler};
