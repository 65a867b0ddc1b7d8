//! The server's side: starts the child, feeds it, bounds its answer and its time, and says how it went.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::order::{CompileBounds, Order, Outcome};
use crate::limits::{ARTEFACT_BYTES, COMPILE_REASON_BYTES};
use crate::text::clean_and_cut;

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Not valid, or in need of what is switched off.
    #[error("the component is not valid here: {0}")]
    Invalid(String),
    /// More of something than is taken.
    #[error("the component is not compiled: {0}")]
    TooMuch(String),
    /// It took longer than it may.
    #[error("the component took more than {0} seconds to compile")]
    TooSlow(u32),
    /// It took more memory, or processor time, than it may, or made the compiler fail.
    #[error("the component could not be compiled within {memory_mib} MiB and {cpu_s} seconds of processor time")]
    Died {
        /// Address space of the child, in MiB.
        memory_mib: u32,
        /// Processor time, in seconds.
        cpu_s: u32,
    },
    /// The child could not be started, or could not confine itself: the host's trouble.
    #[error("the compiler could not be run: {0}")]
    Host(String),
}

/// Compiles in child processes of one program: this one.
#[derive(Debug, Clone)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Compiler {
    /// `program` with `arguments` is a process that calls [`super::run_child`] and does nothing else.
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Self {
        Self { program, arguments }
    }

    /// The machine code of `component`. Blocks for as long as the bounds allow: never on a request's thread.
    pub fn compile(&self, component: &[u8], bounds: CompileBounds) -> Result<Vec<u8>, CompileError> {
        let length = u32::try_from(component.len()).ok().filter(|length| *length <= bounds.module_bytes);
        let length =
            length.ok_or_else(|| CompileError::TooMuch(format!("it is longer than {} bytes", bounds.module_bytes)))?;
        let order = Order { memory_mib: bounds.memory_mib, cpu_s: bounds.cpu_s, length };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| CompileError::Host(e.to_string()))?;
        let answer = converse(&mut child, order, component, Duration::from_secs(bounds.wall_s.into()));
        // Whatever it was doing: it has answered, or it is too late.
        let _ = child.kill();
        let status = child.wait().map_err(|e| CompileError::Host(e.to_string()))?;
        judge(answer, status, bounds)
    }
}

/// Writes the order and reads the answer, each in a thread of its own, for a child that does not listen must not keep
/// us from seeing that it does not answer.
fn converse(child: &mut Child, order: Order, component: &[u8], wall: Duration) -> Option<io::Result<Vec<u8>>> {
    let (mut orders, answers) = (child.stdin.take()?, child.stdout.take()?);
    let (done, answered) = mpsc::channel();
    std::thread::scope(|threads| {
        threads.spawn(move || {
            // A child that died tells by its answer.
            let _ = order.write(&mut orders).and_then(|()| orders.write_all(component));
        });
        threads.spawn(move || {
            let mut answer = Vec::new();
            let read = answers.take(ARTEFACT_BYTES as u64 + 2).read_to_end(&mut answer);
            let _ = done.send(read.map(|_| answer));
        });
        match answered.recv_timeout(wall) {
            Ok(answer) => Some(answer),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                // Ends both threads: the pipes break.
                let _ = child.kill();
                None
            }
        }
    })
}

fn judge(
    answer: Option<io::Result<Vec<u8>>>,
    status: ExitStatus,
    bounds: CompileBounds,
) -> Result<Vec<u8>, CompileError> {
    let died = CompileError::Died { memory_mib: bounds.memory_mib, cpu_s: bounds.cpu_s };
    let Some(answer) = answer else { return Err(CompileError::TooSlow(bounds.wall_s)) };
    let mut answer = answer.map_err(|e| CompileError::Host(e.to_string()))?;
    let Some(outcome) = answer.first().copied() else { return Err(died) };
    answer.remove(0);
    if answer.len() > ARTEFACT_BYTES {
        return Err(CompileError::TooMuch(format!("its machine code is longer than {ARTEFACT_BYTES} bytes")));
    }
    let why = |answer: Vec<u8>| clean_and_cut(String::from_utf8_lossy(&answer).into_owned(), COMPILE_REASON_BYTES);
    match Outcome::of(outcome) {
        // What was cut off in the middle of an answer is none.
        Some(Outcome::Compiled) if status.success() => Ok(answer),
        Some(Outcome::Compiled) | None => Err(died),
        Some(Outcome::Invalid) => Err(CompileError::Invalid(why(answer))),
        Some(Outcome::TooMuch) => Err(CompileError::TooMuch(why(answer))),
        Some(Outcome::Unconfined) => Err(CompileError::Host(why(answer))),
    }
}
