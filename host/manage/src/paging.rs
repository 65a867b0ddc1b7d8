//! Long lists, a page at a time: what is asked for, and what of the whole list that is.

mod query;

use wardgate_domain::Timestamp;

use crate::ManageError;
use crate::error::Refusal;

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
    /// When it was made: the order of the list.
    fn created(&self) -> Timestamp;
    /// What goes by when two were made at the same time.
    fn id(&self) -> &str;
    /// Whether a client means this one by `id`.
    fn is_named(&self, id: &str) -> bool {
        self.id() == id
    }
    /// A member of it, by the name that answers have for it.
    fn member(&self, name: &str) -> Option<Value<'_>>;
}

impl Paging {
    /// The page of `all`.
    pub(crate) fn cut<T: Listed>(&self, mut all: Vec<T>) -> Result<Page<T>, ManageError> {
        all.sort_by(|a, b| (a.created(), a.id()).cmp(&(b.created(), b.id())));
        if self.descending {
            all.reverse();
        }
        let (first, mut skip) = match &self.last {
            None => (0, self.skip),
            Some(last) => (all.iter().position(|item| item.is_named(last)).ok_or(Refusal::LastIdMissing)? + 1, 0),
        };
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut page = Page { list: Vec::new(), count: 0 };
        for (place, item) in all.into_iter().enumerate() {
            if !self.query.as_ref().is_none_or(|query| query.matches(&|name| item.member(name))) {
                continue;
            }
            page.count += 1;
            if place < first || page.list.len() == limit {
                continue;
            }
            match skip.checked_sub(1) {
                Some(left) => skip = left,
                None => page.list.push(item),
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wardgate_domain::Timestamp;

    use super::{Listed, Paging, Query, Value};

    struct Item(i64, &'static str);

    impl Listed for Item {
        fn created(&self) -> Timestamp {
            Timestamp::from_ms(self.0)
        }

        fn id(&self) -> &str {
            self.1
        }

        fn member(&self, name: &str) -> Option<Value<'_>> {
            match name {
                "id" => Some(Value::Text(self.1)),
                "created" => Some(Value::Number(self.0)),
                _ => None,
            }
        }
    }

    /// The ids on a page, and the count.
    fn cut(paging: &Paging) -> Option<(String, u64)> {
        let all = vec![Item(3, "e"), Item(1, "a"), Item(2, "d"), Item(2, "c"), Item(1, "b")];
        let page = paging.cut(all).ok()?;
        Some((page.list.iter().map(|item| item.1).collect(), page.count))
    }

    #[test]
    fn a_page_is_a_part_of_the_list_by_age() {
        let five = |ids: &str| Some((ids.to_owned(), 5));
        let paging = Paging { limit: 2, ..Paging::default() };
        assert_eq!(cut(&paging), five("ab"));
        assert_eq!(cut(&Paging { skip: 2, ..paging.clone() }), five("cd"));
        assert_eq!(cut(&Paging { skip: 9, ..paging.clone() }), five(""));
        assert_eq!(cut(&Paging { descending: true, ..paging.clone() }), five("ed"));
        assert_eq!(cut(&Paging { limit: 0, ..paging }), five(""));
    }

    #[test]
    fn a_page_goes_on_after_the_last_one_and_skips_nothing() {
        let after = |last: &str, descending| {
            cut(&Paging { limit: 2, skip: 3, descending, last: Some(last.to_owned()), ..Paging::default() })
        };
        assert_eq!(after("b", false), Some(("cd".to_owned(), 5)));
        assert_eq!(after("c", true), Some(("ba".to_owned(), 5)));
        assert_eq!(after("e", false), Some((String::new(), 5)));
        assert_eq!(after("x", false), None);
    }

    #[test]
    fn a_count_is_of_what_the_query_lets_through() {
        let query = Query::from_json(&json!({ "created": { "$lt": 3 }, "id": { "$ne": "a" } })).expect("a query");
        let paging = Paging { limit: 1, skip: 1, query: Some(query), ..Paging::default() };
        assert_eq!(cut(&paging), Some(("c".to_owned(), 3)));
        // The last one of a page may have been changed, so that the query lets it through no more.
        assert_eq!(cut(&Paging { last: Some("a".to_owned()), ..paging }), Some(("b".to_owned(), 3)));
    }
}
