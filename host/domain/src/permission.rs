//! Permissions (what a call needs) and grants (what a credential may do), and how one covers the other.

use std::sync::Arc;

use crate::id::text_form;
use crate::limits;

/// A text is not a permission, or not a grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPermission(&'static str);

const RULE: &str = "must be 1 to 8 segments of A-Z a-z 0-9 . _ - joined by \":\"";
const GRANT_RULE: &str = "must be 1 to 8 segments of A-Z a-z 0-9 . _ - joined by \":\"; a segment may be \"*\"";
const GRANTS_RULE: &str = "must be at most 128 grants";

/// What a call needs: `product:area:action`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission(Arc<str>);

impl Permission {
    /// Checks `text` against the grammar: 1 to 8 segments of `A-Z a-z 0-9 . _ -` joined by `:`.
    pub fn parse(text: &str) -> Result<Self, InvalidPermission> {
        if segments_are_legal(text, is_word) { Ok(Self(text.into())) } else { Err(InvalidPermission(RULE)) }
    }

    /// The permission as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A pattern of permissions. A `*` segment matches one segment, a last `*` the whole rest (at least one segment).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant(Arc<str>);

impl Grant {
    /// Checks `text` against the grammar of permissions, with `*` segments.
    pub fn parse(text: &str) -> Result<Self, InvalidPermission> {
        let legal = |segment: &str| segment == "*" || is_word(segment);
        if segments_are_legal(text, legal) { Ok(Self(text.into())) } else { Err(InvalidPermission(GRANT_RULE)) }
    }

    /// The grant as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this pattern matches `permission`.
    pub fn covers(&self, permission: &Permission) -> bool {
        // Most grants name the very permission.
        if self.0 == permission.0 {
            return true;
        }
        let mut wanted = permission.0.split(':');
        let mut pattern = self.0.split(':').peekable();
        while let Some(segment) = pattern.next() {
            match wanted.next() {
                Some(_) if segment == "*" && pattern.peek().is_none() => return true,
                Some(word) if segment == "*" || segment == word => {}
                _ => return false,
            }
        }
        wanted.next().is_none()
    }

    /// Whether everything that `other` matches, this matches too.
    pub fn covers_pattern(&self, other: &Self) -> bool {
        let mut wanted = other.0.split(':').peekable();
        let mut pattern = self.0.split(':').peekable();
        while let Some(segment) = pattern.next() {
            let Some(word) = wanted.next() else { return false };
            if segment == "*" && pattern.peek().is_none() {
                return true;
            }
            // A last star stands for more segments than one.
            let many = word == "*" && wanted.peek().is_none();
            if many || (segment != "*" && segment != word) {
                return false;
            }
        }
        wanted.next().is_none()
    }
}

text_form!(Permission);
text_form!(Grant);

/// All grants of one credential, shared and never changed in place.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Grants(Arc<[Grant]>);

impl Grants {
    /// Takes at most [`limits::GRANTS_PER_CREDENTIAL`] grants.
    pub fn new(grants: Vec<Grant>) -> Result<Self, InvalidPermission> {
        if grants.len() > limits::GRANTS_PER_CREDENTIAL {
            return Err(InvalidPermission(GRANTS_RULE));
        }
        Ok(Self(grants.into()))
    }

    /// Parses each text as a grant.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, InvalidPermission> {
        Self::new(texts.iter().map(|text| Grant::parse(text.as_ref())).collect::<Result<_, _>>()?)
    }

    /// The grants in the order in which they were given.
    pub fn iter(&self) -> std::slice::Iter<'_, Grant> {
        self.0.iter()
    }

    /// Whether any grant covers `permission`.
    pub fn cover(&self, permission: &Permission) -> bool {
        self.0.iter().any(|grant| grant.covers(permission))
    }

    /// As [`Self::cover`], for a credential of the cluster: its `nexus:cluster:*` covers every `nexus:` permission at
    /// every tenant (PRODUCT.md, the grammar of permissions).
    pub fn cover_as_cluster(&self, permission: &Permission) -> bool {
        self.cover(permission)
            || (permission.0.starts_with("nexus:") && self.0.iter().any(|grant| &*grant.0 == "nexus:cluster:*"))
    }

    /// The grant that makes [`Self::cover`] true, or [`Self::cover_as_cluster`] for a credential of the cluster.
    pub fn covering(&self, permission: &Permission, as_cluster: bool) -> Option<&Grant> {
        let covers = |grant: &&Grant| grant.covers(permission);
        let cluster = |grant: &&Grant| as_cluster && &*grant.0 == "nexus:cluster:*";
        self.0.iter().find(covers).or_else(|| self.0.iter().find(cluster).filter(|_| self.cover_as_cluster(permission)))
    }

    /// The grants as texts, for answers and storage.
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(|grant| grant.0.to_string()).collect()
    }
}

impl<'a> IntoIterator for &'a Grants {
    type Item = &'a Grant;
    type IntoIter = std::slice::Iter<'a, Grant>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn segments_are_legal(text: &str, legal: impl Fn(&str) -> bool) -> bool {
    text.len() <= limits::PERMISSION_BYTES
        && text.split(':').all(legal)
        && text.split(':').count() <= limits::PERMISSION_SEGMENTS
}

fn is_word(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::{Grant, Grants, Permission};

    #[track_caller]
    fn check(grant: &str, permission: &str, expected: bool) {
        let grant = Grant::parse(grant).expect("a legal grant");
        assert_eq!(grant.covers(&Permission::parse(permission).expect("a legal permission")), expected);
    }

    #[test]
    fn a_star_segment_matches_one_segment_and_a_last_star_the_rest() {
        check("nexus:consumer:chat", "nexus:consumer:chat", true);
        check("nexus:consumer:chat", "nexus:consumer:chat:read", false);
        check("nexus:consumer:chat", "nexus:consumer", false);
        check("nexus:*:chat", "nexus:consumer:chat", true);
        check("nexus:*:chat", "nexus:consumer:mail", false);
        check("nexus:*", "nexus:consumer:chat", true);
        check("nexus:*", "nexus", false);
        check("*", "nexus", true);
        check("*:chat", "nexus:chat", true);
        check("nexus:consumer:*", "nexus:designer:chat", false);
        check("Nexus:consumer:chat", "nexus:consumer:chat", false);
    }

    #[test]
    fn a_pattern_covers_the_patterns_within_it() {
        let check = |wide: &str, narrow: &str, expected: bool| {
            let [wide, narrow] = [wide, narrow].map(|text| Grant::parse(text).expect("a legal grant"));
            assert_eq!(wide.covers_pattern(&narrow), expected, "{wide} {narrow}");
        };
        check("a:b", "a:b", true);
        check("a:*", "a:b", true);
        check("a:*", "a:b:c", true);
        check("a:*", "a:*:c", true);
        check("a:*", "a:*", true);
        check("*", "a:*", true);
        check("a:*:c", "a:b:c", true);
        check("a:*:c", "a:*:c", true);
        check("a:*:c", "a:*", false);
        check("a:*:c", "a:b:*", false);
        check("a:b", "a:*", false);
        check("a:b:*", "a:*", false);
        check("a:b:*", "a:b", false);
        check("a:b", "a:b:c", false);
    }

    #[test]
    fn only_the_cluster_reads_its_grant_as_every_nexus_permission() {
        let grants = Grants::parse(&["nexus:cluster:*"]).expect("legal grants");
        let chat = Permission::parse("nexus:consumer:chat").expect("a legal permission");
        let other = Permission::parse("privmx:thread:list").expect("a legal permission");
        assert!(!grants.cover(&chat));
        assert!(grants.cover_as_cluster(&chat));
        assert!(!grants.cover_as_cluster(&other));
    }

    #[test]
    fn texts_outside_the_grammar_are_refused() {
        for text in ["", ":", "a:", ":a", "a::b", "a b", "ä", "a:*", "1:2:3:4:5:6:7:8:9", &"a".repeat(257)] {
            assert!(Permission::parse(text).is_err(), "{text:?} was accepted");
        }
        for text in ["", "a:**", "a*", "*:", "a:b*:c"] {
            assert!(Grant::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
