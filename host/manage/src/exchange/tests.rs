//! Files against what is kept.

mod kept;
mod reading;
mod schema;

/// Every member of every object, most of them with another value than the one that is meant where they are left out.
const WHOLE: &str = include_str!("tests/whole.json");
