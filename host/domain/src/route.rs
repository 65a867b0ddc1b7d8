//! Routes (method and path → permission) and the paths that may be looked up in them.

use std::collections::HashMap;

use crate::limits;
use crate::permission::Permission;

/// One line of a tenant's route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Upper-case method, or `*` for any.
    pub method: String,
    /// Path pattern: `{name}` stands for one segment, a last `{*name}` for the rest, and `{ccId}` for a segment that names
    /// the tenant meant.
    pub path: String,
    /// What a call to it needs.
    pub permission: Permission,
}

/// A tenant's routes, ready for look-ups.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    by_method: HashMap<String, matchit::Router<Found>>,
    /// The methods of routes whose path names a tenant: few, and mostly none, so that other calls pay next to nothing.
    naming: Vec<String>,
}

/// What a route says of a call.
#[derive(Debug, Clone)]
struct Found {
    permission: Permission,
    /// The line of the table, for people.
    line: Line,
    /// The path's member that names a tenant, as the pattern spells it.
    tenant: Option<String>,
}

/// A line of a route table, without what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The method, or `*`.
    pub method: Box<str>,
    /// The path pattern.
    pub path: Box<str>,
}

/// A route that cannot stand in the table: the one at `index`, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("route {index}: {why}")]
pub struct InvalidRoute {
    /// Place in the list, from 0.
    pub index: usize,
    /// For people.
    pub why: String,
}

impl RouteTable {
    /// Takes at most [`limits::ROUTES_PER_TENANT`] routes; two that would match the same call are refused.
    pub fn new(routes: &[Route]) -> Result<Self, InvalidRoute> {
        let mut table = Self::default();
        for (index, route) in routes.iter().enumerate() {
            let invalid = |why: String| InvalidRoute { index, why };
            if index >= limits::ROUTES_PER_TENANT {
                return Err(invalid(format!("at most {} routes", limits::ROUTES_PER_TENANT)));
            }
            if route.method != "*" && !is_method(&route.method) {
                return Err(invalid("method must be an upper-case token, or *".to_owned()));
            }
            if !is_pattern(&route.path) {
                return Err(invalid(
                    "path must start with / and be made of A-Z a-z 0-9 - . _ ~ / and {name}".to_owned(),
                ));
            }
            let tenant = tenant_member(&route.path).map_err(|why| invalid(why.to_owned()))?;
            if tenant.is_some() && !table.naming.contains(&route.method) {
                table.naming.push(route.method.clone());
            }
            let line = Line { method: route.method.as_str().into(), path: route.path.as_str().into() };
            let found = Found { permission: route.permission.clone(), line, tenant: tenant.map(str::to_owned) };
            let methods = table.by_method.entry(route.method.clone()).or_default();
            methods.insert(&route.path, found).map_err(|e| invalid(e.to_string()))?;
        }
        Ok(table)
    }

    /// What a call to `path` by `method` needs. A route of the very method goes before one of any method.
    pub fn permission(&self, method: &str, path: &str) -> Option<&Permission> {
        self.find(method, path).map(|found| &found.value.permission)
    }

    /// The line that [`Self::permission`] goes by.
    pub fn line(&self, method: &str, path: &str) -> Option<&Line> {
        self.find(method, path).map(|found| &found.value.line)
    }

    /// The tenant that the path of a call names: the segment at `{ccId}` in the pattern of its route. It may be anything
    /// that a path may hold.
    pub fn named_tenant<'p>(&self, method: &str, path: &'p str) -> Option<&'p str> {
        if !self.naming.iter().any(|naming| naming == method || naming == "*") {
            return None;
        }
        let found = self.find(method, path)?;
        found.params.get(found.value.tenant.as_ref()?)
    }

    fn find<'p>(&self, method: &str, path: &'p str) -> Option<matchit::Match<'_, 'p, &Found>> {
        [method, "*"].iter().find_map(|method| self.by_method.get(*method)?.at(path).ok())
    }
}

/// The member of a path pattern that names a tenant: `{ccId}`, in any case, as a whole segment, at most once.
fn tenant_member(path: &str) -> Result<Option<&str>, &'static str> {
    let mut members = path.match_indices('{').filter_map(|(at, _)| {
        let name = path[at + 1..].split('}').next()?;
        let bare = name.strip_prefix('*').unwrap_or(name);
        bare.eq_ignore_ascii_case("ccid").then_some(name)
    });
    let Some(name) = members.next() else { return Ok(None) };
    if members.next().is_some() {
        return Err("a path names one tenant at most");
    }
    let whole =
        path.split('/').any(|segment| segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) == Some(name));
    if whole && !name.starts_with('*') { Ok(Some(name)) } else { Err("{ccId} stands for one whole segment") }
}

fn is_method(method: &str) -> bool {
    (1..=16).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
}

/// Only characters with one spelling: a literal that may also be sent encoded could be walked around.
fn is_pattern(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|b| is_unreserved(b) || matches!(b, b'/' | b'{' | b'}' | b'*'))
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
    /// Refuses dot segments, empty segments, path parameters (`;`), backslashes, control bytes, bytes outside ASCII and
    /// fragments; and of percent triplets the bad ones, encoded delimiters and control bytes, characters that need no
    /// encoding (a second spelling of the same path) and what is not UTF-8. Nothing is ever normalised (security rule 33).
    pub fn parse(target: &'a str) -> Result<Self, AmbiguousPath> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        if !path.starts_with('/') {
            return Err(AmbiguousPath("it must start with /"));
        }
        if path.contains(';') {
            return Err(AmbiguousPath("path parameters are not allowed"));
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
        let triplet = path.as_bytes().get(at + 1..at + 3).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let value =
            triplet.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match value {
            None => return Err(AmbiguousPath("bad percent triplet")),
            Some(b'/' | b'\\' | b'%' | b'#' | b'?' | b';') => return Err(AmbiguousPath("encoded delimiter")),
            Some(byte) if is_unreserved(byte) => return Err(AmbiguousPath("encoded where no encoding is needed")),
            Some(byte) if byte < 0x20 || byte == 0x7f => return Err(AmbiguousPath("encoded control byte")),
            Some(_) => {}
        }
    }
    match percent_encoding::percent_decode_str(path).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => Err(AmbiguousPath("not UTF-8")),
    }
}

/// Characters whose encoded form means the same (RFC 3986 section 2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_dots(segment: &str) -> bool {
    segment == "." || segment == ".."
}

#[cfg(test)]
mod tests {
    use super::{Route, RouteTable, Target};
    use crate::permission::Permission;

    fn route(method: &str, path: &str, permission: &str) -> Route {
        let permission = Permission::parse(permission).expect("a legal permission");
        Route { method: method.to_owned(), path: path.to_owned(), permission }
    }

    #[test]
    fn a_call_finds_the_route_of_its_method_before_one_of_any_method() {
        let table = RouteTable::new(&[
            route("POST", "/chat/sessions", "chat:start"),
            route("*", "/chat/sessions", "chat:other"),
            route("GET", "/chat/sessions/{id}/messages", "chat:read"),
            route("*", "/media/{*rest}", "media:any"),
        ])
        .expect("legal routes");
        let found = |method, path| table.permission(method, path).map(ToString::to_string);
        assert_eq!(found("POST", "/chat/sessions").as_deref(), Some("chat:start"));
        assert_eq!(found("PUT", "/chat/sessions").as_deref(), Some("chat:other"));
        assert_eq!(found("GET", "/chat/sessions/7/messages").as_deref(), Some("chat:read"));
        assert_eq!(found("PUT", "/media/a/b").as_deref(), Some("media:any"));
        assert_eq!(found("GET", "/chat/sessions/7"), None);
        assert_eq!(found("GET", "/chat/sessions/7/messages/"), None);
    }

    #[test]
    fn routes_that_contradict_each_other_are_refused() {
        let twice = [route("GET", "/a/{x}", "a:b"), route("GET", "/a/{y}", "a:c")];
        assert_eq!(RouteTable::new(&twice).expect_err("a conflict").index, 1);
        assert!(RouteTable::new(&[route("get", "/a", "a:b")]).is_err());
        assert!(RouteTable::new(&[route("GET", "a", "a:b")]).is_err());
        assert!(RouteTable::new(&[route("GET", "/a:b", "a:b")]).is_err());
    }

    #[test]
    fn a_member_of_the_path_names_the_tenant() {
        let table = RouteTable::new(&[
            route("DELETE", "/provisioning/{ccid}", "a:b"),
            route("DELETE", "/provisioning/status", "a:c"),
            route("*", "/centers/{ccId}/media", "a:d"),
            route("GET", "/centers/{id}/media", "a:e"),
        ])
        .expect("legal routes");
        assert_eq!(table.named_tenant("DELETE", "/provisioning/t1"), Some("t1"));
        assert_eq!(table.named_tenant("PUT", "/centers/t%202/media"), Some("t%202"));
        assert_eq!(table.named_tenant("DELETE", "/provisioning/status"), None, "the literal route goes first");
        assert_eq!(table.named_tenant("GET", "/centers/t1/media"), None, "the route of the very method goes first");
        assert_eq!(table.named_tenant("POST", "/provisioning/t1"), None);
        assert_eq!(table.named_tenant("DELETE", "/provisioning/t1/x"), None);
        assert_eq!(table.permission("DELETE", "/provisioning/t1").map(Permission::as_str), Some("a:b"));
        for path in ["/{*ccId}", "/a/{ccid}/{CCID}", "/a/x{ccId}", "/a/{ccId}.json"] {
            assert!(RouteTable::new(&[route("GET", path, "a:b")]).is_err(), "{path} was accepted");
        }
    }

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
