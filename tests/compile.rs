//! Modules are compiled in a confined child process: what it may do, what it refuses, and what is kept of its work.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wardgate_domain::policy::ModuleDigest;
use wardgate_policy::compile::{CompileBounds, CompileError, Compiler};
use wardgate_policy::{ArtefactKey, Artefacts, Engine, EngineOptions, SHIPPED};
use zeroize::Zeroizing;

use crate::harness::WARDGATE;

fn compiler() -> Compiler {
    Compiler::new(WARDGATE.into(), vec!["compile-module".to_owned()])
}

fn engine() -> Engine {
    Engine::new(EngineOptions { instances: 2, ..EngineOptions::default() }).expect("an engine")
}

fn artefacts(folder: &Path, key: u8, engine: &Engine) -> Artefacts {
    Artefacts::open(folder.to_owned(), ArtefactKey(Zeroizing::new([key; 32])), engine.clone()).expect("a folder")
}

/// What a small module may use.
fn bounds() -> CompileBounds {
    CompileBounds::of(1, 4 * 1024 * 1024)
}

/// A component of nothing but a core module.
fn component_of(core: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {core}))")).expect("a legal text")
}

/// Refused, in `words`, before the time is over that compiling may take.
#[track_caller]
fn check_refused(component: &[u8], words: &str) {
    let began = Instant::now();
    let error = compiler().compile(component, bounds()).expect_err(words).to_string();
    assert!(error.contains(words), "{error}");
    assert!(began.elapsed() < Duration::from_secs(bounds().wall_s.into()), "{error} took {:?}", began.elapsed());
}

#[test]
fn what_the_child_compiled_is_loaded_and_kept() {
    let (folder, engine) = (tempfile::tempdir().expect("a folder"), engine());
    let kept = artefacts(&folder.path().join("modules"), 1, &engine);
    for (name, component) in SHIPPED {
        let whole = engine.load(component).expect("a module");
        assert!(engine.load_kept(&kept, whole.digest()).is_none(), "{name} is not there yet");
        let code = compiler().compile(component, bounds()).expect("compiled");
        kept.put(whole.digest(), &code).expect("kept");
        let loaded = engine.load_kept(&kept, whole.digest()).expect("there").expect("a module");
        assert_eq!(loaded.description(), whole.description(), "{name}");
        assert_eq!((loaded.digest(), loaded.world()), (whole.digest(), whole.world()), "{name}");
        kept.remove(whole.digest()).expect("removed");
        assert!(engine.load_kept(&kept, whole.digest()).is_none(), "{name} is gone");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("modules")).expect("the folder").count(), 0, "nothing is left");
}

/// What is done to which file.
type Damage = (&'static str, fn(&mut Vec<u8>));

#[test]
fn machine_code_that_is_not_ours_is_never_loaded() {
    let (folder, engine) = (tempfile::tempdir().expect("a folder"), engine());
    let place = folder.path().join("modules");
    let (name, component) = SHIPPED[0];
    let digest = engine.load(component).expect("a module").digest();
    let code = compiler().compile(component, bounds()).expect("compiled");
    let kept = artefacts(&place, 1, &engine);
    let put = |digest: ModuleDigest| kept.put(digest, &code).expect("kept");
    let files = |ending: &str| {
        let entries = std::fs::read_dir(&place).expect("the folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect::<Vec<_>>()
    };
    let edit = |ending: &str, change: fn(&mut Vec<u8>)| {
        let path = files(ending).pop().unwrap_or_else(|| panic!("no {ending} of {name}"));
        let mut bytes = std::fs::read(&path).expect("read");
        change(&mut bytes);
        std::fs::write(path, bytes).expect("written");
    };
    let damages: [Damage; 5] = [
        ("code", |bytes| bytes[4096] ^= 1),
        ("code", |bytes| bytes.truncate(bytes.len() - 1)),
        ("code", |bytes| bytes.push(0)),
        ("tag", |bytes| bytes[31] ^= 0x80),
        ("tag", |bytes| bytes.truncate(16)),
    ];
    for (ending, change) in damages {
        put(digest);
        assert!(engine.load_kept(&kept, digest).is_some(), "whole");
        edit(ending, change);
        assert!(engine.load_kept(&kept, digest).is_none(), "a changed {ending} was loaded");
        assert!(files("code").is_empty() && files("tag").is_empty(), "what is not ours is taken away");
    }
    // Nor is code of another module, or of a key that is not ours.
    put(digest);
    let other = ModuleDigest([7; 32]);
    for ending in ["code", "tag"] {
        let path = files(ending).pop().expect("a file");
        let renamed = path.display().to_string().replace(&digest.to_string(), &other.to_string());
        std::fs::rename(path, renamed).expect("renamed");
    }
    assert!(engine.load_kept(&kept, other).is_none());
    put(digest);
    assert!(engine.load_kept(&artefacts(&place, 2, &engine), digest).is_none());
    // And a folder that others may write to is none of ours.
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o777)).expect("chmod");
    let key = ArtefactKey(Zeroizing::new([1; 32]));
    assert!(Artefacts::open(place, key, engine).is_err());
}

#[test]
fn more_than_a_component_may_have_is_refused_by_name() {
    let many = |count: usize, text: &str| text.repeat(count);
    let mut nested = "(component".repeat(6);
    nested.push_str(&")".repeat(6));
    check_refused(&wat::parse_str(nested).expect("a legal text"), "levels of nested components");
    check_refused(&component_of(&many(50_001, "(func)")), "50000 functions");
    check_refused(&component_of(&many(10_001, "(global i32 (i32.const 0))")), "10000 globals");
    check_refused(&component_of(&many(10_001, "(type (func))")), "10000 types");
    check_refused(&component_of(&many(5_001, "(import \"a\" \"b\" (func))")), "5000 imports");
    check_refused(&component_of(&format!("(func (param {}))", many(101, "i32 "))), "100 parameters");
    check_refused(&component_of(&format!("(func (local {}))", many(10_001, "i32 "))), "10000 locals");
    let blocks = format!("(func {} {})", many(1_001, "block "), many(1_001, "end "));
    check_refused(&component_of(&blocks), "1000 levels of blocks");
    check_refused(&component_of(&format!("(func {})", many(300_000, "i32.const 0 drop "))), "bytes of one function");
}

#[test]
fn a_component_that_is_broken_is_refused_with_its_reason() {
    let whole = SHIPPED[0].1;
    let refused = compiler().compile(&whole[..whole.len() - 7], bounds()).expect_err("cut off");
    assert!(matches!(refused, CompileError::Invalid(_)), "{refused:?}");
    check_refused(&component_of("(func (result i32))"), "type mismatch");
    let short = CompileBounds { module_bytes: 1_000, ..bounds() };
    let refused = compiler().compile(whole, short).expect_err("too long");
    assert!(matches!(refused, CompileError::TooMuch(_)), "{refused:?}");
}

/// Each type is a record of the one before, many times over.
#[test]
fn types_that_grow_without_end_are_refused() {
    let mut text = "(component (type $t0 (record (field \"a\" u8)))".to_owned();
    for level in 1..60 {
        write!(text, "(type $t{level} (tuple").expect("written");
        text.push_str(&format!(" $t{}", level - 1).repeat(10));
        text.push_str("))");
    }
    text.push(')');
    check_refused(&wat::parse_str(text).expect("a legal text"), "not valid here");
}

#[test]
fn a_compilation_that_takes_too_much_is_ended() {
    // Every block reads and writes every local: what a register allocator likes least.
    let mut body = String::new();
    for local in 0..2_000 {
        write!(body, "(if (local.get {local}) (then (local.set {} (local.get {local}))))", (local * 7 + 1) % 2_000)
            .expect("written");
    }
    let heavy = component_of(&format!("(func (local {}) {})", "i32 ".repeat(2_000), body.repeat(8)));
    let began = Instant::now();
    let little = CompileBounds { memory_mib: 128, cpu_s: 60, ..bounds() };
    let refused = compiler().compile(&heavy, little).expect_err("too much memory");
    assert!(matches!(refused, CompileError::Died { memory_mib: 128, .. }), "{refused:?}");
    let short = CompileBounds { memory_mib: 8_192, cpu_s: 1, ..bounds() };
    let refused = compiler().compile(&heavy, short).expect_err("too much processor time");
    assert!(matches!(refused, CompileError::Died { cpu_s: 1, .. }), "{refused:?}");
    let late = CompileBounds { memory_mib: 8_192, cpu_s: 60, wall_s: 1, ..bounds() };
    let refused = compiler().compile(&heavy, late).expect_err("too long");
    assert!(matches!(refused, CompileError::TooSlow(1)), "{refused:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn a_program_that_does_not_answer_is_the_host_s_trouble() {
    for program in ["/nonexistent", "/bin/true"] {
        let compiler = Compiler::new(program.into(), Vec::new());
        let refused = compiler.compile(SHIPPED[0].1, bounds()).expect_err(program);
        assert!(matches!(refused, CompileError::Host(_) | CompileError::Died { .. }), "{refused:?}");
    }
}

/// The child has taken its order, confined itself and waits for a component that does not come.
#[test]
fn the_child_has_no_files_no_network_and_little_memory() {
    let mut child = Command::new(WARDGATE)
        .arg("compile-module")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let mut orders = child.stdin.take().expect("piped");
    let words = [256_u32, 5, 1_000];
    orders.write_all(&words.map(u32::to_le_bytes).concat()).expect("the order");
    let proc = Path::new("/proc").join(child.id().to_string());
    let read = |name: &str| std::fs::read_to_string(proc.join(name)).expect("the child lives");
    let until = Instant::now() + Duration::from_secs(10);
    while !read("status").contains("Seccomp:\t2") {
        assert!(Instant::now() < until, "no filter of system calls");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(read("status").contains("NoNewPrivs:\t1"));
    assert!(read("status").contains("Threads:\t1"));
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
        line.split_whitespace().next().expect("a value").to_owned()
    };
    assert_eq!(limit("Max address space"), (256 * 1024 * 1024).to_string());
    assert_eq!(limit("Max cpu time"), "5");
    for none in ["Max open files", "Max file size", "Max core file size", "Max processes"] {
        assert_eq!(limit(none), "0", "{none}");
    }
    let open = std::fs::read_dir(proc.join("fd")).expect("its files").count();
    assert_eq!(open, 3, "the pipes and standard error, and nothing of ours");
    child.kill().expect("killed");
    child.wait().expect("gone");
}
