//! What a policy does only once is done here: the module is run up to the point where it could be asked, and keeps the
//! memory that it has then.

use anyhow::{Context, Result, ensure};
use wasm_encoder::{ConstExpr, DataSection, MemorySection, MemoryType, Module, RawSection};
use wasmi::{Engine, Linker, Store};
use wasmparser::{DataKind, Operator, Parser, Payload};

const DESCRIBE: &str = "wardgate:policy/policy@1.0.0#describe";
const DESCRIBED: &str = "cabi_post_wardgate:policy/policy@1.0.0#describe";

/// Shorter runs of zeroes are not worth a segment of their own, in bytes.
const GAP_BYTES: usize = 256;

/// The module as `describe` leaves it.
pub(crate) fn up(module: &[u8]) -> Result<Vec<u8>> {
    let memory = run(module)?;
    let pages = u64::try_from(memory.len() / 65_536)?;
    let first = first_data(module)?;
    let mut warm = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::MemorySection(_) => {
                let kind =
                    MemoryType { minimum: pages, maximum: None, memory64: false, shared: false, page_size_log2: None };
                warm.section(MemorySection::new().memory(kind));
            }
            Payload::DataCountSection { .. } => {}
            Payload::DataSection(_) => {
                warm.section(&segments(&memory, first)?);
            }
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
                    warm.section(&RawSection { id, data: &module[range] });
                }
            }
        }
    }
    Ok(warm.finish())
}

/// The memory after `describe`. Globals need no keeping: the stack is back where it began.
fn run(module: &[u8]) -> Result<Vec<u8>> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let compiled = wasmi::Module::new(&engine, module)?;
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &compiled)?;
    let described = instance.get_typed_func::<(), i32>(&store, DESCRIBE)?.call(&mut store, ())?;
    instance.get_typed_func::<i32, ()>(&store, DESCRIBED)?.call(&mut store, described)?;
    let memory = instance.get_memory(&store, "memory").context("it exports no memory")?;
    Ok(memory.data(&store).to_vec())
}

/// Where the data begins. Below lies the stack, of which nothing is in use.
fn first_data(module: &[u8]) -> Result<usize> {
    let mut first = None;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::DataSection(segments) = payload? {
            for segment in segments {
                let DataKind::Active { offset_expr, .. } = segment?.kind else { continue };
                if let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? {
                    let offset = usize::try_from(value)?;
                    first = Some(first.map_or(offset, |first: usize| first.min(offset)));
                }
            }
        }
    }
    first.context("it has no data")
}

/// Everything in memory from `first` on that is not zero.
fn segments(memory: &[u8], first: usize) -> Result<DataSection> {
    let mut section = DataSection::new();
    let mut at = first;
    while let Some(start) = memory[at..].iter().position(|byte| *byte != 0).map(|ahead| at + ahead) {
        let mut end = start + 1;
        while let Some(ahead) = memory[end..].iter().take(GAP_BYTES).position(|byte| *byte != 0) {
            end += ahead + 1;
        }
        section.active(0, &ConstExpr::i32_const(i32::try_from(start)?), memory[start..end].iter().copied());
        at = end;
    }
    ensure!(!section.is_empty(), "it has no data");
    Ok(section)
}
