//! Pages of lists: `?limit=` things after the one that `?cursor=` names. A cursor is opaque to callers: only an answer of
//! ours makes one.

use axum::extract::FromRequestParts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use wardgate_domain::limits;

use crate::respond::problem::Problem;

/// Length of a cursor that is looked at at all, in bytes: a moment and the longest id, in base64, fit.
const CURSOR_BYTES: usize = 1_024;

/// Which part of a list is wanted.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many things.
    pub limit: u32,
    /// What the noun wrote into the cursor, if there is one.
    pub after: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts.uri.query().unwrap_or_default())
    }
}

impl Page {
    fn of(query: &str) -> Result<Self, Problem> {
        let limit = match only(query, "limit")? {
            None => limits::PAGE_DEFAULT,
            Some(text) => number(&text).ok_or_else(|| {
                Problem::invalid_parameter("limit", format!("must be a number from 1 to {}", limits::KEYS_PER_PAGE))
            })?,
        };
        let after = only(query, "cursor")?.map(|cursor| decode(&cursor).ok_or_else(bad_cursor)).transpose()?;
        Ok(Self { limit, after })
    }

    /// How many things to read: one more than are shown tells whether there are more.
    pub fn wanted(&self) -> u32 {
        self.limit + 1
    }

    /// Cuts `things` to the page. The cursor of the next one, if there is one, is made of what `name` says of the last.
    pub fn cut<T>(&self, things: &mut Vec<T>, name: impl FnOnce(&T) -> String) -> Option<String> {
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if things.len() <= most {
            return None;
        }
        things.truncate(most);
        things.last().map(|last| encode(&name(last)))
    }
}

/// The cursor that names a place.
pub(crate) fn encode(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// A cursor that no answer of ours held.
pub fn bad_cursor() -> Problem {
    Problem::invalid_parameter("cursor", "must be the next of a page that was answered")
}

/// The member's value, if it is there once.
/// The one value of a parameter.
pub(crate) fn only(query: &str, wanted: &'static str) -> Result<Option<String>, Problem> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
    let first = values.next().map(|(_, value)| value.into_owned());
    if values.next().is_some() {
        return Err(Problem::invalid_parameter(wanted, "is given more than once"));
    }
    Ok(first)
}

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| plain)?;
    (1..=limits::KEYS_PER_PAGE).contains(&number).then_some(number)
}

fn decode(cursor: &str) -> Option<String> {
    if cursor.len() > CURSOR_BYTES {
        return None;
    }
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_page_ends_with_the_cursor_of_the_next_one() {
        let page = Page::of("tenant=x&limit=2").expect("a page");
        assert_eq!((page.limit, page.wanted()), (2, 3));
        let mut things = vec!["a", "b", "c"];
        let next = page.cut(&mut things, |last| format!("<{last}>")).expect("there is more");
        assert_eq!(things, ["a", "b"]);
        let next = Page::of(&format!("cursor={next}")).expect("a page");
        assert_eq!(next, Page { limit: 100, after: Some("<b>".to_owned()) });
        assert_eq!(page.cut(&mut things, |_| unreachable!("it is the last page")), None);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let long = format!("cursor={}", "a".repeat(2_000));
        for query in [
            "limit=",
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=+1",
            "limit=1.5",
            "limit=x",
            "limit=99999999999",
            "limit=1&limit=1",
            "cursor=%",
            "cursor=a&cursor=b",
            "cursor=_w",
            "cursor=YQ==",
            "cursor=%2B%2B",
            &long,
        ] {
            assert!(Page::of(query).is_err(), "{query}");
        }
        assert_eq!(Page::of("limit=1000").expect("a page").limit, 1_000);
    }
}
