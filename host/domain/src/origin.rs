//! Web origins (RFC 6454): where a page came from, as browsers write it, and which ones are meant.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::id::text_form;
use crate::limits;

/// A text names no origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an origin such as https://shop.example.com or https://*.example.com:8443, without path or star alone, and \
         after a star a host of two names at least: nobody owns all of com"
)]
pub struct InvalidOrigin;

/// An origin, or with `*.` before the host everything below that host. Kept as browsers write it: in lower case, without
/// the scheme's own port.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OriginPattern(Arc<str>);

impl OriginPattern {
    /// Reads `http` or `https`, `://`, a host or `*.` and a host, and perhaps a port.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        if text.len() > limits::ORIGIN_BYTES {
            return Err(InvalidOrigin);
        }
        let text = text.to_ascii_lowercase();
        let (scheme, place) = text.split_once("://").ok_or(InvalidOrigin)?;
        let standard = match scheme {
            "https" => "443",
            "http" => "80",
            _ => return Err(InvalidOrigin),
        };
        // An IPv6 host is full of colons, but it ends with a bracket.
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        if !is_host(host) || !port.is_none_or(is_port) {
            return Err(InvalidOrigin);
        }
        Ok(Self(match port.filter(|port| *port != standard) {
            None => format!("{scheme}://{host}").into(),
            Some(port) => format!("{scheme}://{host}:{port}").into(),
        }))
    }

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `origin`, as a browser sends it, is meant. Browsers write origins in one way, so nothing is normalised.
    pub fn matches(&self, origin: &str) -> bool {
        match self.0.split_once('*') {
            None => *self.0 == *origin,
            Some((scheme, below)) => origin
                .strip_prefix(scheme)
                .and_then(|rest| rest.strip_suffix(below))
                // What stands between must be labels: anything else is somebody else's origin.
                .is_some_and(is_name),
        }
    }
}

text_form!(OriginPattern);

/// Any number of patterns, asked in the time of a few look-ups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginSet(HashSet<OriginPattern>);

impl FromIterator<OriginPattern> for OriginSet {
    fn from_iter<I: IntoIterator<Item = OriginPattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

impl OriginSet {
    /// Whether any of the patterns means `origin`, as a browser sends it: the same answer as [`OriginPattern::matches`]
    /// of each, from one look-up for the origin itself and one for each domain that it is below.
    pub fn matches(&self, origin: &str) -> bool {
        // A star in it would be found as the pattern that it is not.
        let Some((scheme, place)) = origin.split_once("://").filter(|_| !self.0.is_empty() && !origin.contains('*'))
        else {
            return false;
        };
        if origin.len() > limits::ORIGIN_BYTES {
            return false;
        }
        let below = place.match_indices('.').filter(|(at, _)| is_name(&place[..*at]));
        self.0.contains(origin)
            || below.into_iter().any(|(at, _)| self.0.contains(&*format!("{scheme}://*{}", &place[at..])))
    }
}

// A set of patterns is asked with a text, without making a pattern of it first.
impl Borrow<str> for OriginPattern {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A list of origins that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigins {
    /// The one with this number, from 1, is no origin.
    #[error("number {0} {InvalidOrigin}")]
    Entry(usize),
    /// There are more than [`limits::ORIGINS_PER_KEY`].
    #[error("must be at most {} origins", limits::ORIGINS_PER_KEY)]
    TooMany,
}

/// The origins that something is bound to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Arc<[OriginPattern]>);

impl Origins {
    /// Reads each text as an origin.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, InvalidOrigins> {
        if texts.len() > limits::ORIGINS_PER_KEY {
            return Err(InvalidOrigins::TooMany);
        }
        let read = |(at, text): (usize, &S)| {
            OriginPattern::parse(text.as_ref()).map_err(|InvalidOrigin| InvalidOrigins::Entry(at + 1))
        };
        texts.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `origin`, as a browser sends it, is meant by one of them.
    pub fn admit(&self, origin: &str) -> bool {
        self.0.iter().any(|listed| listed.matches(origin))
    }

    /// The origins as texts, for answers and storage.
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// A host; or all that are below one that is itself below another, for nobody owns all of `com`.
fn is_host(text: &str) -> bool {
    if let Some(above) = text.strip_prefix("*.") {
        return is_name(above) && above.contains('.') && !ends_in_number(above);
    }
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        // Of the many spellings of an address, browsers have one.
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == inner),
        None if ends_in_number(text) => text.parse::<Ipv4Addr>().is_ok(),
        None => is_name(text),
    }
}

/// What browsers take for an IPv4 address.
fn ends_in_number(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

/// One or more labels of a host name.
fn is_name(text: &str) -> bool {
    text.split('.')
        .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
}

fn is_port(text: &str) -> bool {
    !text.starts_with(['0', '+']) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{InvalidOrigins, OriginPattern, OriginSet, Origins};

    #[test]
    fn the_rule_says_why_a_star_before_one_name_is_refused() {
        let why = OriginPattern::parse("https://*.com").expect_err("too wide").to_string();
        assert!(why.contains("after a star a host of two names at least"), "{why}");
    }

    #[test]
    fn a_pattern_means_itself_or_what_is_below_its_host() {
        let check = |pattern: &str, origin: &str, expected: bool| {
            let pattern = OriginPattern::parse(pattern).expect("a legal pattern");
            assert_eq!(pattern.matches(origin), expected, "{pattern} {origin}");
            let set: OriginSet =
                [pattern.clone(), OriginPattern::parse("https://other.example").expect("legal")].into_iter().collect();
            assert_eq!(set.matches(origin), expected, "{pattern} among others, {origin}");
        };
        check("https://shop.example.com", "https://shop.example.com", true);
        check("HTTPS://Shop.Example.com:443", "https://shop.example.com", true);
        check("http://127.0.0.1:3000", "http://127.0.0.1:3000", true);
        check("http://[::1]:80", "http://[::1]", true);
        check("https://*.example.org:8443", "https://a.b.example.org:8443", true);
        for origin in [
            "http://shop.example.com",
            "https://shop.example.com:8443",
            "https://shop.example.com.evil.example",
            "https://evil.example/https://shop.example.com",
            "null",
            "",
            "https://*.example.com",
        ] {
            check("https://shop.example.com", origin, false);
        }
        for origin in [
            "https://example.org",
            "https://.example.org",
            "https://a..example.org",
            "https://evilexample.org",
            "https://evil.example/.example.org",
            "https://evil.example:1.example.org",
            "https://me@a.example.org",
            "http://a.example.org",
            "https://*.example.org",
        ] {
            check("https://*.example.org", origin, false);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "example.com",
            "https://",
            "https://*",
            "https://*.",
            "https://a/",
            "https://a/b",
            "https://a?b",
            "https://a b",
            "https://me@a",
            "https://a:",
            "https://a:0",
            "https://a:080",
            "https://a:65536",
            "https://a.*.b",
            "https://**.b",
            "https://ä.example",
            "ftp://a",
            "file://",
            "https://*.com",
            "https://*.1.2.3.4",
            "https://1.2.3",
            "https://1.2.3.256",
            "https://a.",
            "https://[::1",
            "https://[0:0::1]",
            "https://[::1]x",
            "https://*.[::1]",
            "https://*shop.example",
            &format!("https://{}", "a".repeat(300)),
        ] {
            assert!(OriginPattern::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_list_says_which_of_its_origins_is_none() {
        let listed = Origins::parse(&["https://shop.example", "HTTPS://*.Club.example:443"]).expect("origins");
        assert_eq!(listed.to_texts(), ["https://shop.example", "https://*.club.example"]);
        assert!(listed.admit("https://shop.example") && listed.admit("https://a.club.example"));
        assert!(!listed.admit("https://a.shop.example") && !listed.admit("https://club.example"));
        assert!(!Origins::default().admit("https://shop.example"));
        assert_eq!(Origins::parse(&["https://a.example", "null"]), Err(InvalidOrigins::Entry(2)));
        assert_eq!(Origins::parse(&vec!["https://a.example"; 65]), Err(InvalidOrigins::TooMany));
    }
}
