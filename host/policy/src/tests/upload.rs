//! What may be uploaded, and what is refused by name.

use super::guests::{component, engine, load};
use crate::limits::MODULE_BYTES;
use crate::{LoadError, World};

#[track_caller]
fn check_refused(bytes: &[u8], word: &str) {
    let error = engine().load(bytes).unwrap_err();
    assert!(matches!(error, LoadError::NotComponent(_)), "{error:?}");
    assert!(error.to_string().contains(word), "{error}");
}

#[test]
fn only_components_are_taken() {
    check_refused(b"", "begin");
    check_refused(b"garbage", "begin");
    check_refused(b"\0asm", "begin");
    check_refused(b"\0asm\x01\0\0\0", "core module");
    check_refused(b"\x7fELF\x02\x01\x01\0", "machine code");
    check_refused(b"\n (component)", "text format");
    check_refused(&[b"\0asm\x0d\0\x01\0".to_vec(), vec![0; MODULE_BYTES]].concat(), "32 MiB");
}

#[test]
fn our_own_precompiled_form_is_refused() {
    let runtime = wasmtime::Engine::default();
    let compiled = wasmtime::component::Component::from_binary(&runtime, &component("", &[])).expect("a component");
    check_refused(&compiled.serialize().expect("an artefact"), "machine code");
}

#[test]
fn a_component_that_is_cut_off_or_scrambled_is_refused() {
    let whole = component("", &[]);
    for length in (8..whole.len()).step_by(97) {
        assert!(engine().load(&whole[..length]).is_err(), "{length} bytes of {} were accepted", whole.len());
    }
    let mut scrambled = whole;
    scrambled[8..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    assert!(matches!(engine().load(&scrambled).unwrap_err(), LoadError::Invalid(_)));
}

#[track_caller]
fn check_import(text: &str, expected: &str) {
    let bytes = wat::parse_str(format!("(component {text})")).expect("a legal text");
    assert_eq!(engine().load(&bytes).unwrap_err(), LoadError::Import(expected.to_owned()));
}

#[test]
fn an_import_that_policies_are_not_given_is_refused_by_name() {
    for wasi in [
        "wasi:clocks/monotonic-clock@0.3.0",
        "wasi:clocks/monotonic-clock@0.2.0-rc-2023-11-10",
        "wasi:clocks/monotonic-clock",
        "wasi:clocks/timezone@0.2.0",
        "wasi:keyvalue/store@0.2.0",
    ] {
        check_import(&format!(r#"(import "{wasi}" (instance (export "now" (func (result u64)))))"#), wasi);
    }
    check_import(r#"(import "run" (func))"#, "run");
    check_import(
        r#"(import "wardgate:policy/log@2.0.0" (instance (export "emit" (func))))"#,
        "wardgate:policy/log@2.0.0",
    );
    check_import(r#"(import "a:b/c" (instance (export "error" (type (sub resource)))))"#, "a:b/c");
    check_import(r#"(import "m" (core module))"#, "m");
}

#[test]
fn a_log_of_another_shape_is_refused() {
    let log =
        r#"(component (import "wardgate:policy/log@1.0.0" (instance (export "emit" (func (param "m" string))))))"#;
    let error = engine().load(&wat::parse_str(log).expect("a legal text")).unwrap_err();
    assert!(matches!(error, LoadError::Contract(_)), "{error:?}");
}

#[test]
fn a_component_that_is_no_policy_is_refused() {
    let empty = wat::parse_str("(component)").expect("a legal text");
    let error = engine().load(&empty).unwrap_err();
    assert!(error.to_string().contains("wardgate:policy/policy@1.0.0"), "{error}");
}

#[test]
fn functions_of_another_type_are_refused() {
    let lie = r#"(component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $policy (export "describe" (func $f)) (export "prepare" (func $f)) (export "evaluate" (func $f)))
      (export "wardgate:policy/policy@1.0.0" (instance $policy)))"#;
    let error = engine().load(&wat::parse_str(lie).expect("a legal text")).unwrap_err();
    assert!(matches!(error, LoadError::Contract(_)), "{error:?}");
}

#[test]
fn what_is_switched_off_is_refused() {
    for feature in [
        "(memory (export \"memory\") i64 2)",
        "(memory $more 1)",
        "(func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))",
        "(func $tail (return_call $tail))",
    ] {
        let core = wat::parse_str(format!("(module (memory $first 1) {feature})")).expect("a legal text");
        // A component of nothing but this module, so that no tool refuses it before the engine does.
        let mut bytes = b"\0asm\x0d\0\x01\0\x01".to_vec();
        bytes.push(u8::try_from(core.len()).expect("a small module"));
        assert!(core.len() < 128, "the length takes one byte");
        bytes.extend(core);
        let error = engine().load(&bytes).unwrap_err();
        assert!(matches!(error, LoadError::Invalid(_)), "{feature}: {error:?}");
    }
}

#[test]
fn only_a_module_that_imports_no_function_is_bare() {
    assert_eq!(load("smuggler").expect("a module").world(), World::Bare);
    assert_eq!(load("log-flood").expect("a module").world(), World::Standard);
    let chatter = load("wasi/chatter").expect("a module");
    assert_eq!(chatter.world(), World::Wasi);
    assert!(chatter.imports().contains(&"wasi:cli/stdout@0.2.3".to_owned()), "{:?}", chatter.imports());
}

#[test]
fn a_module_is_named_by_its_bytes() {
    let (one, same, other) = (component("", &[]), component("", &[]), component("", &["subject.id"]));
    let digest = |bytes: &[u8]| engine().load(bytes).expect("a module").digest();
    assert_eq!(digest(&one), digest(&same));
    assert_ne!(digest(&one), digest(&other));
}
