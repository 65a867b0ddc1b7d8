//! From a core module to a component that imports no function and carries nothing but what it needs.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// Marks the sections in which the bindings left the world that the module is of.
const WORLD_SECTION: &str = "component-type:";

/// Wraps a slim core module as a component.
pub(crate) fn from_module(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}

/// The module without custom sections (names, producers), which differ by machine or serve nobody here.
pub(crate) fn slim(module: &[u8]) -> Result<Vec<u8>> {
    let mut slim = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        // The component still names the interface `types`, from which there is nothing to call.
        ensure!(!matches!(payload, Payload::ImportSection(_)), "it imports something");
        if matches!(&payload, Payload::CustomSection(section) if !section.name().starts_with(WORLD_SECTION)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            slim.section(&RawSection { id, data: &module[range] });
        }
    }
    Ok(slim.finish())
}

/// Fails unless the module starts with the least memory there is.
pub(crate) fn check_pages(module: &[u8]) -> Result<()> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::MemorySection(memories) = payload? {
            for memory in memories {
                ensure!(
                    memory?.initial == 1,
                    "it starts with more than one page of memory; every evaluation would pay"
                );
            }
        }
    }
    Ok(())
}

/// Fails if the bytes name a folder of this machine.
pub(crate) fn refuse_machine_paths(component: &[u8], paths: &[(PathBuf, &str)]) -> Result<()> {
    for (path, _) in paths {
        let name = path.as_os_str().as_encoded_bytes();
        ensure!(!component.windows(name.len()).any(|window| window == name), "the bytes name {}", path.display());
    }
    Ok(())
}
