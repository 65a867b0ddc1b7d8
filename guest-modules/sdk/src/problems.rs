//! What is wrong with settings, collected, each with its JSON pointer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

use crate::Problem;

/// Everything that is wrong with the settings, so that their author sees it all at once.
#[derive(Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Reports one problem at a JSON pointer such as `/hours/0/from`.
    pub fn report(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    /// The value, or a report at `path` of why there is none.
    pub fn take<T, E: Display>(&mut self, path: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.report(path, format!("{error}"))).ok()
    }

    /// Reads each item of the list at `path`, reporting at `path/INDEX` those that cannot be read.
    pub fn each<'s, T, R, E: Display>(
        &mut self,
        path: &str,
        items: &'s [T],
        read: impl Fn(&'s T) -> Result<R, E>,
    ) -> Vec<R> {
        let numbered = items.iter().enumerate();
        numbered.filter_map(|(at, item)| self.take(&format!("{path}/{at}"), read(item))).collect()
    }

    /// As [`each`](Self::each), for a list of what is allowed: absent it allows everything. Empty it would refuse
    /// every call, which is never what its author meant, so that is reported.
    pub fn allowed<'s, T, R, E: Display>(
        &mut self,
        path: &str,
        items: Option<&'s Vec<T>>,
        read: impl Fn(&'s T) -> Result<R, E>,
    ) -> Option<Vec<R>> {
        let items = items?;
        if items.is_empty() {
            self.report(path, "an empty list would refuse every call; leave it out to allow all");
        }
        Some(self.each(path, items, read))
    }

    /// Whatever was prepared, if nothing was reported.
    pub(crate) fn none_or<T>(self, prepared: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() { Ok(prepared) } else { Err(self.0) }
    }
}
