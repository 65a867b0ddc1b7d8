//! One pass over a component that counts what makes compiling dear, before anything is validated. It believes nothing
//! and remembers nothing but counts, so it takes time and memory in proportion to the bytes and no more.

use std::fmt;

use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

use crate::limits;

/// Why a component is not compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScanFault {
    /// It has too much of something: what, and how much there may be.
    TooMuch(&'static str, usize),
    /// It cannot be read.
    Malformed(String),
}

impl From<BinaryReaderError> for ScanFault {
    fn from(error: BinaryReaderError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl fmt::Display for ScanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMuch(what, most) => write!(f, "it has more than {most} {what}"),
            Self::Malformed(why) => f.write_str(why),
        }
    }
}

/// Goes through `component` and all that it contains.
pub(crate) fn scan(component: &[u8]) -> Result<(), ScanFault> {
    let mut counts = Counts::default();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                depth = at_most(depth + 1, "levels of nested components", limits::COMPONENT_DEPTH)?;
                counts.parts = at_most(counts.parts + 1, "nested modules and components", limits::COMPONENT_PARTS)?;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            payload => counts.add(payload)?,
        }
    }
    Ok(())
}

#[derive(Default)]
struct Counts {
    parts: usize,
    types: usize,
    imports: usize,
    exports: usize,
    functions: usize,
    globals: usize,
    memories: usize,
    segments: usize,
    instances: usize,
}

impl Counts {
    fn add(&mut self, payload: Payload<'_>) -> Result<(), ScanFault> {
        let count = |so_far: &mut usize, more: u32, what, most| -> Result<(), ScanFault> {
            *so_far = at_most(so_far.saturating_add(more as usize), what, most)?;
            Ok(())
        };
        match payload {
            Payload::TypeSection(types) => {
                count(&mut self.types, types.count(), "types", limits::TYPES)?;
                check_params(types)
            }
            Payload::CoreTypeSection(types) => count(&mut self.types, types.count(), "types", limits::TYPES),
            Payload::ComponentTypeSection(types) => count(&mut self.types, types.count(), "types", limits::TYPES),
            Payload::ImportSection(imports) => count(&mut self.imports, imports.count(), "imports", limits::IMPORTS),
            Payload::ComponentImportSection(imports) => {
                count(&mut self.imports, imports.count(), "imports", limits::IMPORTS)
            }
            Payload::ExportSection(exports) => count(&mut self.exports, exports.count(), "exports", limits::EXPORTS),
            Payload::ComponentExportSection(exports) => {
                count(&mut self.exports, exports.count(), "exports", limits::EXPORTS)
            }
            Payload::FunctionSection(functions) => {
                count(&mut self.functions, functions.count(), "functions", limits::FUNCTIONS)
            }
            Payload::ComponentCanonicalSection(functions) => {
                count(&mut self.functions, functions.count(), "functions", limits::FUNCTIONS)
            }
            Payload::GlobalSection(globals) => count(&mut self.globals, globals.count(), "globals", limits::GLOBALS),
            // Two memories in one component would meet in the code between its parts, which then needs what is switched off.
            Payload::MemorySection(memories) => {
                count(&mut self.memories, memories.count(), "linear memories", limits::MEMORIES as usize)
            }
            Payload::ElementSection(segments) => {
                count(&mut self.segments, segments.count(), "segments", limits::SEGMENTS)
            }
            Payload::DataSection(segments) => count(&mut self.segments, segments.count(), "segments", limits::SEGMENTS),
            Payload::InstanceSection(instances) => {
                count(&mut self.instances, instances.count(), "instances", limits::INSTANCES)
            }
            Payload::ComponentInstanceSection(instances) => {
                count(&mut self.instances, instances.count(), "instances", limits::INSTANCES)
            }
            Payload::ComponentAliasSection(aliases) => {
                count(&mut self.exports, aliases.count(), "exports", limits::EXPORTS)
            }
            Payload::CodeSectionEntry(body) => check_body(&body),
            _ => Ok(()),
        }
    }
}

fn check_params(types: wasmparser::TypeSectionReader<'_>) -> Result<(), ScanFault> {
    for group in types {
        for ty in group?.types() {
            if let wasmparser::CompositeInnerType::Func(function) = &ty.composite_type.inner {
                at_most(function.params().len(), "parameters of a function", limits::PARAMETERS)?;
                at_most(function.results().len(), "results of a function", limits::PARAMETERS)?;
            }
        }
    }
    Ok(())
}

fn check_body(body: &FunctionBody<'_>) -> Result<(), ScanFault> {
    at_most(body.range().len(), "bytes of one function", limits::FUNCTION_BYTES)?;
    let mut locals = 0_usize;
    for group in body.get_locals_reader()? {
        let (count, _) = group?;
        locals = at_most(locals.saturating_add(count as usize), "locals of one function", limits::LOCALS)?;
    }
    let mut depth = 0_usize;
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth = at_most(depth + 1, "levels of blocks", limits::BLOCK_DEPTH)?;
            }
            Operator::End => depth = depth.saturating_sub(1),
            Operator::BrTable { targets } => {
                at_most(targets.len() as usize, "targets of one branch", limits::BRANCH_TARGETS)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn at_most(count: usize, what: &'static str, most: usize) -> Result<usize, ScanFault> {
    if count <= most { Ok(count) } else { Err(ScanFault::TooMuch(what, most)) }
}
