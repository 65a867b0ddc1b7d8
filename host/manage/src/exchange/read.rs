//! Reading a file, strictly: no unknown member, none twice, nothing of another type, nothing after the end. What is said
//! about a fault names its place and never a value, for values may be secrets.

use std::fmt;

use serde_json::error::Category;

use super::file::File;
use super::value::Object;

/// Length of a member name that a fault repeats, in characters.
const SHOWN_NAME_CHARS: usize = 64;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer, or `line 1, column 2` where the text is no JSON; empty for the file as a whole.
    pub place: String,
    /// What is wrong there; safe to show.
    pub message: String,
}

impl Fault {
    pub(super) fn new(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { place: place.to_string(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.place, self.message) }
    }
}

impl std::error::Error for Fault {}

/// Reads the text of a file.
pub(super) fn read(bytes: &[u8]) -> Result<File, Fault> {
    let mut text = serde_json::Deserializer::from_slice(bytes);
    let Object(file) =
        serde_path_to_error::deserialize(&mut text).map_err(|error| fault(&pointer(error.path()), error.inner()))?;
    text.end().map_err(|error| fault("", &error))?;
    Ok(file)
}

fn fault(pointer: &str, error: &serde_json::Error) -> Fault {
    let place = format_args!("line {}, column {}", error.line(), error.column()).to_string();
    match error.classify() {
        Category::Data => Fault::new(pointer, misfit(&error.to_string())),
        Category::Eof => Fault::new(place, "the JSON text ends too early"),
        Category::Syntax | Category::Io => Fault::new(place, "this is not legal JSON"),
    }
}

/// The place of a value that does not fit.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", shown(key).replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// A member's name, cut to what is fit to be repeated.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(SHOWN_NAME_CHARS).collect()
}

/// Says in our words what kind of misfit the library met. What it says beyond the kind may be a value.
fn misfit(library_text: &str) -> String {
    let named = || library_text.split('`').nth(1).map(shown).unwrap_or_default();
    if library_text.starts_with("missing field") {
        format!("the member {} is missing", named())
    } else if library_text.starts_with("unknown field") {
        format!("the member {} is not known here", named())
    } else if library_text.starts_with("duplicate field") {
        format!("the member {} is given more than once", named())
    } else if library_text.starts_with("invalid type") || library_text.starts_with("invalid value") {
        // What was expected stands at the end; what was found stands before it and is not told.
        let (_, expected) = library_text.rsplit_once(", expected ").unwrap_or_default();
        let expected = match without_line(expected) {
            "a sequence" => "an array",
            "a boolean" => "true or false",
            "u64" | "i64" => "a whole number",
            other => other,
        };
        format!("must be {expected}")
    } else {
        // Ours.
        without_line(library_text).to_owned()
    }
}

/// The library ends what it says with a line of its own reckoning.
fn without_line(library_text: &str) -> &str {
    library_text.rsplit_once(" at line ").map_or(library_text, |(text, _)| text)
}
