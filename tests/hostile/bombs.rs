//! Small uploads that are dear to compile: refused in time by the bound that they break, while others are served.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use wardgate_policy::compile::CompileBounds;

use super::{Siege, component, component_of, p99, refused};
use crate::harness::report;

/// How long a bomb that a count gives away may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// What starting, feeding and judging the compiler may take beyond the time of the compiler itself.
const AROUND: Duration = Duration::from_secs(5);

/// Calls of others before the first bomb.
const CALLS: usize = 500;

/// A bomb, and the words of the bound that it breaks.
struct Bomb {
    name: &'static str,
    component: Vec<u8>,
    words: &'static [&'static str],
}

/// Ended by the memory, the processor time or the wall clock that compiling may take.
const ENDED: &[&str] = &["MiB and", "seconds to compile"];

#[tokio::test]
async fn bombs_that_a_count_gives_away_are_refused_by_its_name() {
    drop_all(counted()).await;
}

#[tokio::test]
async fn bombs_that_only_the_compiler_finds_are_ended_by_its_bounds() {
    drop_all(uncounted()).await;
}

async fn drop_all(bombs: Vec<Bomb>) {
    let siege = Siege::start().await;
    let alone = p99(siege.times_of_others(CALLS).await);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let calls = async {
        let mut times = Vec::new();
        while !*stopped.borrow() {
            times.push(siege.serves_others().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        times
    };
    let throws = async {
        for bomb in &bombs {
            let thrown = siege.throw("bomb", bomb.component.clone()).await;
            let detail = refused(&thrown.answer, bomb.name);
            report(&format!("{:>9.3?} {:>9} B {}: {detail}", thrown.took, bomb.component.len(), bomb.name));
            assert!(bomb.words.iter().any(|words| detail.contains(words)), "{}: {detail}", bomb.name);
            let wall = CompileBounds::of(bomb.component.len(), u32::MAX).wall_s;
            let most = if bomb.words == ENDED { Duration::from_secs(wall.into()) + AROUND } else { PATIENCE };
            assert!(thrown.took < most, "{} took {:?}", bomb.name, thrown.took);
        }
        stop.send(true).expect("somebody calls");
    };
    let began = Instant::now();
    let (times, ()) = tokio::join!(calls, throws);
    let (took, calls, slowest) = (began.elapsed(), times.len(), times.iter().max().copied());
    let slowest = slowest.expect("somebody was served");
    let beside = p99(times);
    report(&format!(
        "{} bombs in {took:?}: {calls} calls of others, p99 {alone:?} before and {beside:?} beside, the slowest {slowest:?}",
        bombs.len(),
    ));
    siege.is_well("after the bombs").await;
}

fn many(count: usize, text: &str) -> String {
    text.repeat(count)
}

/// A component of a core module in the text format.
fn core(text: &str) -> Vec<u8> {
    component_of(&wat::parse_str(format!("(module {text})")).expect("a legal text"))
}

fn text(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {text})")).expect("a legal text")
}

/// Numbered pieces of text.
fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        text.push_str(&piece(n));
        text
    })
}

fn counted() -> Vec<Bomb> {
    let nested = (0..5_000)
        .fold(Vec::new(), |inner, _| component(4, if inner.is_empty() { b"\0asm\x0d\0\x01\0" } else { &inner }));
    let mut bombs = Vec::new();
    let mut add = |name, component, words| bombs.push(Bomb { name, component, words });
    add("components in components", nested, &["levels of nested components"]);
    add("modules side by side", text(&many(65, "(core module)")), &["nested modules and components"]);
    add(
        "blocks in blocks",
        core(&format!("(func {}{})", many(100_000, "block "), many(100_000, "end "))),
        &["levels of blocks"],
    );
    add(
        "one giant function",
        core(&format!("(func {})", many(400_000, "i32.const 0 drop "))),
        &["bytes of one function"],
    );
    add("many functions", core(&many(200_000, "(func)")), &["50000 functions"]);
    add(
        "a branch to everywhere",
        core(&format!("(func (br_table {} (i32.const 0)))", many(20_002, "0 "))),
        &["targets of one branch"],
    );
    // A count and a kind: four thousand million locals in six bytes.
    add("locals by a count", component_of(&locals_by_a_count()), &["locals of one function", "too many locals"]);
    add("parameters", core(&format!("(func (param {}))", many(900, "i64 "))), &["parameters of a function"]);
    add("results", core(&format!("(type (func (result {})))", many(900, "i64 "))), &["results of a function"]);
    add("globals", core(&many(100_000, "(global i32 (i32.const 0))")), &["10000 globals"]);
    add("types", core(&many(100_000, "(type (func))")), &["10000 types"]);
    add("component types", text(&many(100_000, "(type u8)")), &["10000 types"]);
    add("imports of a module", core(&many(100_000, "(import \"a\" \"b\" (func))")), &["5000 imports"]);
    add("imports of a component", text(&numbered(6_000, |n| format!("(import \"a{n}\" (func))"))), &["5000 imports"]);
    add(
        "exports",
        core(&format!("(func){}", numbered(60_000, |n| format!("(export \"{n}\" (func 0))")))),
        &["50000 exports"],
    );
    add("aliases", aliases(60_000), &["50000 exports"]);
    add(
        "instances",
        text(&format!("(core module $m){}", many(1_001, "(core instance (instantiate $m))"))),
        &["1000 instances"],
    );
    add(
        "segments of data",
        core(&format!("(memory 1){}", many(60_000, "(data (i32.const 0) \"a\")"))),
        &["50000 segments"],
    );
    add(
        "segments of elements",
        core(&format!("(table 1 funcref){}", many(60_000, "(elem func)"))),
        &["50000 segments"],
    );
    add("memories", core(&many(2, "(memory 1)")), &["linear memories"]);
    bombs
}

fn uncounted() -> Vec<Bomb> {
    let mut bombs = Vec::new();
    let mut add = |name, component, words| bombs.push(Bomb { name, component, words });
    let not_valid: &[&str] = &["not valid here"];
    // What the engine has for one instance is less.
    let too_large: &[&str] = &["exceeds the limit of"];
    // Compiled in time, as what it is, and then it is no policy.
    let no_policy: &[&str] = &["does not export wardgate:policy/policy"];
    // Each type is ten of the one before.
    let tuples = numbered(90, |n| format!("(type $t{} (tuple {}))", n + 1, many(10, &format!("$t{n} "))));
    add("types of types", text(&format!("(type $t0 (tuple u8 u8)){tuples}")), not_valid);
    let variants = numbered(90, |n| {
        format!("(type $t{} (variant {}))", n + 1, numbered(10, |case| format!("(case \"c{case}\" $t{n})")))
    });
    add("cases of cases", text(&format!("(type $t0 (variant (case \"a\" u8))){variants}")), not_valid);
    let instances = numbered(90, |n| {
        format!(
            "(type $t{} (instance {}))",
            n + 1,
            numbered(10, |it| {
                format!("(alias outer 1 {n} (type $o{it})) (export \"e{it}\" (instance (type $o{it})))")
            })
        )
    });
    add("instances of instances", text(&format!("(type $t0 (instance (export \"a\" (func)))){instances}")), not_valid);
    // One type to whoever counts sections.
    add("types within one type", text(&format!("(type (component {}))", many(300_000, "(type u8)"))), no_policy);
    // What a module of nothing makes of itself: 300 times 300 times 300 instances.
    add("instances that make instances", text(&multiplied(300)), ENDED);
    add("a huge memory", core("(memory 65536)"), too_large);
    add(
        "a huge memory with data at both ends",
        core("(memory 65536) (data (i32.const 0) \"a\") (data (i32.const -1) \"b\")"),
        too_large,
    );
    add("a huge table", core("(table 10000000 funcref)"), too_large);
    let elements = format!("(table 10000000 funcref) (func $f) (elem (i32.const 9000000) {})", many(900_000, "$f "));
    add("a huge table that is filled", core(&elements), ENDED);
    add("what a register allocator likes least", core(&registers(2_000, 8)), ENDED);
    add("branches that carry much", core(&carried(900, 100, 200)), ENDED);
    add("values that wait for each other", core(&many(3, &waiting(100_000))), no_policy);
    add(
        "all that may branch",
        core(&many(12, &format!("(func {})", many(4, &format!("(br_table {} (i32.const 0))", many(20_000, "0 ")))))),
        no_policy,
    );
    add("as many functions as there may be", core(&many(50_000, "(func (result i32) (i32.const 7))")), no_policy);
    bombs
}

/// One function of four thousand million locals.
fn locals_by_a_count() -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend([1, 4, 1, 0x60, 0, 0]);
    module.extend([3, 2, 1, 0]);
    module.extend([10, 10, 1, 8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b]);
    module
}

fn aliases(count: usize) -> Vec<u8> {
    let alias = "(alias core export $i \"f\" (core func))";
    text(&format!("(core module $m (func (export \"f\"))) (core instance $i (instantiate $m)){}", many(count, alias)))
}

/// Three levels, each of which makes `times` of the one below.
fn multiplied(times: usize) -> String {
    let make = many(times, "(instance (instantiate $c))");
    let innermost = format!("(component $c (core module $m) {})", many(times, "(core instance (instantiate $m))"));
    format!("(component $c {innermost} {make}) {make}")
}

/// Every block reads and writes every local.
fn registers(locals: usize, rounds: usize) -> String {
    let body = numbered(locals, |local| {
        format!("(if (local.get {local}) (then (local.set {} (local.get {local}))))", (local * 7 + 1) % locals)
    });
    format!("(func (local {}) {})", many(locals, "i32 "), many(rounds, &body))
}

/// Blocks in blocks that all have `values` results, and branches to each of them with all of these.
fn carried(depth: usize, values: usize, branches: usize) -> String {
    let results = format!("(result {})", many(values, "i32 "));
    let mut body = many(depth, &format!("block {results} "));
    let targets = numbered(depth, |n| format!("{} ", n + 1));
    for _ in 0..branches {
        let branch = format!("{} (br_table {targets} (local.get 0))", many(values, "i32.const 1 "));
        write!(body, "(if (local.get 0) (then {branch})) ").expect("written");
    }
    body.push_str(&many(values, "i32.const 2 "));
    body.push_str(&many(depth, "end "));
    body.push_str(&many(values, "drop "));
    format!("(func (param i32) {body})")
}

/// A function that puts `count` values upon each other before it uses one.
fn waiting(count: usize) -> String {
    format!("(func (param i32) (result i32) {} {})", many(count, "local.get 0 "), many(count - 1, "i32.add "))
}
