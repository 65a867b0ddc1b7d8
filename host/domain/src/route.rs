//! Routes (method and path → permission) and the paths that may be looked up in them.

use crate::permission::Permission;

/// One line of a tenant's route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Upper-case method, or `*` for any.
    pub method: String,
    /// Path pattern: `{name}` stands for one segment, a last `{*name}` for the rest.
    pub path: String,
    /// What a call to it needs.
    pub permission: Permission,
}

/// The path of a request target cannot be understood in one way only (security rule 34).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the path is ambiguous: {0}")]
pub struct AmbiguousPath(&'static str);

/// A request target that every server reads alike: what the policy sees is what the upstream does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Refuses dot segments (raw or encoded), empty segments, `%2F`, `%5C`, `%00`, backslashes, control bytes, bad
    /// percent triplets, bytes outside ASCII and fragments. Nothing is ever normalised (security rule 33).
    pub fn parse(target: &'a str) -> Result<Self, AmbiguousPath> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        if !path.starts_with('/') {
            return Err(AmbiguousPath("it must start with /"));
        }
        if !target.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\') {
            return Err(AmbiguousPath("only visible ASCII without # and \\ is allowed"));
        }
        if path.contains('%') {
            check_triplets(path)?;
        }
        let segments = &path[1..];
        if !segments.is_empty() {
            let mut rest = segments.split('/').peekable();
            while let Some(segment) = rest.next() {
                // A trailing slash is a last, empty segment; anywhere else `//` is read differently by different servers.
                if segment.is_empty() && rest.peek().is_some() {
                    return Err(AmbiguousPath("empty segment"));
                }
                if is_dots(segment) {
                    return Err(AmbiguousPath("dot segment"));
                }
            }
        }
        Ok(Self { path, query })
    }

    /// The path, as received, without the query.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The query, as received, without the question mark.
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }
}

fn check_triplets(path: &str) -> Result<(), AmbiguousPath> {
    for (at, _) in path.match_indices('%') {
        let triplet = path.as_bytes().get(at + 1..at + 3);
        let value =
            triplet.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match value {
            None => return Err(AmbiguousPath("bad percent triplet")),
            Some(b'/' | b'\\' | b'%' | b'#' | b'?') => return Err(AmbiguousPath("encoded delimiter")),
            Some(byte) if byte < 0x20 || byte == 0x7f => return Err(AmbiguousPath("encoded control byte")),
            Some(_) => {}
        }
    }
    Ok(())
}

fn is_dots(segment: &str) -> bool {
    if segment.len() > 6 || segment.is_empty() {
        return false;
    }
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_path_that_two_servers_could_read_differently_is_refused() {
        for target in [
            "",
            "a",
            "*",
            "http://h/a",
            "/a/../b",
            "/a/./b",
            "/..",
            "/.",
            "/%2e%2E/a",
            "/.%2e",
            "/a//b",
            "//a",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0a",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%+1",
            "/a b",
            "/ä",
            "/a#b",
            "/a%252e",
        ] {
            assert!(Target::parse(target).is_err(), "{target:?} was accepted");
        }
    }

    #[test]
    fn an_ordinary_target_is_split_and_left_as_it_is() {
        for (target, path, query) in [
            ("/", "/", None),
            ("/a/b/", "/a/b/", None),
            ("/a...b/.c", "/a...b/.c", None),
            ("/a%20b?x=1&y=%2F", "/a%20b", Some("x=1&y=%2F")),
            ("/a?", "/a", Some("")),
        ] {
            let parsed = Target::parse(target).expect(target);
            assert_eq!((parsed.path(), parsed.query()), (path, query));
        }
    }
}
