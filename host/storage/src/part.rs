//! Which part of a long list is read. Such lists are kept in one order: by the time of making, then by id.

use wardgate_domain::Timestamp;

use crate::statement::Statement;

/// A place in a list: what was made at this time under this id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When it was made.
    pub created: Timestamp,
    /// Its id.
    pub id: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The newest first.
    pub descending: bool,
    /// The place after which it begins; none for the beginning of the list.
    pub after: Option<Mark>,
    /// How many to leave out from there.
    pub skip: u64,
    /// How many to read at most.
    pub limit: u32,
}

impl Part {
    /// Of two texts that differ in the order of the list alone, the one that is meant.
    pub(crate) fn order(&self, ascending: &'static str, descending: &'static str) -> &'static str {
        if self.descending { descending } else { ascending }
    }

    /// Gives a statement the next four parameters: time and id to begin after, how many to show, how many to skip.
    pub(crate) fn bind(&self, statement: Statement) -> Statement {
        // Without a place to begin after, the place where no time can be.
        let outside = if self.descending { i64::MAX } else { i64::MIN };
        let (created, id) = self.after.as_ref().map_or((outside, ""), |mark| (mark.created.as_ms(), mark.id.as_str()));
        let skip = i64::try_from(self.skip).unwrap_or(i64::MAX);
        statement.bind(created).bind(id).bind(self.limit).bind(skip)
    }
}
