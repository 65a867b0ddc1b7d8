//! Modules that chance made, and a good one with something wrong: refused, or taken and harmless.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Chance, Siege, component, component_of, versions};
use crate::harness::{CHAT, Key, PREMISE, edition, report};

/// Kinds of numbers that functions compute with.
const KINDS: [&str; 4] = ["i32", "i64", "f32", "f64"];

#[tokio::test]
async fn modules_that_chance_made_are_refused_or_harmless() {
    let mut chance = Chance(20_261_122);
    let mut components = Vec::new();
    for _ in 0..60 {
        let text = Maker { chance: &mut chance }.module();
        let core = wat::parse_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        components.push(component_of(&core));
    }
    for _ in 0..20 {
        let noise = noise(&mut chance, 13, b"\0asm\x01\0\0\0");
        components.push(component_of(&noise));
        components.push(self::noise(&mut chance, 12, b"\0asm\x0d\0\x01\0"));
    }
    throw_all("made up", components).await;
}

#[tokio::test]
async fn a_good_module_with_something_wrong_is_refused_or_harmless() {
    let good = edition("consumer-chat", "damaged");
    let mut chance = Chance(7);
    let cut = (0..100).map(|n| good[..good.len() * n / 100].to_vec()).collect::<Vec<_>>();
    let flipped = (0..100).map(|n| {
        let mut component = good.clone();
        // One bit, or a few of them.
        for _ in 0..=(n % 3) {
            let place = chance.below(component.len());
            component[place] ^= 1 << chance.below(8);
        }
        component
    });
    let flipped = flipped.collect::<Vec<_>>();
    throw_all("damaged", [cut, flipped].concat()).await;
}

/// Each is answered as the client's fault, or becomes a version that decides calls and hurts nobody.
async fn throw_all(what: &str, components: Vec<Vec<u8>>) {
    let siege = Siege::start().await;
    let caller = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 60 });
    let caller = siege.thrower.make_key_with(&caller).await;
    let (count, began) = (components.len(), Instant::now());
    let (mut taken, mut slowest) = (0, Duration::ZERO);
    for (n, component) in components.into_iter().enumerate() {
        let thrown = siege.throw("odd", component).await;
        slowest = slowest.max(thrown.took);
        match thrown.answer.status {
            400 | 413 | 422 => {}
            201 => {
                taken += 1;
                is_harmless(&siege, &caller, &thrown.answer.json()["version"].to_string()).await;
            }
            status => panic!("{what} {n}: {status} {}", thrown.answer.text()),
        }
        siege.serves_others().await;
    }
    let took = began.elapsed();
    report(&format!("{count} {what} in {took:?}: {taken} taken, the slowest answer {slowest:?}"));
    if taken > 0 {
        siege.thrower.delete(&format!("/v1/tenants/{PREMISE}/policies/odd")).await.expect(204);
    }
    siege.is_well("after chance").await;
}

/// Put into force it decides in one of the ways that there are.
async fn is_harmless(siege: &Siege, caller: &Key, version: &str) {
    let path = format!("{}/{version}/activate", versions(PREMISE, "odd"));
    siege.thrower.post(&path, &json!({})).await.expect(200);
    let code = siege.server.check_key(caller, CHAT).await["code"].clone();
    assert!(["allowed", "policy_denied", "policy_failed"].iter().any(|it| code == *it), "{code}");
}

/// Sections of any bytes under a header.
fn noise(chance: &mut Chance, sections: usize, header: &[u8]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    for _ in 0..=chance.below(4) {
        let id = u8::try_from(chance.below(sections)).expect("few sections");
        let content: Vec<_> = (0..chance.below(60)).map(|_| chance.next().to_le_bytes()[0]).collect();
        // The section without the header that comes before it.
        bytes.extend(&component(id, &content)[8..]);
    }
    bytes
}

/// Writes valid modules in the text format.
struct Maker<'a> {
    chance: &'a mut Chance,
}

impl Maker<'_> {
    /// Functions that compute, branch, call each other, and use memory, a table and globals.
    fn module(&mut self) -> String {
        let functions = 1 + self.chance.below(6);
        let mut text = "(module (memory 1 4) (table 8 funcref) (global $g (mut i64) (i64.const 3))".to_owned();
        for n in 0..functions {
            // Each kind once as a parameter and once as a local.
            let kind = KINDS[self.chance.below(4)];
            let body = self.body(kind, functions);
            write!(
                text,
                "(func $f{n} (export \"f{n}\") (param i32 i64 f32 f64) (result {kind}) (local i32 i64 f32 f64) {body})",
            )
            .expect("written");
        }
        write!(text, "(elem (i32.const {}) $f0) (data (i32.const {}) \"\\00x\")", self.chance.below(9), self.number())
            .expect("written");
        if self.chance.below(3) == 0 {
            text.push_str("(func $s loop br 0 end) (start $s)");
        }
        text.push(')');
        text
    }

    fn body(&mut self, kind: &str, functions: usize) -> String {
        let steps = self.chance.below(12);
        let mut body = (0..steps).map(|_| self.step(functions)).collect::<String>();
        body.push_str(&self.value(kind, 6));
        body
    }

    fn step(&mut self, functions: usize) -> String {
        let n = self.chance.below(4);
        let kind = KINDS[n];
        let (value, address) = (self.value(kind, 4), self.value("i32", 2));
        match self.chance.below(6) {
            0 => format!("(local.set {} {value})", n + 4),
            1 => format!("({kind}.store {address} {value})"),
            2 => format!("(block (loop (br_if {} {address})) (drop {value}))", self.chance.below(2)),
            3 => format!("(if {address} (then (drop {value})) (else (global.set $g {})))", self.value("i64", 3)),
            4 => format!("(block (block (br_table 0 1 0 {address})) (drop (memory.grow {address})))"),
            _ => {
                let callee = self.chance.below(functions);
                format!("(drop (call $f{callee} {address} (i64.const 1) (f32.const 2) (f64.const 3)))")
            }
        }
    }

    /// An expression of one kind.
    fn value(&mut self, kind: &str, depth: usize) -> String {
        let place = KINDS.iter().position(|it| *it == kind).expect("a kind");
        let integer = place < 2;
        if depth == 0 {
            return match self.chance.below(2) {
                0 => format!("(local.get {})", place + 4 * self.chance.below(2)),
                _ => format!("({kind}.const {})", self.number()),
            };
        }
        let two = |it: &mut Self| format!("{} {}", it.value(kind, depth - 1), it.value(kind, depth - 1));
        match self.chance.below(5) {
            0 if integer => {
                let name = ["add", "mul", "div_s", "rem_u", "xor", "rotl", "shr_s"][self.chance.below(7)];
                format!("({kind}.{name} {})", two(self))
            }
            0 => format!("({kind}.{} {})", ["add", "div", "min", "copysign"][self.chance.below(4)], two(self)),
            1 => format!("(select {} {})", two(self), self.value("i32", depth - 1)),
            2 => format!("({kind}.load offset={} {})", self.number(), self.value("i32", depth - 1)),
            3 if integer => format!("({kind}.popcnt {})", self.value(kind, depth - 1)),
            3 => format!("({kind}.sqrt {})", self.value(kind, depth - 1)),
            _ => self.value(kind, 0),
        }
    }

    fn number(&mut self) -> usize {
        [0, 1, 7, 65_535, 65_536, 0x7fff_ffff][self.chance.below(6)]
    }
}
