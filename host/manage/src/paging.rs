//! Long lists, a page at a time. The database finds the page, unless there is a query: then the whole list goes through a
//! sieve, chunk by chunk.

mod query;
mod scans;
mod sieve;

use wardgate_storage::{Mark, Part};

pub(crate) use scans::Scans;
pub(crate) use sieve::Sieve;

pub use query::{InvalidQuery, Query, Value};

/// Which page of a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// How many to leave out at the beginning; ignored where `last` is given.
    pub skip: u64,
    /// How many to show.
    pub limit: u32,
    /// The newest first.
    pub descending: bool,
    /// The id of the one after which the page begins.
    pub last: Option<String>,
    /// Which ones to show at all.
    pub query: Option<Query>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is shown.
    pub list: Vec<T>,
    /// How many there are in all.
    pub count: u64,
}

/// What may be listed page by page.
pub(crate) trait Listed {
    /// Its place in the list.
    fn mark(&self) -> Mark;
    /// A member of it, by the name that answers have for it.
    fn member(&self, name: &str) -> Option<Value<'_>>;
}

impl Paging {
    /// The part of the list that is asked for, after `last` where there is one.
    pub(crate) fn part(&self, last: Option<Mark>) -> Part {
        let skip = if last.is_some() { 0 } else { self.skip };
        Part { descending: self.descending, after: last, skip, limit: self.limit }
    }
}
