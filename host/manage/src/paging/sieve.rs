//! A query over a long list: the list goes through it a chunk at a time, and what stays is the page and the count.

use wardgate_domain::limits;
use wardgate_storage::{Mark, Part};

use super::{Listed, Page, Paging, Query};

/// What has gone through so far.
pub(crate) struct Sieve<'a, T> {
    query: &'a Query,
    descending: bool,
    /// The place after which the page begins.
    last: Option<Mark>,
    skip: u64,
    limit: usize,
    /// The chunk to read next; none when the list is at its end.
    next: Option<Part>,
    page: Page<T>,
}

impl<'a, T: Listed> Sieve<'a, T> {
    pub(crate) fn new(paging: &Paging, query: &'a Query, last: Option<Mark>) -> Self {
        let Paging { limit, descending, .. } = *paging;
        Self {
            query,
            descending,
            skip: if last.is_some() { 0 } else { paging.skip },
            last,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            next: Some(Part { descending, after: None, skip: 0, limit: limits::LIST_CHUNK }),
            page: Page { list: Vec::new(), count: 0 },
        }
    }

    /// What to read and to put in next.
    pub(crate) fn next(&self) -> Option<&Part> {
        self.next.as_ref()
    }

    /// Lets a chunk through.
    pub(crate) fn put(&mut self, chunk: Vec<T>) {
        let end = chunk.last().map(Listed::mark);
        self.next = end.filter(|_| chunk.len() >= limits::LIST_CHUNK as usize).map(|end| Part {
            descending: self.descending,
            after: Some(end),
            skip: 0,
            limit: limits::LIST_CHUNK,
        });
        for item in chunk {
            if !self.query.matches(&|name| item.member(name)) {
                continue;
            }
            // What stands before the page is counted all the same.
            self.page.count += 1;
            if self.page.list.len() == self.limit || !self.is_past_last(&item) {
                continue;
            }
            match self.skip.checked_sub(1) {
                Some(left) => self.skip = left,
                None => self.page.list.push(item),
            }
        }
    }

    pub(crate) fn page(self) -> Page<T> {
        self.page
    }

    fn is_past_last(&self, item: &T) -> bool {
        self.last.as_ref().is_none_or(|last| if self.descending { item.mark() < *last } else { item.mark() > *last })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wardgate_domain::{Timestamp, limits};
    use wardgate_storage::Mark;

    use super::{Listed, Paging, Query, Sieve};
    use crate::paging::Value;

    /// Things that were made two at a time.
    #[derive(Clone)]
    struct Item(i64, String);

    impl Listed for Item {
        fn mark(&self) -> Mark {
            Mark { created: Timestamp::from_ms(self.0), id: self.1.clone() }
        }

        fn member(&self, name: &str) -> Option<Value<'_>> {
            match name {
                "id" => Some(Value::Text(&self.1)),
                "created" => Some(Value::Number(self.0)),
                _ => None,
            }
        }
    }

    fn items(count: u32) -> Vec<Item> {
        (0..count).map(|at| Item(i64::from(at / 2), format!("{at:05}"))).collect()
    }

    /// The ids on a page, and the count.
    fn sift(count: u32, query: &serde_json::Value, paging: &Paging, last: Option<&Item>) -> (Vec<String>, u64) {
        let query = Query::from_json(query).expect("a query");
        let mut all = items(count);
        if paging.descending {
            all.reverse();
        }
        let mut sieve = Sieve::new(paging, &query, last.map(Listed::mark));
        let mut chunks = 0;
        while let Some(part) = sieve.next() {
            let from = part
                .after
                .as_ref()
                .map_or(0, |mark| all.iter().position(|item| item.mark() == *mark).expect("a mark of the list") + 1);
            let chunk = all[from..].iter().take(part.limit as usize).cloned().collect();
            sieve.put(chunk);
            chunks += 1;
            assert!(chunks <= count / limits::LIST_CHUNK + 1, "it never ends");
        }
        let page = sieve.page();
        (page.list.into_iter().map(|item| item.1).collect(), page.count)
    }

    #[test]
    fn no_item_is_lost_or_seen_twice_where_chunks_meet() {
        let chunk = limits::LIST_CHUNK;
        for count in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1] {
            for descending in [false, true] {
                let paging = Paging { limit: u32::MAX, descending, ..Paging::default() };
                let mut expected: Vec<_> = items(count).into_iter().map(|item| item.1).collect();
                if descending {
                    expected.reverse();
                }
                assert_eq!(sift(count, &json!({}), &paging, None), (expected, u64::from(count)), "{count}");
            }
        }
    }

    #[test]
    fn a_count_is_of_what_the_query_lets_through() {
        let query = json!({ "created": { "$lt": 2 }, "id": { "$ne": "00000" } });
        let paging = Paging { limit: 1, skip: 1, ..Paging::default() };
        let found = |paging: &Paging, last| sift(9, &query, paging, last);
        assert_eq!(found(&paging, None), (vec!["00002".to_owned()], 3));
        assert_eq!(found(&Paging { skip: 9, ..paging.clone() }, None), (vec![], 3));
        assert_eq!(found(&Paging { limit: 0, skip: 0, ..paging.clone() }, None), (vec![], 3));
        // The last one of a page may have been changed, so that the query lets it through no more; and nothing is skipped
        // after it.
        let last = &items(9)[0];
        assert_eq!(found(&paging, Some(last)), (vec!["00001".to_owned()], 3));
        let descending = Paging { limit: 2, descending: true, ..paging };
        let last = &items(9)[3];
        assert_eq!(found(&descending, Some(last)), (vec!["00002".to_owned(), "00001".to_owned()], 3));
    }
}
