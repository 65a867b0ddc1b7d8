//! The functions that users may call, from `functions.txt`, which the host reads, too. The compiler makes a small table
//! of it: an evaluation finds it ready, and the policy stays within one page of memory.

use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../functions.txt");

/// The areas, by whose places a function knows its own.
pub(crate) const AREAS: [&str; 6] = ["context", "thread", "store", "inbox", "stream", "kvdb"];

/// The arguments that a line may name, as attributes of the call.
pub(crate) const ARGUMENTS: [&str; 9] = [
    "resource.contextId",
    "resource.threadId",
    "resource.messageId",
    "resource.storeId",
    "resource.fileId",
    "resource.inboxId",
    "resource.streamRoomId",
    "resource.kvdbId",
    "resource.entryKey",
];
const ARGUMENT_PREFIX: &str = "resource.";

static FUNCTIONS: [Function; SIZE.functions] = TABLE.functions;
static NAMES: [u8; SIZE.name_bytes] = TABLE.names;

/// A function of one area.
pub(crate) struct Function {
    /// Its place in the table.
    pub(crate) id: u8,
    /// The place of its area.
    pub(crate) area: u8,
    pub(crate) kind: Kind,
    name_bytes: u8,
    name_at: u16,
    /// A bit for the place of each argument.
    arguments: u16,
}

/// What a function does, which puts it into one of two groups.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Kind {
    Read,
    Write,
}

impl Function {
    fn name(&self) -> &'static [u8] {
        let from = NAMES.get(usize::from(self.name_at)..).unwrap_or_default();
        from.get(..usize::from(self.name_bytes)).unwrap_or_default()
    }

    /// The place of its argument of that name.
    pub(crate) fn argument(&self, name: &str) -> Option<u8> {
        let at = ARGUMENTS.iter().position(|argument| argument.strip_prefix(ARGUMENT_PREFIX) == Some(name))?;
        let at = u8::try_from(at).ok()?;
        (self.arguments >> at & 1 == 1).then_some(at)
    }
}

/// The function that is called `area/name`.
pub(crate) fn find(path: &str) -> Option<&'static Function> {
    let (area, name) = path.split_once('/')?;
    find_in(area, name)
}

/// The function of that name in an area.
pub(crate) fn find_in(area: &str, name: &str) -> Option<&'static Function> {
    let area = find_area(area)?;
    FUNCTIONS.iter().find(|function| function.area == area && function.name() == name.as_bytes())
}

/// The function at that place of the table, if it is of that area.
pub(crate) fn get_in(area: &str, id: u8) -> Option<&'static Function> {
    FUNCTIONS.get(usize::from(id)).filter(|function| find_area(area) == Some(function.area))
}

/// The place of an area.
pub(crate) fn find_area(text: &str) -> Option<u8> {
    AREAS.iter().position(|area| *area == text).and_then(|at| u8::try_from(at).ok())
}

/// The place of a function in the table, for the compiler to find.
pub(crate) const fn id(name: &str) -> u8 {
    let (mut rest, mut id) = (TEXT, 0);
    while !rest.is_empty() {
        let line;
        (line, rest) = split(rest, b'\n');
        if same(words(line)[2], name) {
            return id;
        }
        id += 1;
    }
    panic!("there is no such function")
}

const SIZE: Size = Size::read();
const TABLE: Table = Table::read();

struct Size {
    functions: usize,
    name_bytes: usize,
}

impl Size {
    const fn read() -> Self {
        let mut size = Self { functions: 0, name_bytes: 0 };
        let mut rest = TEXT;
        while !rest.is_empty() {
            let line;
            (line, rest) = split(rest, b'\n');
            size.functions += 1;
            size.name_bytes += words(line)[2].len();
        }
        size
    }
}

struct Table {
    functions: [Function; SIZE.functions],
    names: [u8; SIZE.name_bytes],
}

impl Table {
    #[expect(clippy::cast_possible_truncation, reason = "the number of functions fits, and a name is short")]
    const fn read() -> Self {
        const NOBODY: Function = Function { id: 0, area: 0, kind: Kind::Read, name_bytes: 0, name_at: 0, arguments: 0 };
        assert!(SIZE.functions <= u8::MAX as usize && SIZE.name_bytes <= u16::MAX as usize);
        let mut table = Self { functions: [NOBODY; SIZE.functions], names: [0; SIZE.name_bytes] };
        let (mut rest, mut at, mut names) = (TEXT, 0, 0);
        while at < SIZE.functions {
            let line;
            (line, rest) = split(rest, b'\n');
            let [area, kind, name, arguments] = words(line);
            table.functions[at] = Function {
                id: at as u8,
                area: place(&AREAS, "", area),
                kind: if same(kind, "READ") { Kind::Read } else { Kind::Write },
                name_bytes: name.len() as u8,
                name_at: names as u16,
                arguments: bits(arguments),
            };
            let mut byte = 0;
            while byte < name.len() {
                table.names[names] = name.as_bytes()[byte];
                (byte, names) = (byte + 1, names + 1);
            }
            at += 1;
        }
        table
    }
}

/// The arguments of a line as bits.
const fn bits(arguments: &str) -> u16 {
    let (mut rest, mut bits) = (arguments, 0);
    while !rest.is_empty() {
        let name;
        (name, rest) = split(rest, b' ');
        bits |= 1 << place(&ARGUMENTS, ARGUMENT_PREFIX, name);
    }
    bits
}

/// The place of `prefix` and `name` among texts.
#[expect(clippy::cast_possible_truncation, reason = "the lists of texts are short")]
const fn place(texts: &[&str], prefix: &str, name: &str) -> u8 {
    let mut at = 0;
    while at < texts.len() {
        if texts[at].len() == prefix.len() + name.len() && same(texts[at].split_at(prefix.len()).1, name) {
            return at as u8;
        }
        at += 1;
    }
    panic!("the table has a word that is not known here")
}

/// Area, kind, name, arguments.
const fn words(line: &str) -> [&str; 4] {
    let (area, line) = split(line, b' ');
    let (kind, line) = split(line, b' ');
    let (name, arguments) = split(line, b' ');
    [area, kind, name, arguments]
}

/// What stands before and after the first `byte`; before it is all if there is none.
const fn split(text: &str, byte: u8) -> (&str, &str) {
    let mut at = 0;
    while at < text.len() && text.as_bytes()[at] != byte {
        at += 1;
    }
    let (before, after) = text.split_at(at);
    (before, if after.is_empty() { after } else { after.split_at(1).1 })
}

const fn same(text: &str, other: &str) -> bool {
    let mut at = 0;
    while at < text.len() && at < other.len() && text.as_bytes()[at] == other.as_bytes()[at] {
        at += 1;
    }
    at == text.len() && at == other.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_that_of_the_file() {
        let words = |function: &Function| {
            let name = str::from_utf8(function.name()).expect("a name is text");
            let kind = if function.kind == Kind::Read { "READ" } else { "WRITE" };
            let mut words = vec![AREAS[usize::from(function.area)], kind, name];
            let names = ARGUMENTS.iter().filter_map(|argument| argument.strip_prefix(ARGUMENT_PREFIX));
            words.extend(names.filter(|name| function.argument(name).is_some()));
            words.join(" ")
        };
        assert_eq!(FUNCTIONS.iter().map(words).collect::<Vec<_>>(), TEXT.lines().collect::<Vec<_>>());
        for (at, line) in TEXT.lines().enumerate() {
            let words: Vec<_> = line.split(' ').collect();
            let found = find_in(words[0], words[2]).map(|function| function.id);
            assert_eq!((found.map(usize::from), usize::from(id(words[2]))), (Some(at), at), "{line}");
        }
    }
}
