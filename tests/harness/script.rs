//! A script of another language as a process of its own, which says line by line what it has done and may ask for something.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Child;

/// Reads what the script says until it ends, and lets `answer` do what it asks for: the steps that it has done, what it
/// complains of, and whether it ended well.
pub(crate) fn follow(mut child: Child, mut answer: impl FnMut(&str) -> Option<String>) -> (Vec<String>, String, bool) {
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut asked = child.stdin.take().expect("piped");
    let mut complaints = child.stderr.take().expect("piped");
    let complaints = std::thread::spawn(move || {
        let mut text = String::new();
        complaints.read_to_string(&mut text).map(|_| text)
    });
    let mut done = Vec::new();
    for line in lines {
        let line = line.expect("a line");
        match answer(&line) {
            Some(answered) => writeln!(asked, "{answered}").expect("the script waits"),
            None => done.push(line),
        }
    }
    let ended_well = child.wait().expect("it ends").success();
    (done, complaints.join().expect("no panic").expect("a text"), ended_well)
}
