//! Permissions and the patterns that match them: `nexus:consumer:*`.

const SEGMENTS_MAX: usize = 8;

/// Checks a pattern: 1 to 8 segments of `A-Z a-z 0-9 . _ -`, or `*`, joined by `:`. The error says what is wrong.
pub fn check(pattern: &str) -> Result<&str, &'static str> {
    if pattern.split(':').count() > SEGMENTS_MAX {
        return Err("a pattern has at most 8 segments");
    }
    if !pattern.split(':').all(|segment| segment == "*" || is_name(segment)) {
        return Err("a segment is * or made of A-Z a-z 0-9 . _ -");
    }
    Ok(pattern)
}

/// Whether the pattern matches: a `*` stands for one segment, a last `*` for the whole rest, which is never empty.
pub fn matches(pattern: &str, permission: &str) -> bool {
    let mut given = permission.split(':');
    let mut wanted = pattern.split(':').peekable();
    while let Some(segment) = wanted.next() {
        let is_rest = segment == "*" && wanted.peek().is_none();
        match given.next() {
            Some(_) if is_rest => return true,
            Some(name) if segment == "*" || segment == name => {}
            _ => return false,
        }
    }
    given.next().is_none()
}

/// Whether the text is made of the characters that names in Wardgate are made of.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_is_one_segment_and_a_last_star_the_rest() {
        for (pattern, permission, expected) in [
            ("nexus:consumer:chat", "nexus:consumer:chat", true),
            ("nexus:consumer:chat", "nexus:consumer:chat:more", false),
            ("nexus:consumer:chat", "nexus:consumer", false),
            ("nexus:*:chat", "nexus:designer:chat", true),
            ("nexus:*:chat", "nexus:designer:mail", false),
            ("nexus:*", "nexus:designer:chat", true),
            ("nexus:*", "nexus", false),
            ("*", "anything:at:all", true),
        ] {
            assert_eq!(matches(pattern, permission), expected, "{pattern} {permission}");
        }
    }

    #[test]
    fn nonsense_is_no_pattern() {
        assert!(check("a:b-c:*:D.e_9").is_ok());
        for pattern in ["", "a:", "a b", "a:**", "1:2:3:4:5:6:7:8:9"] {
            assert!(check(pattern).is_err(), "{pattern}");
        }
    }
}
