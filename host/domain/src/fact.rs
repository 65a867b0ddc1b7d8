//! Facts: named values of the four kinds that a policy knows.

use std::collections::BTreeMap;

/// Named facts that a check API was told.
pub type Facts = BTreeMap<String, Fact>;

/// One fact: the same four kinds that a policy knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A yes or no.
    Flag(bool),
    /// Several texts.
    Texts(Vec<String>),
}
