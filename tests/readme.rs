//! The README, as a reader pastes it: each of its blocks says what stands below it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Process, Setup, skip};

/// Printed between the blocks.
const MARK: &str = "---- the next block ----";

/// What is pasted, and what the reader is told that he will see.
struct Block {
    pasted: String,
    shown: String,
}

/// The blocks for a shell with what stands below each. Those of the first lines, which build and start, are run by whoever
/// runs this.
fn blocks(readme: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (at, fenced) in readme.split("```").enumerate() {
        let Some((language, text)) = fenced.split_once('\n').filter(|_| at % 2 == 1) else { continue };
        match (language, blocks.last_mut()) {
            ("sh", _) if text.starts_with("cargo ") => {}
            ("sh", _) => blocks.push(Block { pasted: text.to_owned(), shown: String::new() }),
            ("json" | "http", Some(block)) => block.shown.push_str(text),
            _ => {}
        }
    }
    blocks
}

/// What tells one outcome from another: statuses, codes and decisions.
const TELLING: [&str; 6] =
    ["HTTP/1.1 ", "\"code\":", "\"decision\":", "\"name\":", "\"token_type\":", "\"user_name\":"];

/// What is telling in a text, in its order. A line of three digits is a status, too.
fn gist(text: &str) -> Vec<&str> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for telling in TELLING {
        let values = text.match_indices(telling).map(|(at, _)| {
            let length = text[at..].find([',', '}', '\n']).unwrap_or(text.len() - at);
            (at, &text[at..at + length])
        });
        found.extend(values);
    }
    let is_status = |line: &&str| line.len() == 3 && line.bytes().all(|byte| byte.is_ascii_digit());
    found.extend(text.lines().filter(is_status).map(|line| (line.as_ptr() as usize - text.as_ptr() as usize, line)));
    found.sort_unstable();
    found.into_iter().map(|(_, value)| value).collect()
}

/// Whether all that was shown was seen, in its order; what is shown may leave something out.
fn holds(shown: &str, seen: &str) -> bool {
    let mut seen = gist(seen).into_iter();
    gist(shown).into_iter().all(|it| seen.any(|other| other == it))
}

#[test]
fn what_the_readme_says_is_what_its_reader_sees() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        skip("there is no curl");
        return;
    }
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).expect("the README");
    let blocks = blocks(&readme);
    assert!(blocks.len() > 10, "only {} blocks were found", blocks.len());
    let setup = Setup::new();
    let _server = Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    let pasted: Vec<_> = blocks.iter().map(|block| block.pasted.as_str()).collect();
    let script = pasted.join(&format!("\necho '{MARK}'\n"));
    let script_file = setup.path().join("pasted.sh");
    std::fs::write(&script_file, script).expect("written");
    // No proxy of the machine stands between.
    let output = Command::new("sh")
        .arg(&script_file)
        .current_dir(setup.path())
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let said = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let seen: Vec<_> = said.split(&format!("{MARK}\n")).collect();
    for (block, seen) in blocks.iter().zip(seen).filter(|(block, _)| !block.shown.is_empty()) {
        assert!(holds(&block.shown, seen), "after\n{}\nis shown\n{}\nand seen\n{seen}", block.pasted, block.shown);
    }
}
