//! Test guests: small texts in `hostile/`, completed with parts that behave, and turned into components.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use wardgate_domain::fact::Fact;
use wardgate_domain::{Permission, TenantId};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{Bounds, Engine, EngineOptions, Evaluation, LoadError, Module, Policy};

/// Time enough for a guest that behaves, on a machine that is busy with other tests.
pub(crate) const PATIENT: Bounds = Bounds { wall_ms: 1_000, memory_mib: 16 };

/// The engine that all tests share.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(EngineOptions { instances: 64, ..EngineOptions::default() }).expect("an engine"))
}

/// The guest in `hostile/NAME.wat`, reading nothing.
pub(crate) fn load(name: &str) -> Result<Arc<Module>, LoadError> {
    engine().load(&component(&text(name), &[]))
}

/// The guest in `hostile/NAME.wat` as a policy without settings.
pub(crate) fn policy(name: &str, reads: &[&str]) -> Policy {
    prepared(&text(name), reads, PATIENT)
}

pub(crate) fn prepared(text: &str, reads: &[&str], bounds: Bounds) -> Policy {
    let module = engine().load(&component(text, reads)).expect("a module");
    module.prepare("{}", bounds).expect("a policy")
}

/// Asks about the same call every time, with `attributes`.
pub(crate) fn ask(policy: &Policy, attributes: &[(String, Fact)]) -> Evaluation {
    policy.evaluate_trial(&tenant(), &permission(), attributes)
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("demo").expect("a tenant id")
}

pub(crate) fn permission() -> Permission {
    Permission::parse("nexus:consumer:chat").expect("a permission")
}

pub(crate) fn text(name: &str) -> String {
    let file = source().join("hostile").join(format!("{name}.wat"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A component of `text` and, for each part that it does not bring itself, the part that behaves.
pub(crate) fn component(text: &str, reads: &[&str]) -> Vec<u8> {
    let mut core = wat::parse_str(core_module(text, reads)).expect("a legal text");
    let mut contract = Resolve::default();
    let (package, _) = contract.push_path(source().join("../../../wit")).expect("the contract");
    let world = if text.contains("(import \"wasi:") {
        let parts = contract.push_file(source().join("hostile/wasi/wasi.wit")).expect("parts of WASI");
        contract.select_world(&[parts], Some("sealed")).expect("a world of WASI")
    } else {
        let world = if text.contains("(import \"wardgate:policy/log") { "standard" } else { "bare" };
        contract.select_world(&[package], Some(world)).expect("a world of the contract")
    };
    embed_component_metadata(&mut core, &contract, world, StringEncoding::UTF8, false).expect("a legal world");
    let mut encoder = ComponentEncoder::default();
    encoder.module(&core).expect("a legal module").encode().expect("a legal component")
}

fn core_module(text: &str, reads: &[&str]) -> String {
    let parts = [
        ("(memory ", include_str!("../hostile/parts/memory.wat")),
        ("(func $realloc ", include_str!("../hostile/parts/realloc.wat")),
        ("(func $describe ", include_str!("../hostile/parts/describe.wat")),
        ("(func $prepare ", include_str!("../hostile/parts/prepare.wat")),
        ("(func $evaluate ", include_str!("../hostile/parts/evaluate.wat")),
    ];
    let parts: String = parts.iter().filter(|(own, _)| !text.contains(own)).map(|(_, part)| *part).collect();
    let description = description(reads);
    format!(
        r#"(module
  (type $evaluate (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  {text}
  {parts}
  {description}
  (export "cabi_realloc" (func $realloc))
  (export "wardgate:policy/policy@1.0.0#describe" (func $describe))
  (export "wardgate:policy/policy@1.0.0#prepare" (func $prepare))
  (export "wardgate:policy/policy@1.0.0#evaluate" (func $evaluate)))"#
    )
}

/// The answer of `describe` as it lies in memory: the record at 1024, its list at 1536, its texts from 4096 on.
fn description(reads: &[&str]) -> String {
    let (mut list, mut names) = (Vec::new(), String::new());
    for name in reads {
        list.extend([4096 + names.len(), name.len()]);
        names.push_str(name);
    }
    let record = [16, 4, 20, 1, 0, 0, 1536, reads.len(), 0];
    format!(
        "(data (i32.const 16) \"test1\") (data (i32.const 1024) \"{}\") (data (i32.const 1536) \"{}\") \
         (data (i32.const 4096) \"{names}\")",
        words(&record),
        words(&list)
    )
}

fn words(words: &[usize]) -> String {
    let bytes = words.iter().flat_map(|word| u32::try_from(*word).expect("a small number").to_le_bytes());
    bytes.fold(String::new(), |text, byte| text + &format!("\\{byte:02x}"))
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
