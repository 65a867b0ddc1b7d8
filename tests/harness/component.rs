//! Components to upload.

use std::path::Path;

use wardgate_policy::SHIPPED;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A shipped module with `mark` in it: other bytes that do the same.
pub(crate) fn edition(module: &str, mark: &str) -> Vec<u8> {
    let (_, bytes) = SHIPPED.iter().find(|(name, _)| *name == module).expect("a shipped module");
    // A custom section: nobody has to know it, and nobody's answers change by it.
    let name = "mark";
    let mut content = vec![u8::try_from(name.len()).expect("a short name")];
    content.extend([name.as_bytes(), mark.as_bytes()].concat());
    let mut edition = bytes.to_vec();
    edition.extend([0, u8::try_from(content.len()).expect("less than 128 bytes")]);
    edition.extend(content);
    edition
}

/// A policy whose `evaluate` is this function of the text format, and whose other functions do what they should. It may
/// import what `host/policy/src/hostile/wasi/wasi.wit` has of WASI.
pub(crate) fn guest(evaluate: &str) -> Vec<u8> {
    let text = [
        "(module (type $evaluate (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))",
        evaluate,
        include_str!("../../host/policy/src/hostile/parts/memory.wat"),
        include_str!("../../host/policy/src/hostile/parts/realloc.wat"),
        include_str!("../../host/policy/src/hostile/parts/describe.wat"),
        include_str!("../../host/policy/src/hostile/parts/prepare.wat"),
        // What `describe` answers: a name and a version at 16, the record that names them at 1024.
        r#"(data (i32.const 16) "test1")"#,
        r#"(data (i32.const 1024) "\10\00\00\00\04\00\00\00\14\00\00\00\01\00\00\00")"#,
        r#"(export "cabi_realloc" (func $realloc))"#,
        r#"(export "wardgate:policy/policy@1.0.0#describe" (func $describe))"#,
        r#"(export "wardgate:policy/policy@1.0.0#prepare" (func $prepare))"#,
        r#"(export "wardgate:policy/policy@1.0.0#evaluate" (func $evaluate)))"#,
    ];
    let mut core = wat::parse_str(text.concat()).expect("a legal text");
    let mut contract = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = contract.push_path(wit).expect("the contract");
    let world = if evaluate.contains("(import \"wasi:") {
        let parts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/policy/src/hostile/wasi/wasi.wit");
        let parts = contract.push_file(parts).expect("parts of WASI");
        contract.select_world(&[parts], Some("sealed")).expect("a world of WASI")
    } else {
        contract.select_world(&[package], Some("bare")).expect("a world of the contract")
    };
    embed_component_metadata(&mut core, &contract, world, StringEncoding::UTF8, false).expect("a legal world");
    ComponentEncoder::default().module(&core).expect("a legal module").encode().expect("a legal component")
}
