//! The child's side: confine, read, scan, compile, answer. Whatever goes wrong in here ends this process and no other.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use super::confine::confine;
use super::order::{Order, Outcome};
use super::scan::{ScanFault, scan};
use crate::engine;

/// Takes one order from standard input and answers it on standard output. Only [`super::Compiler`] starts a process
/// that does this.
pub fn run() -> ExitCode {
    match answer(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(orders: &mut impl Read, answers: &mut impl Write) -> io::Result<()> {
    let order = Order::read(orders)?;
    let (outcome, bytes) = match confine(order.memory_mib, order.cpu_s) {
        Ok(()) => {
            let mut component = Vec::new();
            orders.take(order.length.into()).read_to_end(&mut component)?;
            compile(&component)
        }
        Err(why) => (Outcome::Unconfined, why.into_bytes()),
    };
    answers.write_all(&[outcome.byte()])?;
    answers.write_all(&bytes)?;
    answers.flush()
}

fn compile(component: &[u8]) -> (Outcome, Vec<u8>) {
    match scan(component) {
        Ok(()) => {}
        Err(fault @ ScanFault::TooMuch(..)) => return (Outcome::TooMuch, fault.to_string().into_bytes()),
        Err(fault @ ScanFault::Malformed(_)) => return (Outcome::Invalid, fault.to_string().into_bytes()),
    }
    let compiled = engine::to_compile().and_then(|engine| engine.precompile_component(component));
    match compiled {
        Ok(artefact) => (Outcome::Compiled, artefact),
        Err(error) => (Outcome::Invalid, format!("{error:#}").into_bytes()),
    }
}
