//! Callbacks: the addresses that may be told of what an origin asked for. One whole segment of the path may be left open,
//! as `{*}` (reference privakey.md, "Admin API").

use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::id::text_form;
use crate::limits;
use crate::redirect;

/// What stands for a segment of the path that may be anything.
const OPEN: &str = "{*}";

/// A text names no callback, or too many are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCallbacks {
    /// The one with this number, from 1, is no callback.
    #[error(
        "number {0} must be https://host/… or, on this machine, http://127.0.0.1/…, without user and fragment; one segment \
         of the path may be {{*}}"
    )]
    Entry(usize),
    /// There are more than [`limits::CALLBACKS_PER_ORIGIN`].
    #[error("must be at most {} callbacks", limits::CALLBACKS_PER_ORIGIN)]
    TooMany,
}

/// An address, or addresses that differ in one segment.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback(Arc<str>);

impl Callback {
    /// Reads an address, which may have `{*}` for one segment of its path.
    pub fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once(OPEN).unwrap_or((text, ""));
        let is_segment = !text.contains(OPEN)
            || (before.ends_with('/') && !before.contains('?') && (after.is_empty() || after.starts_with(['/', '?'])));
        // The slash before it must be one of the path's.
        let in_path = before.match_indices('/').count() > 2 || !text.contains(OPEN);
        (is_segment && in_path && is_address(&text.replacen(OPEN, "x", 1))).then(|| Self(text.into()))
    }

    /// A GUID that this pattern always has: for those who name callbacks so.
    pub fn guid(&self) -> Uuid {
        let digest: [u8; 32] = Sha256::digest(self.0.as_bytes()).into();
        let bytes = digest.first_chunk().expect("16 of 32 bytes");
        uuid::Builder::from_custom_bytes(*bytes).into_uuid()
    }

    /// Whether `presented` is meant: letter by letter, and at `{*}` one segment that can be read in one way only.
    pub fn matches(&self, presented: &str) -> bool {
        match self.0.split_once(OPEN) {
            None => *self.0 == *presented,
            Some((before, after)) => {
                let segment = presented.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                segment.is_some_and(is_plain_segment) && is_address(presented)
            }
        }
    }
}

text_form!(Callback);

/// The callbacks of one origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callbacks(Arc<[Callback]>);

impl Callbacks {
    /// Reads each text as a callback.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, InvalidCallbacks> {
        if texts.len() > limits::CALLBACKS_PER_ORIGIN {
            return Err(InvalidCallbacks::TooMany);
        }
        let numbered = texts.iter().enumerate();
        let read = |(at, text): (usize, &S)| Callback::parse(text.as_ref()).ok_or(InvalidCallbacks::Entry(at + 1));
        numbered.map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `presented` is one of them.
    pub fn list(&self, presented: &str) -> bool {
        self.0.iter().any(|callback| callback.matches(presented))
    }

    /// The callbacks as texts, for answers and storage.
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

fn is_address(text: &str) -> bool {
    redirect::is_web_address(text, |scheme| scheme == "https") || redirect::is_loopback_address(text)
}

fn is_plain_segment(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    !matches!(segment, "" | "." | "..") && segment.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{Callback, Callbacks, InvalidCallbacks};

    #[test]
    fn a_callback_leaves_at_most_one_whole_segment_open() {
        for good in [
            "https://a.example/cb",
            "https://a.example/{*}",
            "https://a.example/cb/{*}",
            "https://a.example/{*}/done?x=1",
            "https://a.example/{*}?x=1",
            "http://127.0.0.1:3000/{*}",
        ] {
            assert!(Callback::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "{*}",
            "https://{*}",
            "https://{*}/cb",
            "https://{*}.example/cb",
            "https://a.example{*}",
            "https://a.example/a{*}",
            "https://a.example/{*}b",
            "https://a.example/{*}/{*}",
            "https://a.example/?x={*}",
            "https://a.example/?x=/{*}",
            "https://a.example/*",
            "https://a.example/{a}",
            "https://a.example/../{*}",
            "https://me@a.example/{*}",
            "https://a.example/#{*}",
            "http://a.example/cb",
            "ftp://a.example/{*}",
            "com.example.app:/{*}",
        ] {
            assert!(Callback::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_open_segment_is_one_segment_and_nothing_that_reads_as_more() {
        let open = Callback::parse("https://a.example/cb/{*}/done").expect("a callback");
        for good in ["https://a.example/cb/1/done", "https://a.example/cb/a-b_c.d~/done"] {
            assert!(open.matches(good), "{good}");
        }
        for bad in [
            "https://a.example/cb//done",
            "https://a.example/cb/done",
            "https://a.example/cb/1/2/done",
            "https://a.example/cb/./done",
            "https://a.example/cb/../done",
            "https://a.example/cb/%2e%2e/done",
            "https://a.example/cb/a%2Fb/done",
            "https://a.example/cb/a?x=/done",
            "https://a.example/cb/a#/done",
            "https://a.example/cb/a\\b/done",
            "https://a.example/cb/{*}/done",
            "https://a.example/cb/1/done/",
            "https://a.example/cb/1/done?x",
            "https://evil.example/cb/1/done",
            "http://a.example/cb/1/done",
        ] {
            assert!(!open.matches(bad), "{bad}");
        }
        let whole = Callback::parse("https://a.example/cb").expect("a callback");
        assert!(whole.matches("https://a.example/cb") && !whole.matches("https://a.example/cb/"));
        let last = Callback::parse("https://a.example/{*}").expect("a callback");
        assert!(last.matches("https://a.example/x") && !last.matches("https://a.example.evil/x"));
    }

    #[test]
    fn a_list_has_a_bound_and_says_what_is_wrong() {
        let many = vec!["https://a.example/cb"; 33];
        assert_eq!(Callbacks::parse(&many), Err(InvalidCallbacks::TooMany));
        assert_eq!(Callbacks::parse(&["https://a.example/", "x"]), Err(InvalidCallbacks::Entry(2)));
        let list = Callbacks::parse(&many[..2]).expect("callbacks");
        assert!(list.list("https://a.example/cb") && !list.list("https://b.example/cb"));
        assert!(!Callbacks::default().list("https://a.example/cb"));
    }
}
